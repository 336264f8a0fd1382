"""What the conversation asks of the rest of the house. Implemented in `bot/rasa_glue` and `bot/storage`, wired in
`bot/bootstrap`."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from bot.conversation.state import Conversation, LastAnswer, Message, Offer, Original, Outcome, Template
from bot.conversation.turn import TurnInput, Uttered
from channels.contract import Inbound
from survey_flows.model import Survey


class Clock(Protocol):
    def now(self) -> str:
        """The time, ISO 8601 with UTC offset, to the microsecond."""


class Listener(Protocol):
    """The NLU of the Rasa agent."""

    async def understand(self, text: str, language: str, chosen: bool = False) -> Mapping[str, Any]:
        """NLU alone: Rasa's parse data (intent, intent_ranking, response_selector, …) for `text`. `chosen`: the
        customer chose `language`, so it is not guessed at."""

    def language_of(self, text: str, language: str) -> tuple[str, float]:
        """The likeliest language of `text` among those that the bot speaks, and its probability; `language` is the
        conversation's."""


class DialogueAgent(Listener, Protocol):
    """The Rasa agent, as the conversation sees it (`bot/rasa_glue/agent.py`)."""

    async def converse(self, turn: TurnInput, parse_data: Mapping[str, Any], tracker: str | None) -> Conversed:
        """One turn of dialogue: policies and actions. `tracker` is the stored snapshot, or None for a new conversation.

        Raises ConversationFailed when Rasa or an action failed: nothing may be committed then but the hand-over to a
        person."""

    def forget(self, conversation: int) -> None:
        """Drop the live tracker: the turn was not committed."""


class Conversed(Protocol):
    """Outcome of one turn: what was uttered, in order, and the bounded tracker's snapshot to be stored with it."""

    @property
    def uttered(self) -> Sequence[Uttered]: ...
    @property
    def tracker(self) -> str: ...
    @property
    def actions(self) -> Sequence[str]: ...


@dataclass(frozen=True)
class CaseFacts:
    """What is known of a case before it is given to a team. `team`, `priority` and `respond_within` (minutes) are what
    the survey's recovery rule asks for; "" and 0: it says nothing."""

    reason: str
    survey: str = ""
    touchpoint: str = ""
    channel: str = ""
    language: str = ""
    metric: str = ""
    band: str = ""
    team: str = ""
    priority: str = ""
    respond_within: int = 0
    attributes: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Assignment:
    """Where a case goes. Somebody answers by `due_at`, and it is put right by `resolve_by`: ISO 8601, in the team's
    working time. `clocks`: what else strikes when (`bot/recovery/clocks.py`). `zone`: in which the customer is told."""

    team: str
    priority: str
    due_at: str
    resolve_by: str
    clocks: Mapping[str, str] = field(default_factory=dict)
    zone: str = "UTC"


class Desk(Protocol):
    """Which team a case goes to, and by when somebody answers (`bot/recovery/desk.py`)."""

    @property
    def idle_minutes(self) -> int:
        """So long a customer may wait for the person who has the conversation."""

    def assign(self, facts: CaseFacts, now: str) -> Assignment: ...

    def zone(self, team: str) -> str:
        """The time zone in which the team's customers are told when somebody answers (IANA)."""


class ConversationFailed(Exception):
    """Rasa, a policy or an action failed. The customer is handed to a person, never met with silence."""


class Stale(Exception):
    """Somebody else changed the conversation while the turn was thought out: nothing was written, and the message is
    looked at anew. No failure, and no attempt that counts."""


class Catalogue(Protocol):
    """Published surveys."""

    async def live(self, key: str) -> Survey:
        """The live version of a survey. Raises UnknownSurvey."""

    async def version(self, fingerprint: str) -> Survey:
        """The exact version a response began with. Raises UnknownSurvey."""


