"""A call in which everything is really spoken: a voice answers, over a telephone line, into a recogniser that knows
only the hints of our TwiML, through signed webhooks and the real Rasa, to a stored response."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

import pytest

from bot.bootstrap import Conductor, use
from bot.settings import load_settings
from channels.twilio.local_provider import ACCOUNT_SID, AUTH_TOKEN, LocalTwilio
from channels.twilio.settings import Account
from channels.twilio_voice.connector import TwilioVoiceInput
from channels.twilio_voice.local_provider import Call, LocalTelephone
from channels.twilio_voice.settings import TwilioVoiceSettings
from tests.backends import Backend
from tests.channels.rasa_server import serving
from tests.doubles import FrozenClock
from tests.journeys.audio import Ear, Mouth
from tests.journeys.test_calls import House, Telephone

pytestmark = [pytest.mark.slow, pytest.mark.timeout(120)]

ADA, PUBLIC = "+15005550001", "https://surveys.example"
REASONS = ("it came late", "the box was wet", "the courier was friendly")
"""What the local telephone company can write down: its model understands no free speech of this voice."""


async def speak(call: Call, words: str) -> list[str]:
    """The caller says `words`. What our server gets is what the recogniser makes of the sound."""
    line = Mouth().say(words)
    if call.asks is not None and call.asks.tag == "Record":
        return await call.record(Ear().hear(line, REASONS))
    return await call.say(Ear().hear(line, call.hints()))


async def test_a_spoken_call(backend: Backend, rasa_agent: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    twilio = LocalTwilio(public_url=PUBLIC)
    phone, clock, letters = LocalTelephone(twilio), FrozenClock(), Telephone()
    settings = load_settings(**backend.settings)
    conductor = Conductor(settings, rasa_agent, clock, {"twilio_voice": letters})
    await conductor.prepare()
    use(conductor)
    async with twilio:
        account = Account(ACCOUNT_SID, AUTH_TOKEN, PUBLIC, twilio.url)
        connector = TwilioVoiceInput(TwilioVoiceSettings(account, phone.number), lambda: datetime.now(timezone.utc))
        async with serving(connector, conductor, monkeypatch) as twilio.reach:
            call = await phone.ring(ADA)
            await speak(call, "eight")
            await speak(call, "delivery")
            await speak(call, "the courier was friendly")
            assert call.over
    house = House(conductor, clock, letters, letters)
    answers = {row["question"]: row["raw"] for row in await house.rows("answers")}
    assert answers == {"score": "eight", "area": "delivery", "reason": "the courier was friendly"}
    assert [(row["status"], row["channel"]) for row in await house.rows("responses")] == [("completed", "voice")]
    assert next(row["score"] for row in await house.rows("answers")) == 8
    use(None)
    await conductor.stop()
