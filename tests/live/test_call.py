"""Telephone calls through the real server and the real Rasa, over the strict local telephone."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from channels.twilio.local_provider import LocalTwilio
from channels.twilio_voice.local_provider import LocalTelephone
from tests.backends import Backend
from tests.server import Server
from tests.test_connected import WHOLE

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]

PUBLIC = "https://surveys.example"
ADA, BEN, CLEO, DAN = (f"+1500555000{n}" for n in range(1, 5))
TEAM = "+15005550100"


@asynccontextmanager
async def house(backend: Backend) -> AsyncIterator[LocalTelephone]:
    """A server with the telephone and SMS, and the telephones of its customers."""
    account = WHOLE["twilio_voice"]
    twilio = LocalTwilio(account["TWILIO_ACCOUNT_SID"], account["TWILIO_AUTH_TOKEN"], PUBLIC)
    telephone = LocalTelephone(twilio, account["TWILIO_VOICE_FROM"])
    async with twilio:
        more = {"TWILIO_API_BASE_URL": twilio.url, "TWILIO_VOICE_TEAM_NUMBER": TEAM}
        server = await asyncio.to_thread(Server, backend, **{**account, **WHOLE["twilio_sms"], **more})
        twilio.reach = server.url
        try:
            yield telephone
        finally:
            await asyncio.to_thread(server.stop)


async def text_to(telephone: LocalTelephone, customer: str, words: str) -> str:
    """The text message to `customer` that holds `words`. Raises AssertionError when none comes."""
    for _ in range(400):
        for sent in telephone.twilio.sent:
            if sent.to == customer and words in sent.body:
                return sent.body
        await asyncio.sleep(0.05)
    raise AssertionError([sent.body for sent in telephone.twilio.sent])


async def test_calls(backend: Backend) -> None:
    async with house(backend) as telephone:
        unhappy = await telephone.ring(ADA)
        assert "how likely are you to recommend" in " ".join(unhappy.said)
        assert "a person from our team will get back to you" in (await unhappy.press("3"))[0]
        assert "A refund takes up to 5 working days" in (await unhappy.say("where is my refund"))[0]
        assert (await unhappy.press("2"))[0] == "What is the main reason for your 3?"
        ending = await unhappy.record("it came late and wet")
        assert ending[-1].startswith("To talk to one of our team now, press 1.")
        await unhappy.press("1")
        assert unhappy.dialled == [TEAM]

        cut_off = await telephone.ring(BEN)
        await cut_off.press("9")
        await cut_off.hang_up()
        await text_to(telephone, BEN, "mattered most")
        again = await telephone.ring(BEN)
        assert again.said[0] == "So, which of these mattered most?"

        texting = await telephone.ring(CLEO)
        assert "text message" in (await texting.say("text me instead"))[0]
        assert texting.over
        await text_to(telephone, CLEO, "recommend")

        stuck = await telephone.ring(DAN)
        for _ in range(4):  # asked again three times, each time in other words
            await stuck.say("bananas in the rain")
        assert stuck.dialled == [TEAM]

    answers = backend.rows(
        "select c.address, a.question, a.value from answers a join responses r on r.id = a.response_id "
        "join conversations c on c.id = r.conversation_id where a.state = 'current' order by a.id"
    )
    assert (ADA, "score", "3") in answers
    assert (ADA, "reason", '"it came late and wet"') in answers or any("late and wet" in value for *_, value in answers)
    assert (BEN, "score", "9") in answers
    assert backend.rows("select count(*) from cases where channel = 'voice'")[0][0] >= 2
    # One person, whichever way they reach us.
    assert backend.rows("select count(*) from contacts") == [(4,)]
    # The review's address is not read aloud.
    unsent = "select role, status from outbox where status not in ('sent', 'delivered') and role != 'review'"
    assert backend.rows(unsent) == []
