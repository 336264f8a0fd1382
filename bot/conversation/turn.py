"""One turn: what the Rasa agent is told about an inbound message, and what it decides.

Both cross a process border when actions run in a server of their own (`rasa run actions`), so both are plain JSON.
The turn carries the state; an action
reads nothing else and changes nothing: it *decides*, and the handler commits the decisions in one transaction
(docs/adr/0003).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

TURN = "turn"
"""Key of the turn in the metadata of the Rasa user message."""

READ = "read"
"""Key in the metadata of a message that came past our handler (`rasa shell`) and was heard again, after it was read in
its context: {"guesses": FAQ entries to be offered}."""

DECISION = "conductor"
"""Key of a decision in the custom JSON that an action utters."""

Owner = Literal["survey", "bot", "human"]
"""Who owns a conversation. Exactly one of them, at any moment."""

# Intents that never come from the NLU: the handler sets them, because it has read the message in its context.
SURVEY_ANSWER = "survey_answer"
SURVEY_CONTROL = "survey_control"
SURVEY_UNCLEAR = "survey_unclear"
SURVEY_PICKED = "survey_picked"
SURVEY_INVITED = "survey_invited"
SURVEY_WANTED = "survey_start"
"""The NLU's intent of a customer who asks to give feedback."""
CONTEXT_INTENTS = (SURVEY_ANSWER, SURVEY_CONTROL, SURVEY_UNCLEAR, SURVEY_PICKED, SURVEY_INVITED)

SURVEY_STEP = "action_survey_step"
SURVEY_START = "action_survey_start"
DETRACTOR_RECOVERY = "action_detractor_recovery"
HUMAN_HANDOVER = "action_human_handover"
FAQ = "utter_faq"

TEXT_ME = "text_me"
"""A caller's wish to go on by text message, read as a control of the survey."""

PERSON_WANTED = "control_human"
"""A digression: a wish for a person beside an answer ("3, and I want to talk to somebody")."""

AGENDA = "agenda"
"""Slot: the actions that still have to run in this turn, in order, each with its payload (`AgendaItem`)."""
SURVEY_ACTIVE = "survey_active"
"""Slot: a survey is open. Only `rasa shell` needs it; everywhere else the turn says so."""


@dataclass(frozen=True)
class TurnInput:
    """State at the start of one turn.

    `id` is the inbox row; `now` ISO 8601 with offset. `session` is the open response's serialised session (or None),
    `fingerprint` its
    definition. `said` is the customer's text, `picked` a pressed button, `reading` the text's reading at the open
    question (Reading as a dict with
    `rest`). `digression` is the full FAQ intent found beside an answer ("8, but where is my parcel?" →
    "faq/parcel_tracking").
    `corrects` says that an earlier message was edited: {"question": the node it answered, "before": its old text}; or
    that this message goes on with an earlier one: {"question": the node that one answered, "adds": True}.
    `unread` names what was sent instead of words (voice, picture, sticker, …): `unspoken.unread`.
    `asked`: beside the answer stands a question that we cannot answer for sure.
    `remark`: what is told beside an answer and a question, else "".
    `guesses` are FAQ entries to be offered, (key, title) each (`guessing.py`).
    `start` names a survey to begin (an invitation), `attributes` are the contact's. `kind` is the inbox row's:
    message, call, invite, timeout, expire, resume.
    """

    id: int
    conversation: int
    channel: str
    language: str
    owner: Owner
    now: str
    kind: str = "message"
    said: str = ""
    picked: Mapping[str, Any] | None = None
    reading: Mapping[str, Any] | None = None
    digression: str = ""
    corrects: Mapping[str, Any] | None = None
    unread: str = ""
    asked: bool = False
    remark: str = ""
    guesses: Sequence[Sequence[str]] = ()
    session: str | None = None
    fingerprint: str | None = None
    start: str = ""
    invitation: int | None = None
    seed: int = 0
    opted_out: bool = False
    attributes: Mapping[str, Any] = field(default_factory=dict)
    earlier: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    quotas: Mapping[str, int] = field(default_factory=dict)
    texts_free: bool = True
    """Whether a caller's survey can go on in their text messages: no person and no other survey has those."""

    def as_dict(self) -> dict[str, Any]:
        return dict(vars(self))  # all that it holds is plain JSON already

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> TurnInput:
        return cls(**dict(data))


@dataclass(frozen=True)
class AgendaItem:
    """One action that still has to run in this turn, with what it needs to know."""

    action: str
    payload: Mapping[str, Any] = field(default_factory=dict)


@dataclass
class Decision:
    """What one action decided: operations for the handler, in order (`bot/conversation/operations.py`), and the session
    after it (None: unchanged)."""

    operations: list[dict[str, Any]] = field(default_factory=list)
    session: str | None = None

    def as_dict(self) -> dict[str, Any]:
        return dict(vars(self))


@dataclass(frozen=True)
class Uttered:
    """One thing that came out of the agent in a turn, in order: a text of Rasa's own (`response` names it if known),
    or a decision."""

    text: str = ""
    buttons: tuple[Mapping[str, Any], ...] = ()
    decision: Mapping[str, Any] | None = None
