"""A telephone line between the local telephone and our connector, with a converser that says what it is told to."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import datetime, timezone

import pytest

from channels.contract import HUNG_UP, DeliveryStatus, Heard, Inbound, Outbound
from channels.hours import read_hours
from channels.twilio.local_provider import ACCOUNT_SID, AUTH_TOKEN, LocalTwilio
from channels.twilio.settings import Account
from channels.twilio_voice.client import TwilioVoiceClient
from channels.twilio_voice.connector import TwilioVoiceInput
from channels.twilio_voice.local_provider import Call, LocalTelephone
from channels.twilio_voice.settings import TwilioVoiceSettings
from survey_flows.prompt import Choice, Prompt
from tests.channels.rasa_server import serving

PUBLIC = "https://surveys.example"
CUSTOMER, OURS, TEAM = "+15005550001", "+15005550006", "+15005550100"
MONDAY_NOON = datetime(2026, 11, 23, 12, 0, tzinfo=timezone.utc)

SCORE = Prompt(
    "score", "scale", "How likely?", "en", tuple(Choice(n, str(n)) for n in range(11)), low="not at all", high="very"
)
AREA = Prompt("area", "choice", "Which one?", "en", (Choice("price", "Price"), Choice("speed", "Speed")))
LIKED = Prompt("liked", "multi_choice", "What did you like?", "en", AREA.choices)
WHY = Prompt("why", "text", "Why?", "en")
AGE = Prompt("age", "number", "How old are you?", "en")


def asks(prompt: Prompt, *before: str, **more: object) -> Heard:
    """What a caller hears while `prompt` is open."""
    messages = (*(Outbound(text) for text in before), Outbound(prompt.text, prompt, "question"))
    return Heard(messages, owner="survey", survey_open=True, **more)  # type: ignore[arg-type]


def ends(text: str = "Thank you!", **more: object) -> Heard:
    return Heard((Outbound(text, role="ending"),), **more)  # type: ignore[arg-type]


@dataclass
class Conversation:
    """A `channels.contract.Converser`: `answers` are what it says next, in order; an exception is raised."""

    answers: list[Heard | Exception] = field(default_factory=list)
    heard: list[Inbound] = field(default_factory=list)
    open: Heard = field(default_factory=Heard)
    statuses: list[DeliveryStatus] = field(default_factory=list)
    ended: list[tuple[str, str]] = field(default_factory=list)
    transcripts: list[tuple[str, str]] = field(default_factory=list)
    said: dict[str, Heard] = field(default_factory=dict)

    async def converse(self, message: Inbound, within: float) -> Heard:
        if message.message_id in self.said:
            return self.said[message.message_id]
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        if not any(known.message_id == message.message_id for known in self.heard):
            self.heard.append(message)
        if answer.complete:
            self.said[message.message_id] = answer
            self.open = answer if answer.survey_open else Heard()
        return answer

    async def open_question(self, provider: str, address: str) -> Heard:
        return self.open

    async def accept(self, message: Inbound) -> bool:
        assert message.extra.get(HUNG_UP), "a call is conversed with"
        if self.answers and isinstance(self.answers[0], Exception):
            raise self.answers.pop(0)  # type: ignore[misc]
        self.heard.append(message)
        return True

    async def status(self, status: DeliveryStatus) -> bool:
        self.statuses.append(status)
        return True

    async def call_ended(self, provider: str, address: str, call: str) -> None:
        self.ended.append((address, call))

    async def transcribed(self, provider: str, message_id: str, text: str) -> bool:
        self.transcripts.append((message_id, text))
        return True


@dataclass
class Line:
    telephone: LocalTelephone
    connector: TwilioVoiceInput
    client: TwilioVoiceClient
    conversation: Conversation
    server: str
    settings: TwilioVoiceSettings

    async def ring(self, *answers: Heard | Exception) -> Call:
        """A customer rings, and the conversation says `answers`, one to each message."""
        self.conversation.answers += answers
        return await self.telephone.ring(CUSTOMER)

    def told(self) -> list[object]:
        """What the conversation was told after the call had begun: words or picked values."""
        messages = self.conversation.heard[1:]
        return [dict(m.picked)["value"] if m.picked else m.text for m in messages]


@pytest.fixture
async def line(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Line]:
    twilio = LocalTwilio(public_url=PUBLIC)
    telephone = LocalTelephone(twilio, OURS)
    async with twilio:
        account = Account(ACCOUNT_SID, AUTH_TOKEN, PUBLIC, twilio.url)
        hours = read_hours("Mon-Fri 09:00-17:00", timezone.utc)
        settings = TwilioVoiceSettings(account, OURS, TEAM, hours)
        connector = TwilioVoiceInput(settings, lambda: MONDAY_NOON)
        conversation = Conversation()
        async with serving(connector, conversation, monkeypatch) as server:
            twilio.reach = server
            client = TwilioVoiceClient(settings)
            yield Line(telephone, connector, client, conversation, server, settings)
            await client.close_connections()
