"""The playground's routes where local providers run: their phones, and those that are off."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from bot.console.playground import phones
from channels.local.providers import LocalProviders
from tests.console.fake_conductor import FakeConductor
from tests.console.test_playground import House, serving

API = "/playground/api"


@pytest_asyncio.fixture
async def house(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[House]:
    providers = LocalProviders("http://127.0.0.1:9")  # nobody listens there
    providers.bind({"SLACK_BOT_TOKEN": "a real one"})
    monkeypatch.setattr(phones, "_brought", providers)
    async with serving(FakeConductor(), monkeypatch) as house:
        yield house


async def test_a_new_customer_gets_an_address_of_the_provider_and_keeps_it(house: House) -> None:
    who = {"channel": "telegram", "language": "en"}

    _, first = await house.post(f"{API}/conversations", who)
    _, again = await house.post(f"{API}/conversations", {**who, "address": first["address"]})
    _, other = await house.post(f"{API}/conversations", {**who, "address": "777"})  # somebody's real chat

    assert first["address"].isdecimal()
    assert first["view"]["phone"]["mode"] == "local"
    assert again["address"] == first["address"]
    assert other["address"] not in ("777", first["address"])


async def test_a_channel_with_real_credentials_is_off(house: House) -> None:
    status, answer = await house.post(f"{API}/conversations", {"channel": "slack", "language": "en"})
    _, shown = await house.get(f"{API}/surveys")

    assert status == 400
    assert "real provider" in answer["error"]
    assert '"slack":"off"' in shown.replace(" ", "")
    assert '"web":"direct"' in shown.replace(" ", "")


@pytest.mark.parametrize(
    "deed",
    [
        {},
        {"do": "dance", "deed": "1"},
        {"do": "say", "deed": "1"},
        {"do": "say", "text": "hello"},
        {"do": "press", "deed": "1", "message": "1", "labels": "Yes"},
        {"do": "press", "deed": "1", "message": "1", "labels": []},
        {"do": "press", "deed": "1", "message": "1", "labels": ["Yes"]},  # there is no such message
        {"do": "key", "deed": "1", "key": "1"},  # not on Telegram
    ],
)
async def test_a_deed_that_can_not_be_done_is_a_sentence(house: House, deed: dict[str, object]) -> None:
    _, opened = await house.post(f"{API}/conversations", {"channel": "telegram", "language": "en"})

    status, answer = await house.post(f"{API}/conversations/{opened['conversation']}/phone", deed)

    assert status == 400
    assert answer["error"]


async def test_a_page_of_somebody_else_can_not_use_the_phone(house: House) -> None:
    _, opened = await house.post(f"{API}/conversations", {"channel": "telegram", "language": "en"})

    status, _ = await house.post(
        f"{API}/conversations/{opened['conversation']}/phone",
        {"do": "say", "deed": "1", "text": "hello"},
        Origin="https://evil.example",
    )

    assert status == 403
