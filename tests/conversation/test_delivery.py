"""Letters go out in order, and never twice where the provider can't tell; whatever fails holds up nobody else."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
import sqlalchemy as sa

from bot.conversation import delivery, unsettled
from bot.storage.outbox import SqlOutbox
from bot.storage.tables import contacts
from bot.telemetry.turns import CONVERSATION
from channels.contract import DeliveryStatus, Outbound, SendError
from tests.doubles import NOON


async def test_in_order_for_each_customer(house: Any) -> None:
    h = house()
    await h.write("ada", "one", "two")
    await h.write("bob", "uno")
    await h.delivery.drain()
    assert [t for t in h.texts if t != "uno"] == ["one", "two"]
    assert await h.status() == ["sent"] * 3


async def test_a_letter_that_must_wait_holds_back_the_later_ones_of_its_customer_only(house: Any) -> None:
    h = house(SendError("slow down", "later", 7))
    await h.write("ada", "one", "two")
    await h.delivery.drain()
    await h.write("bob", "uno")
    await h.delivery.drain()
    assert h.texts == ["uno"]
    h.clock.forward(7 / 60)
    await h.delivery.drain()
    assert h.texts == ["uno", "one", "two"]


async def test_a_report_that_is_faster_than_the_answer_is_not_overwritten(house: Any) -> None:
    h = house()
    await h.write("ada", "one")
    [letter] = await SqlOutbox(h.database).due(NOON, 1)
    await SqlOutbox(h.database).status(DeliveryStatus("web", "SM1", "delivered", key="out-1"), NOON)
    await SqlOutbox(h.database).sent(letter, "SM1", NOON)
    assert await h.status() == ["delivered"]


async def test_what_the_database_did_not_take_is_written_where_others_look_for_letters(
    house: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A worker sends what it is told to; nobody else knows that the provider has the letter."""
    h = house()
    h.delivery._mine = lambda: False
    await h.write("ada", "one")
    sent, gone = SqlOutbox.sent, [ConnectionError()]

    async def fails_once(*about: Any) -> None:
        if gone:
            raise gone.pop()
        await sent(*about)

    monkeypatch.setattr(SqlOutbox, "sent", fails_once)
    with pytest.raises(ConnectionError):
        await h.delivery.send_of(1)
    h.delivery.start()
    await h.delivery.stop()
    assert await h.status() == ["sent"]


async def test_a_channel_that_is_not_configured_fails_with_a_sentence(house: Any) -> None:
    h = house()
    h.delivery._senders = {}
    await h.write("ada", "one")
    await h.delivery.drain()
    assert await h.status() == ["failed"]


async def test_two_processes_that_found_the_same_letter_send_it_once(house: Any) -> None:
    h = house()
    await h.write("ada", "one")
    box = SqlOutbox(h.database)
    [letter] = await box.due(NOON, 1)
    assert [await box.sending(letter, NOON), await box.sending(letter, NOON)] == [True, False]


async def test_nothing_is_due_while_a_letter_waits_behind_another(house: Any) -> None:
    h = house(SendError("slow down", "later", 600))
    await h.write("ada", "one", "two")
    await h.delivery.drain()
    due = await SqlOutbox(h.database).next_due()
    assert due is not None
    assert due > NOON, "else the delivery would look twenty times a second for ten minutes"


