"""A phone number (stored as E.164) or a mail address, validated."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

import phonenumbers

from survey_flows.model import Question
from survey_flows.prompt import Form
from survey_flows.questions.base import QuestionType, Rejected, register

KINDS = ("any", "phone", "mail")
# One @, no spaces, a dot in the domain, at most 254 characters (RFC 5321 §4.5.3.1): whether it exists only a message
# can tell.
_MAIL = re.compile(r"^[^@\s,;<>]{1,64}@(?:[^@\s,;<>.]{1,63}\.)+[^@\s,;<>.]{2,63}$")


def _phone(text: str) -> str | None:
    try:
        number = phonenumbers.parse(text, None)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


@register
class Contact(QuestionType):
    name = "contact"
    form: Form = "contact"
    kind = "text"
    fields = frozenset({"kind"})

    def mistakes(self, question: Question) -> Iterable[tuple[str, str, str]]:
        if question.kind not in ("", *KINDS):
            yield "kind", f'a contact cannot be of kind "{question.kind}"', "Use phone, mail or any."

    def accept(self, question: Question, value: Any, today: str = "") -> str:
        text = value.strip() if isinstance(value, str) and len(value) <= 254 else ""
        if question.kind != "phone" and _MAIL.match(text):
            return text
        number = _phone(text) if question.kind != "mail" and text.startswith("+") else None
        if number is None:
            raise Rejected
        return number

    def examples(self, question: Question) -> Sequence[str]:
        return ("customer@example.com",) if question.kind == "mail" else ("+4930901820",)
