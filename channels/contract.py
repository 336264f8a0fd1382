"""What passes between a channel and the rest of the house. Pure data: no Rasa, no database, no network."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from math import isnan
from typing import Any, Literal, Protocol, runtime_checkable

from channels.storable_text import storable_text
from survey_flows.prompt import Prompt

ChannelName = Literal["sms", "whatsapp", "telegram", "slack", "voice", "web"]
CHANNELS: tuple[str, ...] = ("sms", "whatsapp", "telegram", "slack", "voice", "web")


START, LATER = "start", "later"
"""Values of a template's two buttons, where it asks no question itself."""


@dataclass(frozen=True, slots=True)
class Inbound:
    """One message of a customer, as a channel's parser understood it.

    `provider` names the connector (web, twilio_sms, …), `channel` the kind of conversation. `message_id` is the
    provider's own id: the key of de-duplication. `address` is the customer's on that channel. `picked` holds a pressed
    button: {"question": node id, "value": …}; a template's has its "survey", too, and its question may be ""
    (`START`, `LATER`). `kind`: "message", or "call": a telephone call begins (nobody has said anything yet).

    Keys of `extra` that the house knows: `start` (a link code the customer came with), `survey` and `invitation` (what
    an outbound call is for), `call` (the provider's id of the call), `recording` (the provider's id of a recorded
    answer, whose text follows later), `edited` (the `reference` of the earlier message whose new text this is),
    `reaction` (the text is an emoji set on a message of ours) and `message` (which: as `Sender.send` returned it).

    `reference` is how the provider itself names the message when something refers to it later, unique within the
    conversation; "" where nothing ever does. An edit carries the reference of the message that it changes.
    """

    provider: str
    channel: str
    message_id: str
    address: str
    text: str
    picked: Mapping[str, Any] | None = None
    name: str | None = None
    language: str | None = None
    extra: Mapping[str, Any] = field(default_factory=dict)
    kind: str = "message"
    reference: str = ""


@dataclass(frozen=True, slots=True)
class Outbound:
    """One message to a customer, before it is rendered. Either `text` alone or a `prompt` (whose text is in the
    prompt).

    `role`: question, greeting, acknowledgement, notice, ending, faq, agent, review, waiting, message; "call" asks for a
    call to be placed, "template" for an approved template. `sender` is "bot" or an agent's name. `data` is what only
    one provider needs, as JSON: {"survey", "invitation"} for a call; {"survey", "invitation", "language",
    "content_sid", "variables"} for a template, or "obstacle": why it can't be sent, instead of the two last.
    """

    text: str = ""
    prompt: Prompt | None = None
    role: str = "notice"
    sender: str = "bot"
    data: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class DeliveryStatus:
    """What a provider says became of a message. `status`: sent, delivered, read, failed, undelivered, or withheld (the
    channel's rules forbade it; `error_code` is the reason in words); of a call that nobody took: unreached
    (`error_code` says why: busy, no-answer, machine, failed).

    `key`: the key that the message was sent with, where the provider gives it back ("" where it doesn't). It settles a
    message whose provider's id we never learnt, because the answer to our request was lost.
    """

    provider: str
    provider_message_id: str
    status: str
    error_code: str = ""
    key: str = ""
    opted_out: bool = False
    """The customer wants nothing more from us: consent is withdrawn with this report."""


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a channel can show, as data. 0 means: not at all. `source` says where the limits come from."""

    text_limit: int
    buttons: int = 0
    button_label: int = 0
    list_items: int = 0
    list_label: int = 0
    keypad: bool = False
    window_hours: int = 0
    """So long after the customer's last message anything may be sent; 0: always."""
    source: str = ""


LONGEST_WAIT = 86_400.0
"""Seconds. Whoever asks for more has made a mistake: nobody still waits for that letter."""

Retry = Literal["later", "never", "withhold", "channel_dead"]


class SendError(Exception):
    """Sending failed. `retry`: "later" (after `retry_after` seconds, if known), "never", "withhold" (the channel's own
    rules forbid it now, as outside WhatsApp's 24 hours; nothing is broken), or "channel_dead".

    `opted_out`: the provider says that the customer wants nothing from us (Twilio's 21610, a blocked bot): consent is
    withdrawn. The message is stored and shown: it holds no text of the customer's and no secret.
    """

    def __init__(
        self, message: str, retry: Retry, retry_after: float | None = None, *, opted_out: bool = False
    ) -> None:
        super().__init__(storable_text(message))
        self.retry = retry
        known = retry_after is not None and not isnan(retry_after)
        self.retry_after = min(max(retry_after or 0.0, 0.0), LONGEST_WAIT) if known else None
        self.opted_out = opted_out


HUNG_UP = "hung_up"
"""In `Inbound.extra`: said in a call that is over by now."""

