"""Which form a question takes on a channel: buttons, a list, toggles, a keypad, or words alone. Pure; shared by every
renderer."""

from __future__ import annotations

from typing import Literal

from channels.contract import Capabilities
from survey_flows.prompt import Choice, Prompt

Form = Literal["plain", "numbered", "scale_line", "buttons", "list", "toggles", "keypad"]
"""plain: nothing to pick. numbered: options as numbered lines. scale_line: the ends of a scale in one line. buttons,
list (one choice
out of a sheet), toggles (several, then send), keypad (the digits of a telephone)."""

_ROW = 6
"""At most so many number buttons in a row, so that a thumb can hit them: 0–10 becomes two rows."""


def form_of(prompt: Prompt, can: Capabilities) -> Form:
    """The best form of `prompt` on a channel that `can` do so much."""
    if not prompt.choices:
        return "plain"
    if can.keypad:
        return "keypad"
    count = len(prompt.offered)
    if prompt.form == "multi_choice":
        return "toggles" if can.buttons > max(count, 3) else "numbered"
    longest = max(len(label(choice)) for choice in prompt.offered)
    if count <= can.buttons and longest <= can.button_label:
        return "buttons"
    if count <= can.list_items and longest <= can.list_label:
        return "list"
    if prompt.form != "scale":
        return "numbered"
    return "plain" if prompt.meant else "scale_line"  # "Did you mean 8 or 9?" says itself what to write


def label(choice: Choice) -> str:
    """What a button for `choice` says. Stars stand for themselves; another emoji stands before the words."""
    words = choice.short or choice.label
    return f"{choice.emoji} {words}" if choice.emoji and "⭐" not in choice.emoji else words


def rows(choices: tuple[Choice, ...], scale: bool) -> list[list[Choice]]:
    """The choices as rows of buttons: numbers in even rows of at most six, words one to a row, or two when both are
    short."""
    if scale:
        count = -(-len(choices) // _ROW)
        size = -(-len(choices) // count) if count else 1
        return [list(choices[n : n + size]) for n in range(0, len(choices), size)]
    size = 2 if choices and max(len(label(c)) for c in choices) <= 12 else 1
    return [list(choices[n : n + size]) for n in range(0, len(choices), size)]
