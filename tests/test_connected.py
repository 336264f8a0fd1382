"""Channels are connected by their variables alone; half a set-up refuses to start with a sentence."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from bot.bootstrap import Conductor
from bot.connected import PROVIDERS, senders, write_credentials
from bot.errors import ConductorError
from bot.settings import load_settings
from bot.storage import letters
from bot.working import NoAgent
from channels.contract import Inbound, Outbound
from channels.web.client import WebClient
from tests.backends import Backend
from tests.doubles import NOON, RecordingSender

WHOLE = {
    "telegram": {"TELEGRAM_BOT_TOKEN": "123456:" + "A" * 35, "TELEGRAM_WEBHOOK_SECRET": "s" * 32},
    "slack": {"SLACK_BOT_TOKEN": "xoxb-1-2-three", "SLACK_SIGNING_SECRET": "0" * 32},
    "twilio_sms": {
        "TWILIO_ACCOUNT_SID": "AC" + "0" * 32,
        "TWILIO_AUTH_TOKEN": "1" * 32,
        "TWILIO_SMS_FROM": "+15005550006",
        "CONDUCTOR_PUBLIC_URL": "https://surveys.example",
    },
    "twilio_whatsapp": {
        "TWILIO_ACCOUNT_SID": "AC" + "0" * 32,
        "TWILIO_AUTH_TOKEN": "1" * 32,
        "TWILIO_WHATSAPP_FROM": "+14155238886",
        "CONDUCTOR_PUBLIC_URL": "https://surveys.example",
    },
    "twilio_voice": {
        "TWILIO_ACCOUNT_SID": "AC" + "0" * 32,
        "TWILIO_AUTH_TOKEN": "1" * 32,
        "TWILIO_VOICE_FROM": "+15005550006",
        "CONDUCTOR_PUBLIC_URL": "https://surveys.example",
    },
}
"""What connects each provider."""

BASE = Path(__file__).parents[1] / "credentials.yml"


def test_every_provider_is_tried_here() -> None:
    assert set(WHOLE) == {provider.name for provider in PROVIDERS}


def test_without_variables_nothing_is_connected(tmp_path: Path) -> None:
    assert senders({}) == {}
    written = yaml.safe_load(write_credentials({}, BASE, tmp_path / "c.yml").read_text())
    assert set(written) == set(yaml.safe_load(BASE.read_text()))


@pytest.mark.parametrize("name", sorted(WHOLE))
def test_its_variables_connect_a_provider(name: str, tmp_path: Path) -> None:
    assert list(senders(WHOLE[name])) == [name]
    written = write_credentials(WHOLE[name], BASE, tmp_path / "c.yml").read_text()
    assert f"channels.{name}.connector." in written
    assert not [secret for secret in WHOLE[name].values() if len(secret) > 20 and secret in written]


@pytest.mark.parametrize(
    ("name", "missing"),
    [
        ("telegram", "TELEGRAM_WEBHOOK_SECRET"),
        ("slack", "SLACK_SIGNING_SECRET"),
        ("twilio_sms", "TWILIO_AUTH_TOKEN"),
        ("twilio_whatsapp", "TWILIO_AUTH_TOKEN"),
        ("twilio_voice", "TWILIO_AUTH_TOKEN"),
    ],
)
def test_half_a_set_up_names_the_variable(name: str, missing: str) -> None:
    half = {k: v for k, v in WHOLE[name].items() if k != missing}
    with pytest.raises(ConductorError, match=missing):
        senders(half)


async def test_connections_to_providers_end_with_the_process(backend: Backend) -> None:
    """After what is in hand: the last letters leave over them."""

    class Connected(RecordingSender):
        async def close_connections(self) -> None:
            closed.append(len(self.taken))

    closed: list[int] = []
    sender = Connected()
    conductor = Conductor(
        load_settings(**backend.settings), NoAgent(), senders={"twilio_sms": sender, "web": WebClient()}
    )
    here = await conductor.store.ensure_conversation(Inbound("twilio_sms", "sms", "", "+4915112345678", ""), NOON)
    async with conductor.database.write() as connection:
        await letters.put(connection, here, None, [Outbound("Hello")], NOON)

    await conductor.stop()
    assert closed == [1]