class Store(Protocol):
    """Where conversations are kept (`bot/storage`). Every method is one transaction or one read."""

    async def accept(self, message: Inbound, now: str) -> Accepted:
        """Commit an inbound message; makes the contact and the conversation when they are new."""

    async def waiting(self, now: str) -> Sequence[int]:
        """Conversations that have messages to be handled now."""

    async def next_message(self, conversation: int, day: str = "") -> tuple[Message, Conversation] | None:
        """The oldest message of a conversation that is not done, with those that wait behind it, and the state it
        meets. `day` (UTC, ISO 8601): today, for `Conversation.asked`; "" counts all days."""

    async def hold(self, messages: Sequence[int], until: str) -> None:
        """`messages` are not answered before `until`, unless something else comes: the customer may go on."""

    async def history(self, contact: int) -> Mapping[str, Mapping[str, Any]]:
        """The contact's latest completed answers: survey key → question id → value."""

    async def original(self, conversation: Conversation, message: Message) -> Original | None:
        """The message that `message`, an edit, changes; None when it is not known."""

    async def last_answer(self, conversation: int) -> LastAnswer | None:
        """The latest answer in the conversation's latest response; None when it has none."""

    async def asked(self, conversation: int, reference: str) -> str:
        """The node that was asked by the message of ours which the provider knows as `reference`; "" for none."""

    async def known(self, channel: str, address: str) -> Conversation | None:
        """The conversation with this address as it stands; None when there is none."""

    async def faq_of(self, conversation: int, reference: str) -> str:
        """The FAQ entry that a message of ours, which the provider knows as `reference`, answered with; "" for none."""

    async def quotas(self, survey: str) -> Mapping[str, int]:
        """Counts of a survey's quotas."""

    async def offers(self, conversation: int) -> Sequence[Offer]:
        """Surveys that were offered there by a template and not begun yet, the newest first."""

    async def template(self, survey: str, language: str) -> Template | None:
        """The newest approved template of a survey in a language, else the newest; None: there is none."""

    async def commit(self, outcome: Outcome) -> None:
        """Everything the turn changes, and "this row is done", or nothing. Raises Stale when the conversation is not as
        it was read."""

    def outage(self, error: BaseException) -> bool:
        """Whether `error` is the database's own trouble (gone, full), so that nothing is wrong with the message."""

    async def failed(self, message: Message, error: str, park: bool, now: str) -> None:
        """Count a failed attempt; `park` sets the row aside for a person to look at."""

    async def due_timers(self, now: str) -> int:
        """Turn time-outs and expiries that are due into inbox rows, once each. Returns how many."""


@dataclass(frozen=True)
class Accepted:
    """`conversation` got a message, row `message`; `fresh` is False when the provider had sent it before."""

    conversation: int
    fresh: bool
    message: int = 0


class Redemption(Protocol):
    """What a link code that a customer brings comes to (`bot/outreach/linking.py`). `phrase` is what they are told;
    `code` the row to be redeemed (None: nothing changes); `survey` starts after it ("": none)."""

    @property
    def phrase(self) -> str: ...
    @property
    def code(self) -> int | None: ...
    @property
    def survey(self) -> str: ...


class Links(Protocol):
    """Link codes: how a customer says that they are the same on two channels."""

    async def look(self, text: str, start: str, conversation: int, now: str) -> Redemption | None:
        """What the code in a message comes to, if there is one in it. `start`: the code of a deep link. Changes
        nothing."""


class LiveEvents(Protocol):
    """News for screens. Best effort: never the truth."""

    def publish(self, conversation: int, kind: str, data: Mapping[str, Any]) -> None: ...
    def subscribe(self, conversation: int | None) -> AsyncIterator[Mapping[str, Any]]:
        """What is published from now on of a conversation, or (None) of all: kind, data, conversation."""


def full_intent(parse_data: Mapping[str, Any]) -> str:
    """The intent's name; for a retrieval intent ("faq") with its key ("faq/refund")."""
    name = str((parse_data.get("intent") or {}).get("name") or "")
    selector = (parse_data.get("response_selector") or {}).get(name) or {}
    return str((selector.get("response") or {}).get("intent_response_key") or name)
