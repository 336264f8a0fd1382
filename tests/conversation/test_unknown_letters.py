"""What nobody knows of is settled by its provider's report, is sent once more, and is at last given up."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from bot.conversation.sending_times import SETTLE_SECONDS
from bot.storage import letters, unsure
from bot.storage.outbox import SqlOutbox
from bot.storage.tables import contacts, conversations
from channels.contract import DeliveryStatus, Inbound, Outbound
from tests.doubles import NOON


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


async def test_a_report_with_our_key_settles_an_unknown_message(house: Any) -> None:
    h = house(TimeoutError())
    await h.write("ada", "one")
    await h.delivery.drain()
    box = SqlOutbox(h.database)
    assert not await box.status(DeliveryStatus("web", "SM1", "delivered", key="nonsense-1"), NOON)
    assert await box.status(DeliveryStatus("web", "SM1", "delivered", key="out-1"), NOON)
    assert await h.status() == ["delivered"]
