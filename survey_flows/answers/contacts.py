"""Telephone numbers (E.164) and mail addresses."""

from __future__ import annotations

import re

from survey_flows.answers.normalise import clean
from survey_flows.reading import NOT_AN_ANSWER, Reading, ambiguous, value

_PHONE = re.compile(r"(?<![\w+])(?:\+|00)\s?\(?\d[\d\s()./-]{4,30}\d(?!\w)")
_MAIL = re.compile(r"(?<![\w.+-])([\w.!#$%&'*+/=?^`{|}~-]{1,64})@((?:[\w-]{1,63}\.){1,8}[^\W\d_]{2,63})(?![\w@-])")
LONGEST_MAIL = 254
"""Characters: RFC 5321 §4.5.3.1 leaves no room for more in a path."""


def read_contact(text: str, kind: str) -> Reading:
    """The number or address in a text. National numbers are not guessed at: without a country code they are
    nobody's."""
    said = clean(text)
    found: list[str] = []
    if kind != "phone":
        found += _mails(said)
    if kind != "mail":
        found += _phones(said)
    found = list(dict.fromkeys(found))
    if not found:
        return NOT_AN_ANSWER
    return value(found[0]) if len(found) == 1 else ambiguous(*found)


def _mails(said: str) -> list[str]:
    found = []
    for match in _MAIL.finditer(said):
        local, domain = match[1], match[2].lower()
        dots = local.startswith(".") or local.endswith(".") or ".." in local
        hyphens = any(part.startswith("-") or part.endswith("-") for part in domain.split("."))
        if not dots and not hyphens and len(match[0]) <= LONGEST_MAIL:
            found.append(f"{local}@{domain}")
    return found


def _phones(said: str) -> list[str]:
    matches = [m[0] for m in _PHONE.finditer(said)]
    if not matches:
        return []
    import phonenumbers  # takes 30 ms to import, and most surveys never ask for a number

    found = []
    for text in matches:
        plain = re.sub(r"\s", "", text).replace("(0)", "")
        try:
            number = phonenumbers.parse("+" + plain[2:] if plain.startswith("00") else plain, None)
        except phonenumbers.NumberParseException:
            continue
        if phonenumbers.is_valid_number(number):
            found.append(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))
    return found
