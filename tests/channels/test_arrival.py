"""What comes before the house is there waits for it: Twilio sends a message once."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from bot.conversation import spooling
from channels.arrival import SECONDS, Arrival, arrival_of
from channels.contract import DeliveryStatus, Inbound
from channels.receive import Acknowledgement, Delivery, Refused, Seam
from channels.testing import Bench, Declared
from tests.channels.rasa_server import Recorder, server_of

TEXT = Delivery({}, b"hi")
HELLO = Inbound("twilio_sms", "sms", "SM1", "+4930901820", "hi")
TWILIO = [Declared(name) for name in ("twilio_sms", "twilio_whatsapp", "twilio_voice")]


def proven(_: Delivery) -> None:
    """It is the provider's."""


def at(arrival: Arrival, verify: Callable[[Delivery], None] = proven) -> asyncio.Task[Acknowledgement]:
    """A delivery that comes now, while nobody is there."""
    seam = Seam("twilio_sms", lambda delivery: [HELLO])
    return asyncio.create_task(seam.receive(TEXT, verify, None, arrival.receiver))


async def has_begun() -> None:
    for _ in range(3):
        await asyncio.sleep(0)


async def test_it_waits_until_the_house_is_there() -> None:
    arrival, house = Arrival(), Recorder()
    waiting = at(arrival)
    await has_begun()
    assert not waiting.done()
    arrival.come(house)
    assert (await waiting).status == 200
    assert len(house.messages) == 1


async def test_who_has_waited_long_enough_is_taken_in_by_the_porch() -> None:
    arrival = Arrival(seconds=0)
    assert (await at(arrival)).status == 503, "nobody is there"
    arrival.porch = porch = Recorder()
    assert (await at(arrival)).status == 200
    assert len(porch.messages) == 1


async def test_no_more_wait_than_there_is_memory_for() -> None:
    arrival, house = Arrival(most=2), Recorder()
    waiting = [at(arrival) for _ in range(2)]
    await has_begun()
    assert (await at(arrival)).status == 503
    arrival.come(house)
    assert {(await one).status for one in waiting} == {200}
    assert (await at(arrival)).status == 200


async def test_the_257th_is_told_at_once_and_makes_nobody_wait_in_vain() -> None:
    arrival, house = Arrival(), Recorder()
    waiting = [at(arrival) for _ in range(256)]
    await has_begun()
    assert (await asyncio.wait_for(at(arrival), 1)).status == 503
    assert not any(one.done() for one in waiting)
    arrival.porch = porch = Recorder()
    assert (await asyncio.wait_for(at(arrival), 1)).status == 200
    assert len(porch.messages) == 1, "the porch takes in who may not wait"
    arrival.come(house)
    assert {(await one).status for one in waiting} == {200}


async def test_what_proves_nothing_waits_for_nobody() -> None:
    def forged(_: Delivery) -> None:
        raise Refused("The signature does not fit.")

    assert (await at(Arrival(), forged)).status == 403


def test_twilio_still_waits_when_the_house_has_taken_its_time() -> None:
    assert SECONDS + spooling.SECONDS < 15


@pytest.mark.parametrize("channel", TWILIO, ids=lambda channel: channel.provider)
async def test_what_comes_while_the_server_starts_is_handed_to_the_house(
    channel: Declared, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in channel.environment.items():
        monkeypatch.setenv(name, value)
    connector, house = channel.connector(), Recorder()
    async with server_of(connector, None, monkeypatch) as (url, app):
        app.ctx.arrival = arrival = Entrance()
        bench = Bench(channel, connector, house, url, lambda: None)
        text = asyncio.create_task(bench.post(channel.request(channel.valid)))
        await asyncio.wait_for(arrival.asked.wait(), 10)
        assert arrival_of(app) is arrival
        arrival.come(house)
        assert (await text)[0] == 200
    assert len(house.messages) == 1


class OnlyTexts:
    """Takes messages in, and holds no calls."""

    def __init__(self) -> None:
        self.messages: list[Inbound] = []

    async def accept(self, message: Inbound) -> bool:
        self.messages.append(message)
        return True

    async def status(self, status: DeliveryStatus) -> bool:
        return True


async def test_the_porch_holds_no_calls(monkeypatch: pytest.MonkeyPatch) -> None:
    channel, porch = Declared("twilio_voice"), OnlyTexts()
    for name, value in channel.environment.items():
        monkeypatch.setenv(name, value)
    connector = channel.connector()
    async with server_of(connector, None, monkeypatch) as (url, app):
        arrival_of(app).porch = porch
        bench = Bench(channel, connector, Recorder(), url, lambda: None)
        status, spoken = await bench.post(channel.request(channel.valid))
    assert (status, connector.seam.counters["unavailable"]) == (200, 1)
    assert "<Say" in spoken, "the caller hears a sentence"
    assert porch.messages == []


class Entrance(Arrival):
    """Says when somebody waits (`asked`)."""

    def __init__(self) -> None:
        super().__init__()
        self.asked = asyncio.Event()

    async def receiver(self) -> Any:
        self.asked.set()
        return await super().receiver()
