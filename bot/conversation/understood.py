"""What a message was understood to mean: for Rasa, for the survey, and what stands beside its answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from bot.conversation.guessing import Guess
from survey_flows.reading import Reading

TEXT_LIMIT = 10_000
"""Characters of a message that are read and kept as an answer: four pages. The inbox keeps all of it."""

OUT_OF_SCOPE = "out_of_scope"

INTENTS = {"who": "bot_challenge", "delete": "delete_data", "complaint": "complaint"}
"""Controls that a rule of the dialogue answers, in a survey and without one."""

GoesOn = Literal["", "answer", "lost"]


@dataclass(frozen=True)
class Understood:
    """`parse_data` is what Rasa is told; `reading` what the text means at the open question; `digression` an FAQ
    beside it."""

    parse_data: Mapping[str, Any]
    reading: Reading | None = None
    digression: str = ""
    guesses: tuple[Guess, ...] = ()
    """FAQ entries to be offered: "did you mean"."""
    asked: bool = False
    """Beside an answer stands a question that we cannot answer for sure; `guesses` may hold what it could mean."""
    remark: str = ""
    """What is kept as the answer's comment where something is asked beside it, too."""
    goes_on: GoesOn = ""
    """Whether what the customer writes next may belong to it: "answer" in their own words, or "lost", not understood
    so far. "": it is complete in itself."""


def intent(name: str, confidence: float = 1.0, **more: Any) -> dict[str, Any]:
    """Parse data for an intent that the handler itself knows."""
    return {
        "intent": {"name": name, "confidence": confidence},
        "entities": [],
        "intent_ranking": [],
        "text": "",
        **more,
    }
