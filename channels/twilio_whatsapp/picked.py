"""What a button or a list's item of ours carries: ``sc|score|10``, the question's id and the choice's value. Pure."""

from __future__ import annotations

import json
from typing import Any

_OURS = "sc|"
"""How our ids begin: a template made in the Twilio Console may have buttons with other ids."""


def encode(question: str, value: Any) -> str:
    """The id of the button for `value`, which is JSON-serialisable."""
    return f"{_OURS}{question}|{json.dumps(value, ensure_ascii=False, separators=(',', ':'))}"


def decode(button_id: str) -> dict[str, Any] | None:
    """``{"question": …, "value": …}`` of a button of ours; None for any other."""
    question, bar, value = button_id.removeprefix(_OURS).partition("|")
    if not button_id.startswith(_OURS) or not question or not bar:
        return None
    try:
        return {"question": question, "value": json.loads(value)}
    except (ValueError, RecursionError):
        return None
