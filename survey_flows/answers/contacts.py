"""Telephone numbers (E.164) and mail addresses."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from survey_flows.answers.normalise import clean
from survey_flows.reading import NOT_AN_ANSWER, Reading, ambiguous, value

_PHONE = re.compile(r"(?<![\w+])(?:\+|00)\s?\(?\d[\d\s()./-]{4,30}\d(?!\w)")
_MAIL = re.compile(r"(?<![\w.+-])([\w.!#$%&'*+/=?^`{|}~-]{1,64})@((?:[\w-]{1,63}\.){1,8}[^\W\d_]{2,63})(?![\w@-])")
LONGEST_MAIL = 254
"""Characters: RFC 5321 §4.5.3.1 leaves no room for more in a path."""


class SpokenAddress:
    """Finds addresses said aloud ("jane dot doe at example dot com"): `at` and `dot` are a language's words for the
    signs. A word that `is_small` ("reach me at …") is nobody's name."""

    def __init__(self, at: Iterable[str], dot: Iterable[str], is_small: Callable[[str], bool]) -> None:
        sign_at, sign_dot = ("|".join(map(re.escape, words)) for words in (at, dot))
        dotted = rf"(?:\.|\s(?:{sign_dot})\s)"
        name, part = r"[\w+-]{1,40}", r"[\w-]{1,40}"
        self._form = re.compile(
            rf"(?<![\w.@+-])({name}(?:{dotted}{name}){{0,4}})(?:\s(?:{sign_at})\s|@)({part}(?:{dotted}{part}){{1,4}})"
            rf"(?![\w@-]|\s(?:{sign_at})\s)",
            re.IGNORECASE,
        )
        self._dot = re.compile(rf"\s(?:{sign_dot})\s", re.IGNORECASE)
        self._is_small = is_small

    def written(self, said: str) -> str:
        """The addresses in a text as they are written, one a line; "" when there are none."""
        found = []
        for match in self._form.finditer(" ".join(said.split())):
            local, domain = (self._dot.sub(".", part) for part in match.groups())
            if not self._is_small(local):
                found.append(f"{local}@{domain}")
        return "\n".join(found)


def read_contact(text: str, kind: str, spoken: SpokenAddress) -> Reading:
    """The number or address in a text. National numbers are not guessed at: without a country code they are
    nobody's."""
    said = clean(text)
    found: list[str] = []
    if kind != "phone":
        found += _mails(said) or _mails(spoken.written(said))
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
