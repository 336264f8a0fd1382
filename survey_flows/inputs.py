"""What can happen to a session in one turn."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from survey_flows.reading import Reading


@dataclass(frozen=True, slots=True)
class Said:
    """The customer wrote or said something. `reading` may be given when it was read already (`engine.read`)."""

    text: str
    reading: Reading | None = None


@dataclass(frozen=True, slots=True)
class Picked:
    """The customer pressed a button of the prompt for node `question`. `value` is the choice's; for multi_choice a
    list.

    A button of a question that is no longer the open one corrects that earlier answer if it lies on the path, and is
    otherwise ignored
    kindly (the open question is asked again)."""

    question: str
    value: Any


@dataclass(frozen=True, slots=True)
class AskAgain:
    """After a digression or a hand-back: ask the open question once more, in short form; costs no re-ask."""


@dataclass(frozen=True, slots=True)
class TimedOut:
    """The time-out of node `question` ran out."""

    question: str


@dataclass(frozen=True, slots=True)
class Expire:
    """The response's time is over."""


@dataclass(frozen=True, slots=True)
class SetLanguage:
    language: str


@dataclass(frozen=True, slots=True)
class Edited:
    """The customer changed the text of the message that answered node `question`, from `before` to `text`.

    The one input that a completed response takes too: its answer is corrected, and nothing is asked any more."""

    question: str
    text: str
    before: str = ""


@dataclass(frozen=True, slots=True)
class Added:
    """The customer has something to add to their answer to node `question`, written after the next question was asked.
    In an answer in own words it becomes part of it; beside any other it is kept with the words that were said.

    A completed response takes it, too."""

    question: str
    text: str


Input = Said | Picked | AskAgain | TimedOut | Expire | SetLanguage | Edited | Added
