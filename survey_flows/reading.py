"""What a person's words mean as an answer to one question.

A reading has one of four kinds (`docs/reference/answers.md`):

* ``value``      the words are an answer; `value` holds it.
* ``ambiguous``  the words could be several answers; `candidates` holds them, and the customer is asked again.
* ``control``    the words steer the survey ("back", "skip"); `value` holds the control's name, one of `CONTROLS`.
* ``none``       the words are no answer to this question (they may be a question of the customer's own).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

Kind = Literal["value", "ambiguous", "control", "none"]

CONTROLS = (
    *("stop", "start", "help", "back", "correct", "skip", "repeat", "later", "language", "human"),
    *("who", "delete", "complaint"),
)
"""Names a control can have. `correct` is "I meant 8": its `candidates` hold the corrected value.
`language` may hold the wanted language in `candidates` ("auf Deutsch bitte" → ("de",)). `who` is "are you a robot?",
`delete` "delete my data"."""


@dataclass(frozen=True, slots=True)
class Reading:
    """One text, read as an answer to one question.

    `value` is JSON-serialisable: int (nps, ces, csat, rating), int or float (number), str (choice: the option's key;
    text; date as
    ISO 8601; contact as E.164 or a mail address), bool (yes_no, consent), list of option keys (multi_choice).
    `rest` is what the customer said beside the answer ("8, but where is my parcel?" → "where is my parcel?");
    it is empty unless there is a clause of its own that is worth understanding separately.
    `outside`, of the kind `none` only: the number that was meant as an answer and lies outside the question's range
    ("11" on a scale to 10), so that the customer can be told why it is none.
    `stops`, of the kind `value` only: beside the answer stands a plain stop ("9, stop"), which `rest` does not hold.
    """

    kind: Kind
    value: Any = None
    candidates: tuple[Any, ...] = ()
    rest: str = ""
    outside: int | float | None = None
    stops: bool = False

    def as_dict(self) -> dict[str, Any]:
        """The public form, as `conductor answer` prints it."""
        return {"kind": self.kind, "value": self.value, "candidates": list(self.candidates)}

    def as_json(self) -> dict[str, Any]:
        """All of it, as it is kept and handed on."""
        beyond = {} if self.outside is None else {"outside": self.outside}
        return {**self.as_dict(), "rest": self.rest, **beyond, **({"stops": True} if self.stops else {})}


NOT_AN_ANSWER = Reading("none")


def value(v: Any, rest: str = "") -> Reading:
    return Reading("value", v, (), rest)


def ambiguous(*candidates: Any) -> Reading:
    return Reading("ambiguous", None, tuple(candidates))


def outside(number: int | float, rest: str = "") -> Reading:
    return Reading("none", None, (), rest, int(number) if number == int(number) else number)


def control(name: str, *candidates: Any) -> Reading:
    return Reading("control", name, tuple(candidates))