async def test_a_failing_database_neither_doubles_nor_blocks(house: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    h = house()
    await h.write("ada", "one", "two")
    await h.write("bob", "uno")
    box, sent, failures = h.delivery._outbox, h.delivery._outbox.sent, [OSError("disk full")]

    async def fails_once(letter: Any, theirs: str, now: str) -> None:
        if failures:
            raise failures.pop()
        await sent(letter, theirs, now)

    monkeypatch.setattr(box, "sent", fails_once)
    with pytest.raises(OSError, match="disk full"):
        await h.delivery.drain()
    await h.delivery.drain()
    assert await h.status() == ["sent"] * 3
    assert sorted(h.texts) == ["one", "two", "uno"]


async def test_an_outcome_that_the_database_never_takes_holds_up_nobody(
    house: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is tried some times, then the letter counts as failed, and its customer's next one goes."""
    h = house()
    await h.write("ada", "one", "two")
    await h.write("bob", "uno")
    box, sent = h.delivery._outbox, h.delivery._outbox.sent

    async def refuses_one(letter: Any, theirs: str, now: str) -> None:
        if letter.message.text == "one":
            raise ValueError("no database takes this")
        await sent(letter, theirs, now)

    monkeypatch.setattr(box, "sent", refuses_one)
    with pytest.raises(ValueError, match="no database"):
        await h.delivery.drain()
    for number in range(unsettled.TRIES):
        assert await h.status() == ["sending", "queued", *["sent"] * (1 + number)]
        await h.write(f"customer {number}", "unus")
        await h.delivery.drain()
    await h.delivery.drain()
    assert await h.status() == ["failed", "sent", *["sent"] * (1 + unsettled.TRIES)]


@pytest.mark.parametrize("refused", [True, False])
async def test_what_a_provider_says_is_written_without_what_no_database_takes(house: Any, refused: bool) -> None:
    h = house(*[SendError("No such number: \x00\ud800.", "never")] if refused else [])
    h.sender.suffix = "\x00"
    await h.write("ada", "one")
    await h.delivery.drain()
    assert await h.status() == ["failed" if refused else "sent"]


async def test_a_reason_that_comes_late_withholds_nothing_that_another_process_has_sent(house: Any) -> None:
    h = house()
    await h.write("ada", "one")
    [letter] = await h.delivery._due()
    await h.delivery.drain()
    await h.delivery._outbox.withhold(letter, "The window is closed.", NOON, in_hand=False)
    await h.delivery._outbox.failed(letter, "No channel.", NOON)
    assert await h.status() == ["sent"]


async def test_each_line_of_the_log_says_whose_letter_it_is_about(house: Any, caplog: pytest.LogCaptureFixture) -> None:
    h = house(TimeoutError(), SendError("account suspended", "channel_dead"))
    await h.write("ada", "one")
    await h.write("bob", "uno")
    said: list[int | None] = []
    caplog.handler.addFilter(lambda _: said.append(CONVERSATION.get()) or True)
    await h.delivery.drain()
    assert said == [1, 2]


async def test_a_provider_that_never_answers_does_not_hold_the_others_for_ever(
    house: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.conversation.delivery.SEND_SECONDS", 0.01)
    h = house()

    async def hangs(channel: str, address: str, message: Outbound, key: str) -> str:
        if address == "ada":
            await asyncio.Event().wait()
        return key

    monkeypatch.setattr(h.sender, "send", hangs)
    await h.write("ada", "one")
    await h.write("bob", "uno")
    await h.delivery.drain()
    assert await h.status() == ["unknown", "sent"]


async def test_stopping_lets_the_letter_under_way_arrive(house: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    h = house()
    under_way, go_on = asyncio.Event(), asyncio.Event()

    async def slow(channel: str, address: str, message: Outbound, key: str) -> str:
        under_way.set()
        await go_on.wait()
        return key

    monkeypatch.setattr(h.sender, "send", slow)
    await h.write("ada", "one")
    h.delivery.start()
    await under_way.wait()
    stopping = asyncio.create_task(h.delivery.stop())
    await asyncio.sleep(0)
    go_on.set()
    await stopping
    assert await h.status() == ["sent"]


async def test_while_nothing_happens_one_question_a_look_finds_what_another_process_wrote(
    house: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Above 0.05, the shortest wait for what is due. A timer that fires a little early is no reason to look for letters.
    monkeypatch.setattr(delivery, "LOOK_SECONDS", 0.06)
    h, asked, third, arrived = house(), [], asyncio.Event(), asyncio.Event()
    box, send = h.delivery._outbox, h.sender.send
    due, next_due = box.due, box.next_due

    async def counted_due(*given: Any) -> Any:
        asked.append("due")
        return await due(*given)

    async def counted_next(*given: Any) -> Any:
        asked.append("next")
        if asked.count("next") == 3:
            third.set()
        return await next_due(*given)

    async def takes(*given: Any) -> str:
        arrived.set()
        return str(await send(*given))

    for name, double in (("due", counted_due), ("next_due", counted_next)):
        monkeypatch.setattr(box, name, double)
    monkeypatch.setattr(h.sender, "send", takes)
    h.delivery.start()
    await third.wait()
    assert asked == ["due", "next", "next", "next"]
    await h.write("ada", "one")
    await arrived.wait()
    await h.delivery.stop()
    assert await h.status() == ["sent"]


async def test_who_has_blocked_us_has_withdrawn_consent(house: Any) -> None:
    h = house(SendError("blocked", "never", opted_out=True))
    await h.write("ada", "one")
    await h.delivery.drain()
    async with h.database.read() as connection:
        assert (await connection.execute(sa.select(contacts.c.opted_out_at))).scalar() is not None
    assert await h.status() == ["failed"]


@pytest.mark.parametrize(
    ("news", "known"),
    [
        (["delivered"], "delivered"),
        (["delivered", "sent"], "delivered"),
        (["read", "delivered"], "read"),
        (["sent", "undelivered"], "undelivered"),
    ],
)
async def test_delivery_news_may_come_in_any_order(house: Any, news: list[str], known: str) -> None:
    h = house()
    await h.write("ada", "one")
    await h.delivery.drain()
    for status in news:
        assert await SqlOutbox(h.database).status(DeliveryStatus("web", "theirs-out-1", status), NOON)
    assert await h.status() == [known]


async def test_news_of_a_message_of_somebody_else_is_no_news(house: Any) -> None:
    h = house()
    await h.write("ada", "one")
    await h.delivery.drain()
    assert not await SqlOutbox(h.database).status(DeliveryStatus("telegram", "theirs-out-1", "read"), NOON)
    assert await h.status() == ["sent"]
