"""What a button or a list's item of ours carries. Pure.

``sc|score|10``: the question's id and the choice's value. A template's button stays in the chat for months, so it also
names its survey: ``st|support_ces|score|5``; with no question (``st|delivery_nps||"start"``) it begins the survey or
puts it off.
"""

from __future__ import annotations

import json
from typing import Any

_OURS = "sc|"
"""How our ids begin: a template made in the Twilio Console may have buttons with other ids."""
_TEMPLATES = "st|"


def encode(question: str, value: Any) -> str:
    """The id of the button for `value`, which is JSON-serialisable."""
    return f"{_OURS}{question}|{json.dumps(value, ensure_ascii=False, separators=(',', ':'))}"


def encode_template(survey: str, question: str, value: Any) -> str:
    """The id of a template's button: an answer to the survey's first question, or with no question a word of ours."""
    return f"{_TEMPLATES}{survey}|{encode(question, value).removeprefix(_OURS)}"


def decode(button_id: str) -> dict[str, Any] | None:
    """``{"question": …, "value": …}`` of a button of ours, with "survey" when it was a template's; None for any
    other."""
    if button_id.startswith(_TEMPLATES):
        survey, bar, rest = button_id.removeprefix(_TEMPLATES).partition("|")
        found = _answer(rest)
        return {"survey": survey, **found} if survey and bar and found else None
    found = _answer(button_id.removeprefix(_OURS)) if button_id.startswith(_OURS) else None
    return found if found and found["question"] else None


def _answer(text: str) -> dict[str, Any] | None:
    question, bar, value = text.partition("|")
    if not bar:
        return None
    try:
        return {"question": question, "value": json.loads(value)}
    except (ValueError, RecursionError):
        return None
