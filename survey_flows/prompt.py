"""A question as it is put to the customer: data, not text for one channel.

A channel's renderer turns a prompt into its best form (buttons, a list, a keypad prompt, one line of text).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

Form = Literal["scale", "choice", "multi_choice", "yes_no", "number", "text", "date", "contact", "none"]


@dataclass(frozen=True, slots=True)
class Choice:
    """One thing the customer can pick. `value` is JSON-serialisable; `keypad` the digits to press on a telephone."""

    value: Any
    label: str
    short: str = ""
    emoji: str = ""
    keypad: str = ""


@dataclass(frozen=True, slots=True)
class Prompt:
    """One question, in one language, ready to be rendered.

    `question` is the id of the asked node: a button sends it back, so that an old button is known for what it is.
    `low`/`high` are the labels at the ends of a scale. `reask` counts from 0 (first asked) to 3.
    `short` marks the short form used after a digression. `meant`: values of which the customer has probably said one
    ("Did you mean 8 or 9?"); every other choice is an answer as well, but only these are `offered`.
    """

    question: str
    form: Form
    text: str
    language: str
    choices: tuple[Choice, ...] = ()
    low: str = ""
    high: str = ""
    hint: str = ""
    reask: int = 0
    short: bool = False
    optional: bool = False
    meant: tuple[Any, ...] = ()

    @property
    def numbered(self) -> tuple[tuple[int, Choice], ...]:
        """What there is to pick, with its numbers among all choices: by these it is named and read."""
        found = tuple((n, choice) for n, choice in enumerate(self.choices, 1) if choice.value in self.meant)
        return found or tuple(enumerate(self.choices, 1))

    @property
    def offered(self) -> tuple[Choice, ...]:
        """What there is to pick: what was probably meant, or else every choice."""
        return tuple(choice for _, choice in self.numbered)
