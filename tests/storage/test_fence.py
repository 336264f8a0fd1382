"""A turn that was thought out before somebody else changed the conversation is not written, on both databases."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa

from bot.conversation.live import InProcessEvents
from bot.conversation.ports import Stale
from bot.conversation.state import Outcome
from bot.recovery.desk_file import read_desk
from bot.recovery.takeover import Takeover
from bot.storage.engine import Database
from bot.storage.outbox import SqlOutbox
from bot.storage.store import SqlStore
from bot.storage.tables import conversations, inbox, outbox
from bot.storage.takeover import SqlTakeoverStore
from channels.contract import DeliveryStatus, Inbound, Outbound
from tests.doubles import NOON, FrozenClock

Change = Callable[[Database, int], Awaitable[None]]


async def claimed(database: Database, here: int) -> None:
    await _takeover(database).claim(here, "Kim")


async def opted_out(database: Database, here: int) -> None:
    """A provider reports that the customer blocked us."""
    async with database.write() as connection:
        made = sa.insert(outbox).values(
            conversation_id=here, role="notice", payload="{}", status="sent", next_attempt_at=NOON, created_at=NOON
        )
        await connection.execute(made.values(provider_message_id="SM1"))
    assert await SqlOutbox(database).status(DeliveryStatus("web", "SM1", "failed", "21610", opted_out=True), NOON)


def _takeover(database: Database) -> Takeover:
    """Of a process whose locks hold nobody back."""
    desk, store = read_desk(Path("none.yml"), "care", "UTC"), SqlTakeoverStore(database)
    return Takeover(store, desk, FrozenClock(), InProcessEvents(), _nobody_waits, lambda _: None)


@asynccontextmanager
async def _nobody_waits(_conversation: int) -> AsyncIterator[None]:
    yield


@pytest.mark.parametrize("change", [claimed, opted_out])
async def test_a_turn_that_met_another_state_is_not_written(database: Database, change: Change) -> None:
    store = SqlStore(database)
    here = (await store.accept(Inbound("web", "web", "m1", "ada", "9"), NOON)).conversation
    loaded = await store.next_message(here)
    assert loaded is not None
    outcome = Outcome(*loaded, NOON)
    outcome.outbox.append(Outbound("What a pity!"))

    await change(database, here)
    with pytest.raises(Stale):
        await store.commit(outcome)

    async with database.read() as connection:
        written = sa.select(outbox.c.id).where(outbox.c.inbox_id == loaded[0].id)
        assert (await connection.execute(written)).all() == []
        assert (await connection.execute(sa.select(inbox.c.status, inbox.c.attempts))).one() == ("new", 0)
    again = await store.next_message(here)
    assert again is not None
    await store.commit(Outcome(*again, NOON))
    assert await store.next_message(here) is None


async def test_what_the_customer_says_meanwhile_changes_nothing_for_the_turn(database: Database) -> None:
    store = SqlStore(database)
    here = (await store.accept(Inbound("web", "web", "m1", "ada", "9"), NOON)).conversation
    loaded = await store.next_message(here)
    assert loaded is not None

    await store.accept(Inbound("web", "web", "m2", "ada", "or 8"), NOON)
    await store.commit(Outcome(*loaded, NOON))

    following = await store.next_message(here)
    assert following is not None
    assert following[0].text == "or 8"


async def test_every_turn_counts_the_fence_on(database: Database) -> None:
    """Two processes with the same message: the second finds it done, and with the next message's it finds the fence
    moved."""
    store = SqlStore(database)
    here = (await store.accept(Inbound("web", "web", "m1", "ada", "9"), NOON)).conversation
    loaded = await store.next_message(here)
    assert loaded is not None
    await store.commit(Outcome(*loaded, NOON))
    await store.commit(Outcome(*loaded, NOON))  # done already: nothing happens
    async with database.read() as connection:
        assert (await connection.execute(sa.select(conversations.c.version))).scalar() == 1
    later = replace(loaded[0], id=(await store.accept(Inbound("web", "web", "m2", "ada", "8"), NOON)).message)
    with pytest.raises(Stale):
        await store.commit(Outcome(later, loaded[1], NOON))
