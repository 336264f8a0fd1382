"""The local providers together: what they connect, whom they leave alone, and a phone at each of them."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib import import_module

import pytest

from bot.connected import PROVIDERS
from channels.contract import Outbound
from channels.local.phone import NotTaken, Phone
from channels.local.providers import LocalProviders
from channels.twilio.local_provider import OWN_WORDS
from survey_flows.prompt import Choice, Prompt
from tests.channels.rasa_server import Recorder, serving

SERVER = "http://127.0.0.1:5005"
YES_NO = Prompt("late", "yes_no", "Was it late?", "en", choices=(Choice(True, "Yes"), Choice(False, "No")))
TEXTING = ("sms", "whatsapp", "telegram", "slack")
SECRETS = (
    "TWILIO_AUTH_TOKEN",
    "TELEGRAM_BOT_TOKEN",
    "TELEGRAM_WEBHOOK_SECRET",
    "SLACK_BOT_TOKEN",
    "SLACK_SIGNING_SECRET",
)


def test_without_credentials_every_channel_is_connected() -> None:
    variables = LocalProviders(SERVER).bind({})

    assert all(provider.settings(variables) is not None for provider in PROVIDERS)
    assert all(variables[name].startswith("http://127.0.0.1:") for name in variables if name.endswith("_API_BASE_URL"))


def test_secrets_are_of_one_start() -> None:
    one, other = LocalProviders(SERVER).bind({}), LocalProviders(SERVER).bind({})

    assert not {one[name] for name in SECRETS} & {other[name] for name in SECRETS}
    assert all(len(one[name]) >= 32 for name in SECRETS)


@pytest.mark.parametrize(
    ("variable", "off"),
    [
        ("TELEGRAM_BOT_TOKEN", {"telegram"}),
        ("SLACK_SIGNING_SECRET", {"slack"}),
        ("TWILIO_AUTH_TOKEN", {"sms", "whatsapp", "voice"}),
        ("TWILIO_VOICE_FROM", {"sms", "whatsapp", "voice"}),  # one account carries them all
    ],
)
def test_a_provider_with_a_variable_of_its_own_is_left_alone(variable: str, off: set[str]) -> None:
    providers = LocalProviders(SERVER)

    variables = providers.bind({variable: "something", "SLACK_API_BASE_URL": ""})

    assert set(providers.off) == off
    assert not set(providers.phones) & off
    assert not any(name.startswith(variable.partition("_")[0]) for name in variables)


def test_the_address_of_the_operator_is_kept() -> None:
    assert LocalProviders(SERVER).bind({"CONDUCTOR_PUBLIC_URL": "https://a.example/"})["CONDUCTOR_PUBLIC_URL"] == (
        "https://a.example"
    )


@pytest.mark.parametrize(
    ("channel", "real"),
    [
        ("sms", "+14155552671"),
        ("whatsapp", "+491701234567"),
        ("voice", ""),
        ("telegram", "777"),
        ("slack", "U012AB3CD"),
    ],
)
def test_a_customer_is_nobody_real(channel: str, real: str) -> None:
    providers = LocalProviders(SERVER)
    providers.bind({})
    phone = providers.phones[channel]

    assert phone.ours(phone.meet())
    assert not phone.ours(real)


@asynccontextmanager
async def connected(channel: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[tuple[Phone, Recorder, object]]:
    """A phone, and beside it the real connector with what it took in, and the real client."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    providers = LocalProviders(f"http://127.0.0.1:{port}")
    for name, value in providers.bind({}).items():
        monkeypatch.setenv(name, value)
    phone = providers.phones[channel]
    provider = next(p for p in PROVIDERS if p.name == phone.provider)
    connector = getattr(import_module(f"channels.{provider.name}.connector"), provider.connector)
    recorder = Recorder()
    await providers.start()
    try:
        async with serving(connector.from_credentials({}), recorder, monkeypatch, port):
            yield phone, recorder, provider.sender(provider.settings(os.environ))
    finally:
        await providers.stop()


@pytest.mark.parametrize("channel", TEXTING)
async def test_what_the_customer_writes_comes_signed_and_once(channel: str, monkeypatch: pytest.MonkeyPatch) -> None:
    async with connected(channel, monkeypatch) as (phone, recorder, _):
        address = phone.meet()
        phone.open(address, "de")

        assert await phone.say(address, "Guten Tag", "deed-1")
        assert not await phone.say(address, "Guten Tag", "deed-1")  # the page tried again

    [message] = recorder.messages
    assert (message.provider, message.channel, message.address, message.text) == (
        phone.provider,
        channel,
        address,
        "Guten Tag",
    )
    assert [(line["direction"], line["text"]) for line in phone.messages(address)] == [("in", "Guten Tag")]


@pytest.mark.parametrize("channel", TEXTING)
async def test_what_the_provider_was_sent_is_drawn_and_pressed(channel: str, monkeypatch: pytest.MonkeyPatch) -> None:
    async with connected(channel, monkeypatch) as (phone, recorder, client):
        address = phone.meet()
        phone.open(address, "en")
        await phone.before_first(address)
        with phone.listen(address) as news:
            ref = await client.send(channel, address, Outbound(prompt=YES_NO, role="question"), "key-1")  # type: ignore[attr-defined]
            assert await asyncio.wait_for(news.get(), 5)
        shown = phone.messages(address)[-1]

        assert shown["ref"] == ref
        assert "Was it late?" in shown["text"]
        if channel == "sms":
            assert shown["drawing"]["form"] == "plain"
            with pytest.raises(NotTaken):
                await phone.press(address, shown["id"], ["Yes"], "deed-1")
            return
        labels = [choice["label"] for row in shown["drawing"]["rows"] for choice in row]
        assert labels == ["Yes", "No"]
        assert await phone.press(address, shown["id"], ["Yes"], "deed-1")
        assert recorder.messages[-1].picked == {"question": "late", "value": True}
        with pytest.raises(NotTaken):
            await phone.press(address, "no-such-message", ["Yes"], "deed-2")


async def test_the_sms_phone_shows_what_twilio_itself_answers_to_stop(monkeypatch: pytest.MonkeyPatch) -> None:
    async with connected("sms", monkeypatch) as (phone, recorder, _):
        address = phone.meet()

        assert await phone.say(address, "Stop", "deed-1")

        [mine, own] = phone.messages(address)
        assert (mine["text"], own["direction"], own["text"]) == ("Stop", "out", OWN_WORDS["STOP"])
        assert own["ref"] == ""  # nothing of ours: the house knows no such message
        assert [message.text for message in recorder.messages] == ["Stop"]


async def test_a_connector_that_refuses_is_told_to_the_visitor(monkeypatch: pytest.MonkeyPatch) -> None:
    async with connected("sms", monkeypatch) as (phone, recorder, _):
        address = phone.meet()
        recorder.broken = True

        with pytest.raises(NotTaken, match="503"):
            await phone.say(address, "Hello", "deed-1")
