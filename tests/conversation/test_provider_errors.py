"""What a provider's answer does to a letter, from the provider to the database: the real client of each channel,
against its local provider, which answers on demand."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from bot.conversation.delivery import Delivery
from bot.conversation.live import InProcessEvents
from bot.conversation.out_of_order import OUT_OF_ORDER
from bot.conversation.retrying import BACK_OFF_SECONDS
from bot.storage import letters
from bot.storage.channel_news import look
from bot.storage.outbox import SqlOutbox
from bot.storage.tables import contacts, conversations, outbox
from channels.contract import Inbound, Outbound, Sender
from channels.slack.client import SlackClient
from channels.slack.local_provider import LocalSlack
from channels.slack.local_provider import Trouble as SlackTrouble
from channels.slack.settings import SlackSettings
from channels.telegram.client import TelegramClient
from channels.telegram.local_provider import LocalTelegram
from channels.telegram.local_provider import Trouble as TelegramTrouble
from channels.telegram.settings import TelegramSettings
from channels.twilio.local_provider import ACCOUNT_SID, AUTH_TOKEN, LocalTwilio
from channels.twilio.local_provider import Trouble as TwilioTrouble
from channels.twilio.settings import Account
from channels.twilio_sms.client import TwilioSmsClient
from channels.twilio_sms.settings import TwilioSmsSettings
from channels.twilio_voice.client import TwilioVoiceClient
from channels.twilio_voice.local_provider import LocalTelephone
from channels.twilio_voice.settings import TwilioVoiceSettings
from channels.twilio_whatsapp.client import TwilioWhatsappClient
from channels.twilio_whatsapp.local_provider import LocalWhatsapp
from channels.twilio_whatsapp.settings import TwilioWhatsappSettings
from tests.doubles import NOON, FrozenClock

PUBLIC, SENDER, CUSTOMER = "https://surveys.example", "+15005550006", "+4915112345678"


@dataclass
class Line:
    """A provider on demand: `trouble` is how its next answer ends, `taken` counts what it took."""

    provider: str
    channel: str
    address: str
    client: Sender
    trouble: Callable[[Any], None]
    taken: Callable[[], int]


@asynccontextmanager
async def twilio(provider: str) -> AsyncIterator[Line]:
    local = LocalWhatsapp() if provider == "twilio_whatsapp" else LocalTwilio()
    telephone = LocalTelephone(local)
    if isinstance(local, LocalWhatsapp):
        local.heard[f"whatsapp:{CUSTOMER}"] = local.now()  # the 24 hours run
    async with local:
        account = Account(ACCOUNT_SID, AUTH_TOKEN, PUBLIC, local.url)
        client: Any = {
            "twilio_sms": lambda: TwilioSmsClient(TwilioSmsSettings(account, SENDER), 1, 0.3),
            "twilio_whatsapp": lambda: TwilioWhatsappClient(TwilioWhatsappSettings(account, SENDER), 1, 0.3),
            "twilio_voice": lambda: TwilioVoiceClient(TwilioVoiceSettings(account, SENDER), 1, 0.3),
        }[provider]()
        taken = telephone.placed if provider == "twilio_voice" else local.sent
        yield Line(provider, provider[7:], CUSTOMER, client, local.troubles.append, lambda: len(taken))
        await client.close_connections()


@asynccontextmanager
async def telegram(provider: str) -> AsyncIterator[Line]:
    settings = TelegramSettings("123456:" + "A" * 35, "secret")
    async with LocalTelegram(settings) as local:
        client = TelegramClient(replace(settings, base_url=local.url), seconds=0.3)
        yield Line(provider, provider, "4711", client, local.troubles.append, lambda: len(local.messages))
        await client.close()


@asynccontextmanager
async def slack(provider: str) -> AsyncIterator[Line]:
    local = LocalSlack("xoxb-1", "secret", {"U1"})
    url = await local.start()
    client = SlackClient(SlackSettings("xoxb-1", "secret", url), timeout=1)
    yield Line(provider, provider, "U1", client, lambda t: local.fail("chat.postMessage", t), lambda: len(local.posted))
    await local.stop()


LATER, NEVER, OPTED_OUT, UNKNOWN, DEAD = "later", "never", "opted out", "unknown", "dead"
T, G, S = TwilioTrouble, TelegramTrouble, SlackTrouble
TWILIO: list[tuple[str, Any, str, float]] = [
    ("429 with Retry-After", T(429, 20429, "7"), LATER, 7),
    ("429", T(429, 20429), LATER, BACK_OFF_SECONDS[0]),
    ("500", T(500, 20500), LATER, BACK_OFF_SECONDS[0]),
    ("503 with Retry-After", T(503, 0, "2"), LATER, 2),
    ("a number that is none", T(400, 21211), NEVER, 0),
    ("opted out", T(400, 21610), OPTED_OUT, 0),
    ("no answer", T(hang=0.6), UNKNOWN, 0),
    ("a gateway that gave up", T(504), UNKNOWN, 0),
    ("bad credentials", T(401, 20003), DEAD, 0),
    ("suspended", T(403, 30002), DEAD, 0),
]
TABLE: dict[str, list[tuple[str, Any, str, float]]] = {
    "twilio_sms": TWILIO,
    "twilio_whatsapp": TWILIO,
    "twilio_voice": TWILIO,
    "telegram": [
        ("429 with retry_after", G(429, "Too Many Requests: retry after 7", retry_after=7), LATER, 7),
        ("500", G(500, "Internal Server Error"), LATER, BACK_OFF_SECONDS[0]),
        ("a chat that is none", G(400, "Bad Request: chat not found"), NEVER, 0),
        ("blocked", G(403, "Forbidden: bot was blocked by the user"), OPTED_OUT, 0),
        ("an account that is gone", G(403, "Forbidden: user is deactivated"), OPTED_OUT, 0),
        ("no answer", G(seconds=0.6), UNKNOWN, 0),
        ("a wrong token", G(401, "Unauthorized"), DEAD, 0),
    ],
    "slack": [
        ("429 with Retry-After", S("ratelimited", 429, retry_after=30), LATER, 30),
        ("500", S("internal_error", 500), LATER, BACK_OFF_SECONDS[0]),
        ("503", S(status=503), LATER, BACK_OFF_SECONDS[0]),
        ("an account that is switched off", S("user_disabled"), NEVER, 0),
        ("no answer", S(hang=1.3), UNKNOWN, 0),
        ("a revoked token", S("token_revoked"), DEAD, 0),
        ("the app was removed", S("account_inactive"), DEAD, 0),
    ],
}
OPEN = {"telegram": telegram, "slack": slack}
CASES = [(provider, *case) for provider, cases in TABLE.items() for case in cases]


@pytest.mark.parametrize(
    ("provider", "what", "trouble", "becomes", "after"),
    CASES,
    ids=[f"{provider}: {what}" for provider, what, *_ in CASES],
)
async def test_what_an_error_does(
    provider: str,
    what: str,
    trouble: Any,
    becomes: str,
    after: float,
    database: Any,
    store: Any,
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with OPEN.get(provider, twilio)(provider) as line:
        here = await store.ensure_conversation(Inbound(provider, line.channel, "", line.address, ""), NOON)
        calls = provider == "twilio_voice"
        messages = [Outbound("Hello"), Outbound("again")] if not calls else [Outbound(role="call")] * 2
        async with database.write() as connection:
            await connection.execute(sa.update(conversations).values(last_inbound_at=NOON))
            await letters.put(connection, here, None, messages, NOON)
        line.trouble(trouble)
        delivery = Delivery(SqlOutbox(database), {provider: line.client}, FrozenClock(), InProcessEvents())
        await delivery.drain()

        first, second = await rows(database)
        assert first.status == {LATER: "queued", DEAD: "queued", UNKNOWN: "unknown"}.get(becomes, "failed")
        if becomes == LATER:
            due = (datetime.fromisoformat(NOON) + timedelta(seconds=after)).isoformat()
            assert datetime.fromisoformat(first.next_attempt_at) == datetime.fromisoformat(due)
        if becomes in (LATER, DEAD):
            assert (second.status, line.taken()) == ("queued", 0), "the next letter waits: order is kept"
        await consequences(database, provider, becomes, caplog)
        for private in (line.address, "Hello"):
            assert private not in caplog.text
            assert private not in (first.error or "")


async def rows(database: Any) -> list[Any]:
    async with database.read() as connection:
        return list((await connection.execute(sa.select(outbox).order_by(outbox.c.id))).all())


async def consequences(database: Any, provider: str, becomes: str, caplog: pytest.LogCaptureFixture) -> None:
    """Consent is withdrawn where the customer wants nothing; a dead channel raises an alert that everybody sees."""
    async with database.read() as connection:
        opted_out = (await connection.execute(sa.select(contacts.c.opted_out_at))).scalar()
    assert (opted_out is not None) == (becomes == OPTED_OUT)
    news = (await look(database, [provider], NOON))[provider]
    alerts = [record for record in caplog.records if record.levelname == "ERROR" and provider in record.getMessage()]
    assert (news.out_of_order.startswith(OUT_OF_ORDER), len(alerts)) == ((True, 1) if becomes == DEAD else (False, 0))


def test_every_provider_is_in_the_table() -> None:
    from bot.connected import PROVIDERS

    assert set(TABLE) == {provider.name for provider in PROVIDERS}
