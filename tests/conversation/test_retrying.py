"""A letter that is not taken is tried again, and given up only where that is its own fault; a channel that takes
nothing is left alone, and its letters wait."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from bot.conversation.delivery import Delivery
from bot.conversation.live import InProcessEvents
from bot.conversation.out_of_order import DEAD_SECONDS
from bot.conversation.retrying import BACK_OFF_SECONDS, PAUSE_SECONDS
from bot.conversation.sending_times import BATCH
from bot.storage.outbox import SqlOutbox
from channels.contract import Outbound, SendError
from tests.doubles import RecordingSender


async def test_back_off_grows_and_ends_where_others_get_through(house: Any) -> None:
    h = house()
    h.sender.refused = "ada"
    await h.write("ada", "one")
    for number in range(4 * len(BACK_OFF_SECONDS)):
        await h.write(f"customer {number}", "uno")
        await h.delivery.drain()
        h.clock.forward(1)  # others get through more often than she is tried, whoever comes first in a round
    assert h.sender.calls - len(h.texts) == len(BACK_OFF_SECONDS) + 1
    assert await h.status() == ["failed", *["sent"] * len(h.texts)]


async def test_a_provider_that_comes_back_and_is_busy_loses_nothing_of_what_waited(house: Any) -> None:
    """Half an hour away, then it takes every third one and asks for patience for the others."""
    h = house(*[SendError("down", "later")] * 1000)
    for number in range(30):
        await h.write(f"customer {number}", "uno")
    for _ in range(30):
        await h.delivery.drain()
        h.clock.forward(1)
    assert await h.status() == ["queued"] * 30
    h.sender.errors, h.sender.busy = [], 3
    for _ in range(240):
        await h.delivery.drain()
        h.clock.forward(1)
    assert await h.status() == ["sent"] * 30


async def test_a_provider_that_refuses_many_in_a_row_is_left_alone_for_a_moment(house: Any) -> None:
    h = house(*[SendError("down", "later")] * 1000)
    for number in range(2 * BATCH):
        await h.write(f"customer {number}", "uno")
    await h.delivery.drain()
    assert h.sender.calls == BATCH, "the others wait for a sign of life"
    h.clock.forward(PAUSE_SECONDS / 60)
    h.sender.errors = []
    await h.delivery.drain()
    assert await h.status() == ["sent"] * 2 * BATCH


@pytest.mark.parametrize(("hours", "then"), [(23, "sent"), (25, "failed")])
async def test_what_waits_for_its_channel_is_given_up_after_a_day_only(house: Any, hours: int, then: str) -> None:
    """Its provider has a bad day: nothing that it would take in the evening is lost at noon."""
    h = house(*[SendError("down", "later")] * 1000)
    await h.write("ada", "one")
    for quarter in range(4 * hours):
        await h.delivery.drain()
        assert quarter >= 4 * 24 or await h.status() == ["queued"]
        h.clock.forward(15)
    h.sender.errors = []
    await h.delivery.drain()
    assert await h.status() == [then]


async def test_a_provider_that_is_busy_for_minutes_and_says_in_a_second_loses_no_letter(house: Any) -> None:
    h = house(*[SendError("slow down", "later", 1)] * len(BACK_OFF_SECONDS))
    await h.write("ada", "one")
    minutes = 0
    while await h.status() != ["sent"]:
        await h.delivery.drain()
        assert await h.status() != ["failed"]
        h.clock.forward(1 / 60)
        minutes += 1 / 60
    assert minutes > sum(BACK_OFF_SECONDS[1:]) / 60


async def test_never_means_never(house: Any) -> None:
    h = house(SendError("no such number", "never"))
    await h.write("ada", "one", "two")
    await h.delivery.drain()
    assert await h.status() == ["failed", "sent"]


async def test_a_provider_may_not_ask_for_endless_patience(house: Any) -> None:
    h = house(SendError("later", "later", 1e15))
    await h.write("ada", "one")
    await h.delivery.drain()
    h.clock.forward(24 * 60)
    await h.delivery.drain()
    assert h.texts == ["one"]


async def test_a_channel_that_is_out_of_order_is_left_alone_for_a_while(
    house: Any, caplog: pytest.LogCaptureFixture
) -> None:
    h = house(SendError("the account is suspended", "channel_dead"))
    await h.write("ada", "one")
    await h.write("bob", "uno")
    for _ in range(3):
        await h.delivery.drain()
    assert h.sender.calls <= 2, "the queue is not burnt"
    assert [r.levelname for r in caplog.records if "the account is suspended" in r.message] == ["ERROR"], "an alert"
    h.clock.forward(DEAD_SECONDS / 60 + 1)
    await h.delivery.drain()
    assert sorted(h.texts) == ["one", "uno"]


async def test_then_one_letter_at_a_time_finds_out_whether_it_works_again(house: Any) -> None:
    h = house(*[SendError("the account is suspended", "channel_dead")] * 3)
    await h.write("ada", "one")
    await h.delivery.drain()
    for number in range(20):
        await h.write(f"c{number}", "uno")
    for calls in (2, 3, 3 + 21):
        h.clock.forward(DEAD_SECONDS / 60 + 1)
        await h.delivery.drain()
        assert h.sender.calls == calls
    assert await h.status() == ["sent"] * 21


async def test_waiting_for_a_channel_costs_a_letter_no_attempt(house: Any) -> None:
    """Else it would fail for good at the first 429 after the channel works again."""
    dead = len(BACK_OFF_SECONDS) + 2
    h = house(*[SendError("suspended", "channel_dead")] * dead, SendError("slow down", "later", 1))
    await h.write("ada", "one")
    for _ in range(dead + 2):
        await h.delivery.drain()
        h.clock.forward(DEAD_SECONDS / 60 + 1)
    assert await h.status() == ["sent"]


async def test_a_channel_that_is_out_of_order_here_puts_off_nothing_that_another_process_has_in_hand(
    house: Any,
) -> None:
    """It came back as queued, what became of it was not written, and it went a second time."""
    h = house(SendError("account suspended", "channel_dead"))
    await h.write("bob", "uno")
    await h.delivery.drain()
    await h.write("ada", "one")
    [letter] = [one for one in await h.delivery._due() if one.address == "ada"]
    begun, go_on, box = asyncio.Event(), asyncio.Event(), SqlOutbox(h.database)

    class TimesOut(RecordingSender):
        async def send(self, channel: str, address: str, message: Outbound, key: str) -> str:
            begun.set()
            await go_on.wait()
            raise TimeoutError

    other = Delivery(box, {"web": TimesOut()}, h.clock, InProcessEvents())
    sending = asyncio.create_task(other.drain())
    await begun.wait()
    await h.delivery._deliver(letter)
    assert await h.status() == ["queued", "sending"]
    go_on.set()
    await sending
    assert await h.status() == ["queued", "unknown"]
