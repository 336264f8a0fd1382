"""A provider that does not answer holds up its own letters, not those of others; and a process that is to end begins no
more of a campaign."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
import sqlalchemy as sa

from bot.conversation import delivery, held_up
from bot.conversation.delivery import Delivery
from bot.conversation.hands import AT_ONCE_OF_ONE
from bot.conversation.live import InProcessEvents
from bot.conversation.sending_times import BATCH
from bot.storage import letters
from bot.storage.outbox import SqlOutbox
from bot.storage.tables import conversations, outbox
from channels.contract import Inbound, Outbound
from tests.doubles import NOON, FrozenClock


class Provider:
    """Takes a letter once the test lets it."""

    remembers_keys = False

    def __init__(self, hangs: bool = False) -> None:
        self.begun = asyncio.Queue[str]()
        self.go = asyncio.Event()
        if not hangs:
            self.go.set()

    async def send(self, channel: str, address: str, message: Outbound, key: str) -> str:
        self.begun.put_nowait(address)
        await self.go.wait()
        return f"theirs-{key}"


class House:
    def __init__(self, database: Any, store: Any) -> None:
        self.database, self.store = database, store
        self.slow, self.quick = Provider(hangs=True), Provider()
        self.passed_on: list[tuple[int, bool]] = []
        senders: Any = {"slow": self.slow, "quick": self.quick}
        self.delivery = Delivery(SqlOutbox(database), senders, FrozenClock(), InProcessEvents(), pass_on=self.pass_on)

    def pass_on(self, conversation: int, awaited: bool) -> None:
        self.passed_on.append((conversation, awaited))

    async def write(self, provider: str, address: str, awaited: bool = False) -> int:
        here: int = await self.store.ensure_conversation(Inbound(provider, "web", "", address, ""), NOON)
        async with self.database.write() as connection:
            await letters.put(connection, here, None, [Outbound("How was it?")], NOON, awaited=awaited)
        return here

    async def status(self, provider: str) -> dict[str, int]:
        query = sa.select(outbox.c.status, sa.func.count()).join(conversations).group_by(outbox.c.status)
        async with self.database.read() as connection:
            found = await connection.execute(query.where(conversations.c.provider == provider))
            return dict(found.all())


@pytest.fixture
def house(database: Any, store: Any, monkeypatch: pytest.MonkeyPatch) -> House:
    monkeypatch.setattr(held_up, "HELD_UP_SECONDS", 0.01)
    return House(database, store)


async def test_others_go_on_while_a_provider_hangs(house: House) -> None:
    await house.write("slow", "ada")
    house.delivery.start()
    assert await house.slow.begun.get() == "ada"

    for address in ("bob", "eve"):
        await house.write("quick", address)
        await house.write("slow", f"{address}'s friend")
        house.delivery.wake()
        assert await asyncio.wait_for(house.quick.begun.get(), 5) == address

    house.slow.go.set()
    await house.delivery.stop()
    assert await house.status("slow") == {"sent": 3}
    assert await house.status("quick") == {"sent": 2}


async def test_what_is_under_way_ends_before_the_process_does(house: House) -> None:
    await house.write("slow", "ada")
    house.delivery.start()
    await house.slow.begun.get()
    await house.write("quick", "bob")
    house.delivery.wake()
    await asyncio.wait_for(house.quick.begun.get(), 5)
    stopping = asyncio.create_task(house.delivery.stop())
    await asyncio.wait([stopping], timeout=0.1)
    assert not stopping.done()
    house.slow.go.set()
    await asyncio.wait_for(stopping, 5)
    assert await house.status("slow") == {"sent": 1}


async def test_a_process_that_is_to_end_begins_no_more_of_a_campaign(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivery, "LAST_SECONDS", 0.0)
    for number in range(3 * BATCH):
        await house.write("slow", f"customer {number}")
    house.delivery.start()
    await house.slow.begun.get()
    stopping = asyncio.create_task(house.delivery.stop())
    await asyncio.sleep(0)
    house.slow.go.set()
    await asyncio.wait_for(stopping, 20)
    assert await house.status("slow") == {"sent": BATCH, "queued": 2 * BATCH}


async def all_hands(house: House) -> list[asyncio.Task[None]]:
    """As many letters under way to the provider that hangs as one may have."""
    hands = [
        asyncio.create_task(house.delivery.send_of(await house.write("slow", f"customer {number}")))
        for number in range(AT_ONCE_OF_ONE)
    ]
    for _ in hands:
        await house.slow.begun.get()
    return hands


async def test_a_worker_keeps_hands_free_for_others(house: House) -> None:
    hands = await all_hands(house)
    await asyncio.wait_for(house.delivery.send_of(await house.write("slow", "one more")), 5)
    assert await house.status("slow") == {"sending": AT_ONCE_OF_ONE, "queued": 1}
    await asyncio.wait_for(house.delivery.send_of(await house.write("quick", "bob")), 5)
    assert await house.status("quick") == {"sent": 1}
    house.slow.go.set()
    await asyncio.gather(*hands)


async def test_what_finds_no_hand_free_goes_with_the_next_one_that_is_whoever_just_wrote_first(house: House) -> None:
    """Nobody waits for the leader's next look: with a limit of 80 a second 44 went that way."""
    hands = await all_hands(house)
    for number in range(2 * AT_ONCE_OF_ONE):
        await house.delivery.send_of(await house.write("slow", f"campaign {number}"))
    await house.delivery.send_of(await house.write("slow", "a reply", awaited=True))
    assert await house.delivery.due_elsewhere(200) == []  # all of them wait here already
    house.slow.go.set()
    await asyncio.wait_for(asyncio.gather(*hands), 20)
    assert await house.status("slow") == {"sent": 3 * AT_ONCE_OF_ONE + 1}
    assert "a reply" in [await house.slow.begun.get() for _ in range(AT_ONCE_OF_ONE)]


