"""What happened on each channel: last in, last out, counts, and why nothing goes out."""

from __future__ import annotations

from typing import Any

from bot.conversation.out_of_order import OUT_OF_ORDER
from bot.storage.channel_news import News, look
from bot.storage.tables import contacts, conversations, inbox, outbox
from tests.storage.seeding import Seed

NOW, TODAY, LAST_WEEK = (f"2026-11-{day}T12:00:00.000000+00:00" for day in (23, 23, 15))


async def seeded(database: Any) -> None:
    seed = Seed(database)
    contact = await seed.insert(contacts, created_at=LAST_WEEK)
    for provider, channel in (("telegram", "telegram"), ("twilio_sms", "sms"), ("slack", "slack")):
        here = {"provider": provider, "channel": channel, "address": "a", "language": "en", "created_at": LAST_WEEK}
        number = await seed.insert(conversations, contact_id=contact, **here)
        for kind, at, name in (("message", LAST_WEEK, "1"), ("call", TODAY, "2"), ("expire", "2026-11-24", "3")):
            if provider != "slack":
                row = {"provider": provider, "message_id": name, "kind": kind, "received_at": at}
                await seed.insert(inbox, conversation_id=number, **row)
        for status, at, error in (
            ("sent", LAST_WEEK, None),
            ("delivered", TODAY, None),
            ("delivered", "2026-11-22T12:00:00.000000+00:00", None),
            ("failed", TODAY, "no such number"),
            ("queued", TODAY, f"{OUT_OF_ORDER}suspended" if provider == "twilio_sms" else "slow down"),
        ):
            letter = {"role": "notice", "payload": "{}", "status": status, "next_attempt_at": at, "error": error}
            sent = at if status in ("sent", "delivered") else None
            if provider != "slack":
                await seed.insert(outbox, conversation_id=number, created_at=at, sent_at=sent, **letter)


async def test_each_channel_tells_its_own_news(database: Any) -> None:
    await seeded(database)

    found = await look(database, ["telegram", "twilio_sms", "slack", "twilio_voice"], NOW)

    letters = {"delivered": 2, "failed": 1, "queued": 1}
    assert found == {
        "telegram": News(TODAY, TODAY, letters),
        "twilio_sms": News(TODAY, TODAY, letters, f"{OUT_OF_ORDER}suspended"),
        "slack": News(),
        "twilio_voice": News(),
    }
