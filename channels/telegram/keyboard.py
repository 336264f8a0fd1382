"""Inline keyboards and what their buttons carry. Pure.

A button's `callback_data` names the question and the choice's value, so that a press is understood without looking
anything up: ``p|score|10``. Where that doesn't fit into Telegram's 64 bytes, the question's id is spread over the
buttons in order (``P|the_first_part_of_a|1``, ``P|_long_id|2``): a press brings the whole keyboard along.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from channels.telegram.limits import CALLBACK_DATA_BYTES

PICK, TOGGLE, SEND, DONE = "p", "t", "s", "-"
"""What a button does: choose it, tick it, send what is ticked; nothing any more."""
OFF, ON, CHOSEN = "☐ ", "☑ ", "✓ "


class Button(NamedTuple):
    label: str
    data: str


Keyboard = tuple[tuple[Button, ...], ...]


@dataclass(frozen=True, slots=True)
class Pressed:
    """What a button says: its kind (PICK, TOGGLE, SEND, DONE), the question's id and the choice's value."""

    kind: str
    question: str = ""
    value: Any = None


def encode(question: str, entries: Sequence[tuple[str, Any]]) -> list[str] | None:
    """The `callback_data` of each (kind, value), at most 64 bytes each; None when a question can't have buttons because
    its id and values are too long even together."""
    values = [json.dumps(value, ensure_ascii=False, separators=(",", ":")) for _, value in entries]
    whole = [f"{kind}|{question}|{value}" for (kind, _), value in zip(entries, values, strict=True)]
    if all(_room(data) >= 0 for data in whole):
        return whole
    spread, rest = [], question
    for (kind, _), value in zip(entries, values, strict=True):
        room = _room(f"{kind.upper()}||{value}")
        if room < 0 or not question.isascii():
            return None
        spread.append(f"{kind.upper()}|{rest[:room]}|{value}")
        rest = rest[room:]
    return None if rest else spread


def decode(data: str, keyboard: Keyboard | None) -> Pressed | None:
    """What a press on a button with `data` means; None when it means nothing.

    `keyboard` is the message's own, as Telegram has it: a modified app can send any data, but only what is on the
    keyboard counts. It is None where Telegram no longer shows the message; then the data has to speak for itself."""
    if keyboard is not None and all(data != button.data for row in keyboard for button in row):
        return None
    if data == DONE:
        return Pressed(DONE)
    kind, _, rest = data.partition("|")
    question, bar, packed = rest.partition("|")
    if not bar or kind.lower() not in (PICK, TOGGLE, SEND):
        return None
    if kind.isupper():
        if keyboard is None:
            return None
        question = "".join(_question_part(b.data) for row in keyboard for b in row if b.data[:1].isupper())
    try:
        return Pressed(kind.lower(), question, json.loads(packed))
    except (ValueError, RecursionError):
        return None


def ticked(keyboard: Keyboard) -> list[Button]:
    """The buttons that are ticked, with their labels as they were before."""
    return [Button(b.label[len(ON) :], b.data) for row in keyboard for b in row if b.label.startswith(ON)]


def tick(keyboard: Keyboard, data: str) -> Keyboard:
    """`keyboard` with the button that carries `data` ticked, or no longer ticked."""
    return tuple(tuple(_flipped(b) if b.data == data else b for b in row) for row in keyboard)


def closed(labels: Sequence[str]) -> Keyboard:
    """What is left of a keyboard after the answer: the choice, to be seen but not to be pressed again."""
    return tuple((Button(CHOSEN + label, DONE),) for label in labels)


def _question_part(data: str) -> str:
    return data.partition("|")[2].partition("|")[0]


def _flipped(button: Button) -> Button:
    if button.label.startswith(ON):
        return Button(OFF + button.label[len(ON) :], button.data)
    return Button(ON + button.label.removeprefix(OFF), button.data)


def _room(data: str) -> int:
    return CALLBACK_DATA_BYTES - len(data.encode())
