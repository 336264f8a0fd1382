"""What the handler loads before a turn and what it commits after it: plain data between the use case and the
storage."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from bot.conversation.turn import Owner
from channels.contract import Outbound
from survey_flows.effects import Recorded

_VARIABLE = re.compile(r"\{\{(\d+)\}\}")


TO_A_PERSON: Mapping[str, Any] = {"owner": "human"}
"""How a message is understood that the bot leaves to a person: not at all (`bot/storage/unnamed.py` asks for it)."""


PERSON_HAS_IT = "a person has the conversation"
SURVEY_RUNS = "another survey runs there"
"""What an invitation, a reminder or a clock waits for."""


@dataclass(frozen=True)
class Response:
    """The open response of a conversation."""

    id: int
    survey_key: str
    fingerprint: str
    touchpoint: str
    anonymous: bool
    session: str
    timeout_at: str | None = None


@dataclass(frozen=True)
class Conversation:
    """One contact on one channel, as it stands before a turn. `opted_out`: the contact wants no more surveys."""

    id: int
    contact_id: int
    provider: str
    channel: str
    address: str
    language: str
    owner: Owner
    agent: str | None = None
    name: str | None = None
    attributes: Mapping[str, Any] = field(default_factory=dict)
    opted_out: bool = False
    tracker: str | None = None
    response: Response | None = None
    guesses: Sequence[Sequence[str]] = ()
    """What "did you mean" offered last, (key, title) each; only until the customer's next message."""
    pending: Sequence[Any] = ()
    """What was asked below an FAQ's answer (`helpfulness.Pending`); only until the customer's next message."""
    heard_at: str | None = None
    """When the customer last wrote (ISO 8601)."""
    language_chosen: bool = False
    """The customer chose the language: it is not guessed at."""
    language_offer: str = ""
    """The language that was offered last; "-": one was, earlier; "": none ever (`language_offer.py`)."""
    asked: frozenset[str] = frozenset()
    """Entries of the FAQ of which it was asked today whether they helped. Not known while a response is open."""
    handed_over: Mapping[str, Any] | None = None
    """The hand-over that nobody has taken yet, until the customer was told once more (`waiting_word.py`)."""
    version: int = 0
    """By which the storage knows whether somebody changed it meanwhile (`bot/storage/fence.py`)."""


@dataclass(frozen=True)
class Message:
    """One inbox row that is to be handled. `kind`: message (a customer's), call (they ring, or took our call), invite,
    timeout, expire, resume."""

    id: int
    kind: str
    text: str
    picked: Mapping[str, Any] | None
    payload: Mapping[str, Any]
    received_at: str
    attempts: int = 0
    then: tuple[Message, ...] = ()
    """Those that came after it and wait, too, in their order."""
    read_at: str = ""
    """When it was looked at together with those (ISO 8601): what came later is not known."""
    parts: tuple[int, ...] = ()
    """Rows of those whose words were joined to it: they are done with it."""


@dataclass(frozen=True)
class Original:
    """The message that an edit is about. `text` as it stood before this edit ("" when it was blanked); `latest`: the
    customer has written nothing since. `question` is the node that it answered, if it answered one, in `response`,
    whose `status` and `ended_at` are given."""

    text: str
    latest: bool
    question: str | None = None
    response: Response | None = None
    status: str = ""
    ended_at: str | None = None


@dataclass(frozen=True)
class LastAnswer:
    """The latest answer of a conversation: to `node`, a question of `type`, in `response`, whose `status` is given.
    `at`: since when (ISO 8601)."""

    node: str
    type: str
    skipped: bool
    at: str
    response: Response
    status: str


@dataclass(frozen=True)
class Template:
    """A template that a provider keeps. `pipes`: what stands for its variables, as the survey's author wrote it;
    `status` and `reason`: the provider's approval; `asks`: the question that its buttons answer ("": they begin the
    survey)."""

    content_sid: str
    name: str
    body: str
    pipes: Sequence[str]
    asks: str
    status: str
    reason: str = ""

    @property
    def approved(self) -> bool:
        return self.status == "approved"

    def said(self, values: Sequence[str]) -> str:
        """The words that the customer reads."""
        return _VARIABLE.sub(lambda found: values[int(found[1]) - 1], self.body)


