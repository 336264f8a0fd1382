"""Letters go out in order, are retried by error class, and never twice where the provider can't tell."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
import sqlalchemy as sa

from bot.conversation import delivery, unsettled
from bot.conversation.delivery import Delivery
from bot.conversation.live import InProcessEvents
from bot.conversation.out_of_order import DEAD_SECONDS
from bot.conversation.retrying import BACK_OFF_SECONDS, PAUSE_SECONDS
from bot.conversation.sending_times import BATCH, SETTLE_SECONDS
from bot.storage import letters, unsure
from bot.storage.outbox import SqlOutbox
from bot.storage.tables import contacts, conversations, outbox
from bot.telemetry.turns import CONVERSATION
from channels.contract import DeliveryStatus, Inbound, Outbound, SendError
from tests.doubles import NOON, FrozenClock, RecordingSender


class Scripted(RecordingSender):
    """Answers with the errors it was given, one a call, then takes everything."""

    def __init__(self, *errors: Exception) -> None:
        super().__init__()
        self.errors = list(errors)
        self.calls = 0
        self.suffix = ""
        self.refused = ""
        self.busy = 0
        """Takes every so manieth only, and asks the others for patience."""

    async def send(self, channel: str, address: str, message: Outbound, key: str) -> str:
        self.calls += 1
        if self.errors:
            raise self.errors.pop(0)
        if self.busy and self.calls % self.busy:
            raise SendError("slow down", "later", 1.0)
        if address == self.refused:
            raise SendError("down", "later")
        return await super().send(channel, address, message, key) + self.suffix


class House:
    def __init__(self, database: Any, store: Any, sender: Any) -> None:
        self.database, self.store, self.sender = database, store, sender
        self.clock = FrozenClock()
        self.delivery = Delivery(SqlOutbox(database), {"web": sender}, self.clock, InProcessEvents())

    async def write(self, address: str, *texts: str) -> None:
        here = await self.store.ensure_conversation(Inbound("web", "web", "", address, ""), NOON)
        async with self.database.write() as connection:
            await letters.put(connection, here, None, [Outbound(text=t) for t in texts], NOON)

    async def status(self) -> list[str]:
        async with self.database.read() as connection:
            return [s for (s,) in await connection.execute(sa.select(outbox.c.status).order_by(outbox.c.id))]

    @property
    def texts(self) -> list[str]:
        return [m.text for _, m in self.sender.taken]


@pytest.fixture
def house(database: Any, store: Any) -> Any:
    return lambda *errors: House(database, store, Scripted(*errors))


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


async def test_back_off_grows_and_ends_where_others_get_through(house: Any) -> None:
    h = house()
    h.sender.refused = "ada"
    await h.write("ada", "one")
    for number in range(4 * len(BACK_OFF_SECONDS)):
        await h.write(f"customer {number}", "uno")
        await h.delivery.drain()
        h.clock.forward(5)
    attempts = h.sender.calls - len(h.texts)
    assert len(BACK_OFF_SECONDS) < attempts < 2 * len(BACK_OFF_SECONDS), "some at the very moment of another's success"
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


async def test_a_timeout_leaves_it_unknown_and_only_a_report_or_time_settles_it(house: Any) -> None:
    h = house(TimeoutError(), TimeoutError())
    await h.write("ada", "one", "two")
    await h.delivery.drain()
    h.clock.forward(SETTLE_SECONDS / 60 - 0.1)
    assert await h.delivery.send_once_more() == 0
    await SqlOutbox(h.database).status(DeliveryStatus("web", "SM2", "sent", key="out-2"), h.clock.now())
    h.clock.forward(0.2)
    assert await h.delivery.send_once_more() == 1, "the first alone: the provider has the second"
    await h.delivery.drain()
    assert await h.status() == ["sent", "sent"]
    assert h.texts == ["one"]


async def test_a_report_that_comes_before_our_patience_ends_counts(house: Any) -> None:
    """The provider took it and told so at its own address, but its answer to us was lost."""
    h = house()

    async def reports_and_hangs(*_letter: Any) -> str:
        await SqlOutbox(h.database).status(DeliveryStatus("web", "SM1", "delivered", key="out-1"), NOON)
        raise TimeoutError

    h.sender.send = reports_and_hangs
    await h.write("ada", "one")
    await h.delivery.drain()
    assert await h.status() == ["delivered"]


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


async def test_what_stays_unknown_is_sent_once_more_and_not_for_ever(house: Any) -> None:
    h = house(*[TimeoutError()] * 9)
    await h.write("ada", "one")
    for _ in range(5):
        await h.delivery.drain()
        h.clock.forward(2 * SETTLE_SECONDS / 60)
        await h.delivery.send_once_more()
    assert await h.status() == ["unknown"]
    assert h.sender.calls == 2


@pytest.mark.parametrize(
    ("role", "since", "again"),
    [
        ("question", {}, 1),
        ("question", {"last_inbound_at": "2026-11-23T12:00:01+00:00"}, 0),
        ("question", {"owner": "human"}, 0),
        ("notice", {"last_inbound_at": "2026-11-23T12:00:01+00:00", "owner": "human"}, 1),
        ("call", {}, 0),
        ("notice", {"opted_out_at": NOON}, 0),
    ],
)
async def test_it_is_not_sent_once_more_where_that_would_be_wrong(
    role: str, since: dict[str, str], again: int, house: Any
) -> None:
    h = house(TimeoutError())
    here = await h.store.ensure_conversation(Inbound("web", "web", "", "ada", ""), NOON)
    async with h.database.write() as connection:
        await letters.put(connection, here, None, [Outbound("Hi", role=role)], NOON)
    await h.delivery.drain()
    async with h.database.write() as connection:
        for column, value in since.items():
            table = contacts if column == "opted_out_at" else conversations
            await connection.execute(sa.update(table).values({column: value}))
    h.clock.forward(5)
    assert await h.delivery.send_once_more() == again


async def test_yesterdays_letter_is_not_sent_once_more(house: Any) -> None:
    h = house(TimeoutError())
    await h.write("ada", "one")
    await h.delivery.drain()
    h.clock.forward(25 * 60)
    assert await h.delivery.send_once_more() == 0


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


async def test_a_reason_that_comes_late_withholds_nothing_that_another_process_has_sent(house: Any) -> None:
    h = house()
    await h.write("ada", "one")
    [letter] = await h.delivery._due()
    await h.delivery.drain()
    await h.delivery._outbox.withhold(letter, "The window is closed.", NOON, in_hand=False)
    await h.delivery._outbox.failed(letter, "No channel.", NOON)
    assert await h.status() == ["sent"]


async def test_what_its_provider_never_reports_has_failed_after_a_day(house: Any) -> None:
    h = house(TimeoutError(), TimeoutError())
    await h.write("ada", "one")
    await h.delivery.drain()
    h.clock.forward(SETTLE_SECONDS / 60)
    await h.delivery.send_once_more()
    await h.delivery.drain()
    h.clock.forward(unsure.TOO_OLD_HOURS * 60)
    await h.delivery.send_once_more()
    assert await h.status() == ["unknown"], "the second time counts anew"
    h.clock.forward(SETTLE_SECONDS / 60)
    await h.delivery.send_once_more()
    assert await h.status() == ["failed"]


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


async def test_a_provider_may_not_ask_for_endless_patience(house: Any) -> None:
    h = house(SendError("later", "later", 1e15))
    await h.write("ada", "one")
    await h.delivery.drain()
    h.clock.forward(24 * 60)
    await h.delivery.drain()
    assert h.texts == ["one"]


async def test_who_has_blocked_us_has_withdrawn_consent(house: Any) -> None:
    h = house(SendError("blocked", "never", opted_out=True))
    await h.write("ada", "one")
    await h.delivery.drain()
    async with h.database.read() as connection:
        assert (await connection.execute(sa.select(contacts.c.opted_out_at))).scalar() is not None
    assert await h.status() == ["failed"]


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


async def test_a_report_with_our_key_settles_an_unknown_message(house: Any) -> None:
    h = house(TimeoutError())
    await h.write("ada", "one")
    await h.delivery.drain()
    box = SqlOutbox(h.database)
    assert not await box.status(DeliveryStatus("web", "SM1", "delivered", key="nonsense-1"), NOON)
    assert await box.status(DeliveryStatus("web", "SM1", "delivered", key="out-1"), NOON)
    assert await h.status() == ["delivered"]