Gate = Callable[[str], AbstractAsyncContextManager[None]]
"""`async with gate(address):` around each request that the provider counts against its limit, and nothing else. It
waits for the request's place, and learns from the end of the block when the answer came. Raises SendError ("later")."""


@asynccontextmanager
async def open_gate(address: str) -> AsyncIterator[None]:
    """The gate of a client that nobody has given another one: no limit."""
    yield


class Sender(Protocol):
    """The part of a channel that talks to the provider (`channels/<provider>/client.py`)."""

    async def send(self, channel: str, address: str, message: Outbound, key: str) -> str:
        """Send one message; `key` is the same at every attempt of the same message. Returns the provider's message id.

        Raises SendError, which says whether it is worth trying again. Any other failure after the request may have left
        (a time-out) must be TimeoutError: the message is then *unknown* until the provider's status settles it."""


@runtime_checkable
class Connected(Protocol):
    """A Sender that keeps connections to its provider open."""

    async def close_connections(self) -> None:
        """Called when nothing more is sent. A later request opens new ones."""


@runtime_checkable
class Recorder(Protocol):
    """A Sender whose provider keeps what customers spoke."""

    async def recording(self, recording: str) -> tuple[bytes, str]:
        """The sound of a recording (`Inbound.extra["recording"]`) and its content type. Raises SendError ("never": it
        is not there any more) and TimeoutError."""


class Receiver(Protocol):
    """What a connector hands an inbound message to. Given to it by whoever mounts it; a channel imports nothing of
    `bot`."""

    async def accept(self, message: Inbound) -> bool:
        """Commit the message before the provider is acknowledged. False: it was there already (a duplicate)."""

    async def status(self, status: DeliveryStatus) -> bool:
        """Store what a provider says became of a message. False: no such message is known. A later state is never
        overwritten by an earlier one that arrives after it."""


@dataclass(frozen=True, slots=True)
class Heard:
    """What a caller hears next. `messages` in order; `complete` False: the conversation has not decided yet (slow), so
    ask again with the same message. `owner`: survey, bot or human. `survey_open`: a question waits for an answer.
    `case_opened`: a recovery case was opened in this call. `moved` names the channel on which the survey goes on."""

    messages: tuple[Outbound, ...] = ()
    complete: bool = True
    owner: str = "bot"
    survey_open: bool = False
    case_opened: bool = False
    language: str = "en"
    moved: str = ""


class Converser(Receiver, Protocol):
    """What a connector uses whose reply is the answer to the webhook itself (a telephone call). Its provider's letters
    are never sent: they are collected here."""

    async def converse(self, message: Inbound, within: float) -> Heard:
        """Commit `message`, wait at most `within` seconds until it is handled, and collect what is to be said: the
        letters of this message, and before them any that waited for the customer. The same message again returns the
        same words again."""

    async def open_question(self, provider: str, address: str) -> Heard:
        """The question that is open now, to be said again; no messages when none is. Changes nothing."""

    async def call_ended(self, provider: str, address: str, call: str) -> None:
        """The caller is gone: what was not said yet is withheld, with that reason. An open response stays open."""

    async def transcribed(self, provider: str, message_id: str, text: str) -> bool:
        """The words of the answer that was recorded with this message. False: no such message is known."""


@dataclass(frozen=True, slots=True)
class Offer:
    """A survey that a customer may start by themselves. `title` in their language."""

    key: str
    title: str


@dataclass(frozen=True, slots=True)
class Overview:
    """What a customer could do now, for a channel that shows a start page or a menu. `survey` is the title of the one
    that runs, `question` the one that waits for an answer; `owner`: survey, bot or human."""

    language: str
    owner: str = "bot"
    opted_out: bool = False
    survey: str = ""
    question: Prompt | None = None
    offers: tuple[Offer, ...] = ()


Beginning = Literal["started", "goes_on", "waits", "unknown", "opted_out", "person"]
"""What became of a wish to take a survey. waits: another one is open, it comes after that; goes_on: it is open, and its
question is asked again; person: a person has the conversation."""


@runtime_checkable
class FrontDesk(Receiver, Protocol):
    """What a connector uses that shows more than a conversation: a start page, a menu, a form."""

    async def overview(self, channel: str, address: str, language: str) -> Overview:
        """What this customer could do now. `language` is what a stranger is spoken to in ("": the house's). Changes
        nothing."""

    async def begin(self, wish: Inbound, survey: str) -> Beginning:
        """Start `survey` with who sent `wish` ("": go on with the open one), or say why not. The question comes as a
        letter of its own. The same wish again does nothing."""

    async def objection(self, message: Inbound) -> str:
        """Why what was filled into a form (`picked`) is no answer, for the form to say; "" when it can be taken.
        Changes nothing."""