@dataclass(frozen=True)
class Offer:
    """A survey that was offered by a template, and waits for the customer's reply. `asks` as in Template; `at`: since
    when (ISO 8601)."""

    invitation: int
    survey_key: str
    language: str
    asks: str
    at: str


@dataclass(frozen=True)
class NewResponse:
    """A response that begins in this turn."""

    survey_key: str
    fingerprint: str
    touchpoint: str
    language: str
    anonymous: bool
    expires_at: str
    invitation_id: int | None


@dataclass(frozen=True)
class NewCase:
    """A recovery case that opens in this turn. One open case per contact and touchpoint: storage adds to that one if
    there is one."""

    reason: str
    team: str
    priority: str
    due_at: str
    touchpoint: str = ""
    metric: str = ""
    score: float | None = None
    band: str = ""
    anonymous: bool = False
    resolve_by: str = ""
    clocks: Mapping[str, str] = field(default_factory=dict)
    verbatim: str = ""
    """Why, in words; "": the customer's own message says it."""


@dataclass(frozen=True)
class FaqEvent:
    """One thing that the reports count: answered, offered ("did you mean"), asked (whether it helped), helped,
    not_helped, handed_over, gap (nobody answered). `entry`: the FAQ's key, "" for none. `text`: only of a gap."""

    kind: str
    entry: str
    language: str
    channel: str
    confidence: float | None = None
    text: str = ""


@dataclass
class Outcome:
    """Everything one turn changes. It is committed in one transaction together with "this inbox row is done"."""

    message: Message
    conversation: Conversation
    now: str
    outbox: list[Outbound] = field(default_factory=list)
    recorded: list[Recorded] = field(default_factory=list)
    withdrawn: list[str] = field(default_factory=list)
    new_response: NewResponse | None = None
    session: str | None = None
    response_status: str | None = None
    timeout_at: str | None = None
    cases: list[NewCase] = field(default_factory=list)
    quotas: list[str] = field(default_factory=list)
    owner: Owner | None = None
    agent: str | None = None
    language: str | None = None
    language_offer: str = ""
    """The language that the customer is asked about now."""
    language_chosen: bool = False
    """The customer said in which language they want to go on."""
    opted_out: bool | None = None
    forget_contact: bool = False
    tracker: str | None = None
    understood: Mapping[str, Any] | None = None
    invitation_sent: int | None = None
    invitation_skipped: tuple[int, str] | None = None
    offered: Offer | None = None
    guesses: Sequence[Sequence[str]] = ()
    """What "did you mean" offers now. Empty: what was offered before is forgotten."""
    pending: Sequence[Any] = ()
    """What is asked below an FAQ's answer now."""
    faq: list[FaqEvent] = field(default_factory=list)
    move_to: str | None = None
    """The channel on which the open response goes on."""
    error: str | None = None
    """Why the row is set aside now, instead of done; what else changes is the hand-over to a person."""
    parked: bool = False
    """The row was set aside before; leave it so."""
    redeemed: int | None = None
    """The link code that the customer brought: from now on they are its contact."""
    aside: bool = False
    """The response is over and only corrected; whatever else goes on in the conversation is not touched."""
    idle_minutes: int = 60
    """So long the customer may wait for the person who has the conversation."""
    held_until: str = ""
    """The message is not answered before (ISO 8601): the customer may go on. Nothing else is committed."""
    wait: str = ""
    """Why the row is not done but waits until the conversation is free again (`PERSON_HAS_IT`, `SURVEY_RUNS`); "": it
    does not wait."""

    @property
    def forgets(self) -> bool:
        """What was said must not stay in Rasa's tracker: the contact is forgotten, or an anonymous response is over."""
        response = self.new_response or self.conversation.response
        over = self.response_status not in (None, "active", "paused")
        return self.forget_contact or (over and response is not None and response.anonymous)