async def test_a_provider_that_was_full_once_is_not_for_ever(house: House) -> None:
    house.delivery._full["quick"] = 0.0  # until the beginning of the clock
    here = await house.write("quick", "bob")
    async with house.database.write() as connection:
        await letters.put(connection, here, None, [Outbound("And why?")], NOON)
    await house.delivery.send_of(here)
    assert await house.status("quick") == {"sent": 2}


async def test_a_worker_that_is_to_end_relays_no_more_and_waits_for_what_its_hands_hold(house: House) -> None:
    hands = await all_hands(house)
    await house.delivery.send_of(await house.write("slow", "one more"))
    house.delivery._mine = lambda: False  # a worker's: the leader looks for letters
    stopping = asyncio.create_task(house.delivery.stop())
    await asyncio.wait([stopping], timeout=0.05)
    assert not stopping.done()
    house.slow.go.set()
    await asyncio.wait_for(stopping, 20)
    await asyncio.gather(*hands)
    assert await house.status("slow") == {"sent": AT_ONCE_OF_ONE, "queued": 1}


@pytest.fixture
def relays_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its provider takes so long that a hand's relay is over with its first letter."""
    monkeypatch.setattr(delivery, "RELAY_SECONDS", 0.0)


async def test_a_hand_whose_relay_is_over_makes_jobs_of_what_waits(house: House, relays_once: None) -> None:
    """Nobody else took it up: a worker whose provider took 0.4 s stood still after 457 of 600 letters."""
    hands = await all_hands(house)
    campaign = [await house.write("slow", f"campaign {number}") for number in range(3 * AT_ONCE_OF_ONE)]
    for one in campaign:
        await house.delivery.send_of(one)
    reply = await house.write("slow", "a reply", awaited=True)
    await house.delivery.send_of(reply)
    house.slow.go.set()
    await asyncio.wait_for(asyncio.gather(*hands), 20)
    assert house.passed_on[0] == (reply, True)
    assert house.passed_on[1:] == [(one, False) for one in campaign[: AT_ONCE_OF_ONE - 1]]

    done = 0
    while done < len(house.passed_on):  # each job passes on one more
        await house.delivery.send_of(house.passed_on[done][0])
        done += 1
    assert await house.status("slow") == {"sent": 4 * AT_ONCE_OF_ONE + 1}


async def test_what_waits_where_no_hand_is_busy_is_handed_over_again(
    house: House, relays_once: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The job was lost, or the hand met an error: the leader finds its conversation."""
    monkeypatch.setattr(house.delivery, "_pass_on", lambda conversation, awaited: None)
    hands = await all_hands(house)
    reply = await house.write("slow", "a reply", awaited=True)
    more = await house.write("slow", "one more")
    for one in (reply, more):
        await house.delivery.send_of(one)
    house.slow.go.set()
    await asyncio.wait_for(asyncio.gather(*hands), 20)
    assert await house.delivery.due_elsewhere(200) == [reply, more]


async def test_what_waits_here_keeps_no_other_from_being_found(house: House) -> None:
    """As many as are looked for at once wait here already: behind them stand the others."""
    hands = await all_hands(house)
    for number in range(6):
        await house.delivery.send_of(await house.write("slow", f"campaign {number}"))
    other = await house.write("quick", "bob")
    assert await house.delivery.due_elsewhere(5) == [other]
    house.slow.go.set()
    await asyncio.gather(*hands)
