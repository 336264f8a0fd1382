"""The same conversation on four channels, over HTTP: one real server, official SDKs, local providers."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from pathlib import Path

import pytest

from channels.slack.local_provider import LocalSlack
from channels.telegram.local_provider import LocalTelegram
from channels.telegram.settings import TelegramSettings
from channels.twilio_whatsapp.local_provider import LocalWhatsapp
from tests.server import Server
from tests.test_connected import WHOLE

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]

PUBLIC = "https://surveys.example"
CUSTOMER, FRIEND, CHAT, MEMBER = "+15005550001", "whatsapp:+15005550002", 777, "U0ADA"
STORY = ("I want to give feedback", "a solid 3, where is my refund?")
Say = Callable[[str], Awaitable[int]]
Heard = Callable[[], list[str]]


async def until(heard: Heard, word: str) -> list[str]:
    """Wait until something that was sent holds `word`. Raises AssertionError when nothing comes."""
    for _ in range(600):
        if any(word in text for text in heard()):
            return heard()
        await asyncio.sleep(0.05)
    raise AssertionError(f"nothing with {word!r} came: {heard()}")


async def tell(say: Say, heard: Heard) -> None:
    """The customer asks to give feedback, gives a low score and asks something."""
    assert await say(STORY[0]) == 200
    await until(heard, "recommend")
    assert await say(STORY[1]) == 200
    texts = await until(heard, "mattered most")
    assert any("A refund takes up to 5 working days" in text for text in texts)
    assert any("a person from our team" in text.lower() for text in texts)


async def twilio_says(twilio: LocalWhatsapp, provider: str, between: Mapping[str, str], text: str) -> int:
    fields = {"MessageSid": twilio.sid("SM"), "Body": text, "AccountSid": twilio.account_sid, "NumMedia": "0"}
    return await twilio.customer_says(f"{PUBLIC}/webhooks/{provider}/webhook", {**fields, **between, "FromZip": ""})


def twilio_showed(twilio: LocalWhatsapp, customer: str) -> list[str]:
    return [twilio.shown(sent) for sent in twilio.sent if sent.to == customer]


async def test_the_story_on_four_channels(tmp_path: Path) -> None:
    settings = TelegramSettings(WHOLE["telegram"]["TELEGRAM_BOT_TOKEN"], WHOLE["telegram"]["TELEGRAM_WEBHOOK_SECRET"])
    slack = LocalSlack(WHOLE["slack"]["SLACK_BOT_TOKEN"], WHOLE["slack"]["SLACK_SIGNING_SECRET"], {MEMBER})
    account = WHOLE["twilio_sms"]
    twilio = LocalWhatsapp(account["TWILIO_ACCOUNT_SID"], account["TWILIO_AUTH_TOKEN"], PUBLIC)
    slack_url = await slack.start()
    async with LocalTelegram(settings) as telegram, twilio:
        environment = {name: value for variables in WHOLE.values() for name, value in variables.items()}
        environment |= {
            "TELEGRAM_API_BASE_URL": telegram.url,
            "SLACK_API_BASE_URL": slack_url,
            "TWILIO_API_BASE_URL": twilio.url,
            "CONDUCTOR_PUBLIC_URL": PUBLIC,
        }
        database = tmp_path / "live.db"
        server = await asyncio.to_thread(Server, database, **environment)
        try:
            telegram.webhook = f"{server.url}/webhooks/telegram/webhook"
            twilio.reach = server.url
            await tell(
                lambda text: telegram.say(CHAT, text),
                lambda: [str(p.get("text")) for name, p in telegram.calls if name == "sendMessage"],
            )
            for provider, customer, sender in (
                ("twilio_sms", CUSTOMER, account["TWILIO_SMS_FROM"]),
                ("twilio_whatsapp", FRIEND, f"whatsapp:{WHOLE['twilio_whatsapp']['TWILIO_WHATSAPP_FROM']}"),
            ):
                await tell(
                    partial(twilio_says, twilio, provider, {"From": customer, "To": sender}),
                    partial(twilio_showed, twilio, customer),
                )

            async def slack_says(text: str) -> int:
                status, _ = await slack.deliver(f"{server.url}/webhooks/slack/webhook", slack.event(MEMBER, text))
                return status

            await tell(slack_says, lambda: [str(message) for message in slack.posted])
        finally:
            await asyncio.to_thread(server.stop)
            await slack.stop()
    assert twilio.contents  # WhatsApp drew something to tap
    stored = sqlite3.connect(database)
    scores = stored.execute(
        "select r.channel, a.value from answers a join responses r on r.id = a.response_id where a.question = 'score'"
    ).fetchall()
    assert sorted(scores) == [("slack", "3"), ("sms", "3"), ("telegram", "3"), ("whatsapp", "3")]
    assert stored.execute("select count(*) from cases").fetchone() == (4,)
    assert stored.execute("select count(*) from outbox where status not in ('sent', 'delivered')").fetchone() == (0,)
    stored.close()
