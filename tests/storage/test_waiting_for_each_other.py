"""Two transactions at the same rows at once, on PostgreSQL, where one waits for the other (SQLite has one writer): none
waits for ever, and who waited works with what is true by then."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Coroutine
from importlib import import_module
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.conversation.ports import Stale
from bot.conversation.state import Outcome
from bot.outreach.campaign import Outcome as Found
from bot.outreach.invitee import Invitee
from bot.outreach.ports import Invited
from bot.recovery.desk import Notices
from bot.storage import campaigns
from bot.storage.campaigns import SqlCampaigns
from bot.storage.casework import SqlCasework
from bot.storage.engine import Database
from bot.storage.invitations import invite_in
from bot.storage.leaving import SqlLeaving
from bot.storage.outbox import SqlOutbox
from bot.storage.store import SqlStore
from bot.storage.tables import cases, contacts, conversations, inbox, link_codes, outbox, responses
from bot.storage.turn_writing import write_turn
from channels.contract import DeliveryStatus, Inbound
from tests.backends import Backend
from tests.doubles import NOON
from tests.storage.desk_house import Desks
from tests.storage.test_campaigns import planning, stored


@pytest.fixture
def backend(grown: Backend) -> Backend:
    """PostgreSQL alone."""
    return grown


async def somebody_waits(database: Database) -> None:
    """Until a transaction waits for a row that another one holds."""
    waiting = sa.text("SELECT count(*) FROM pg_locks WHERE NOT granted")
    async with database.read() as connection:
        for _ in range(5000):
            if (await connection.execute(waiting)).scalar():
                return
    pytest.fail("nobody waits")


async def test_what_comes_in_while_the_data_are_deleted_belongs_to_the_new_conversation(
    database: Database, other: Database
) -> None:
    store = SqlStore(database)
    here = (await store.accept(Inbound("web", "web", "m1", "ada", "delete my data"), NOON)).conversation
    outcome = Outcome(*(await store.next_message(here) or pytest.fail("no message")), NOON)
    outcome.forget_contact = True
    async with database.fast_write() as connection:
        await write_turn(connection, outcome)
        writing = asyncio.create_task(SqlStore(other).accept(Inbound("web", "web", "m2", "ada", "hello?"), NOON))
        await somebody_waits(database)
    taken_in = await writing
    found = sa.select(conversations.c.address).where(conversations.c.id == taken_in.conversation)
    async with database.read() as connection:
        assert (await connection.execute(found)).scalar() == "ada", "an answer to forgotten-1 would reach nobody"


async def test_a_stop_and_the_providers_report_of_it_do_not_wait_for_each_other(
    database: Database, other: Database
) -> None:
    store = SqlStore(database)
    here = (await store.accept(Inbound("web", "web", "m1", "ada", "stop"), NOON)).conversation
    letter = {"conversation_id": here, "role": "notice", "payload": "{}", "next_attempt_at": NOON, "created_at": NOON}
    async with database.write() as connection:
        await connection.execute(sa.insert(outbox).values(**letter, status="sent", provider_message_id="SM1"))
    outcome = Outcome(*(await store.next_message(here) or pytest.fail("no message")), NOON)
    outcome.opted_out = True
    blocked = DeliveryStatus("web", "SM1", "failed", "21610", opted_out=True)
    async with database.fast_write() as connection:
        mine = sa.update(conversations).where(conversations.c.id == here)
        await connection.execute(mine.values(last_inbound_at=NOON))  # as a turn does first
        reporting = asyncio.create_task(SqlOutbox(other).status(blocked, NOON))
        await somebody_waits(database)
        await write_turn(connection, outcome)
    assert await reporting
    async with database.read() as connection:
        assert (await connection.execute(sa.select(contacts.c.opted_out_at))).scalar() == NOON


async def test_a_claim_and_the_end_of_an_agents_work_do_not_wait_for_each_other(
    database: Database, other: Database
) -> None:
    house = Desks(database)
    case, here = await house.customer_gives_a_two()
    await house.casework.claim(case, "Kim")
    found = await SqlCasework(database).case(case) or pytest.fail("no case")
    async with database.write() as connection:  # first the conversation, then its cases, as a claim does
        await connection.execute(sa.update(conversations).where(conversations.c.id == here).values(language="de"))
        freeing = asyncio.create_task(SqlLeaving(other).free(found, NOON, Notices(), NOON))
        await somebody_waits(database)
        await connection.execute(sa.update(cases).where(cases.c.id == case).values(priority="low"))
    assert await freeing


async def test_stop_on_two_channels_at_once_do_not_wait_for_each_other(
    database: Database, other: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    stops = []
    for store, channel in ((SqlStore(database), "sms"), (SqlStore(other), "whatsapp")):
        here = (await store.accept(Inbound("web", channel, f"m-{channel}", "ada", "stop"), NOON)).conversation
        async with database.write() as connection:  # one customer
            await connection.execute(sa.update(conversations).values(contact_id=1))
        outcome = Outcome(*(await store.next_message(here) or pytest.fail("no message")), NOON)
        outcome.opted_out = True
        stops.append((store, outcome))
    met = asyncio.Event()
    inside = 0

    async def both_are_here(*_: object) -> None:
        """Each holds its own conversation by now, unless the other waits for it already."""
        nonlocal inside
        inside += 1
        if inside == 2:
            met.set()
        waits = asyncio.create_task(somebody_waits(database))
        await asyncio.wait([waits, asyncio.create_task(met.wait())], return_when=asyncio.FIRST_COMPLETED)
        waits.cancel()

    monkeypatch.setattr("bot.storage.turn_writing.customer_wrote", both_are_here)
    ended = await asyncio.gather(*(store.commit(outcome) for store, outcome in stops), return_exceptions=True)
    assert [end for end in ended if end is not None and not isinstance(end, Stale)] == []
    assert None in ended, "one of them is written; the other begins anew"


async def test_who_is_made_to_give_way_begins_anew_and_no_attempt_counts(database: Database) -> None:
    """PostgreSQL ends one of two that wait for each other: that is nobody's fault."""
    store = SqlStore(database)
    here = (await store.accept(Inbound("web", "web", "m1", "ada", "hi"), NOON)).conversation
    outcome = Outcome(*(await store.next_message(here) or pytest.fail("no message")), NOON)
    async with database.write() as connection:
        await connection.execute(
            sa.text(
                "CREATE FUNCTION give_way() RETURNS trigger LANGUAGE plpgsql AS "
                "$$ BEGIN RAISE EXCEPTION 'deadlock detected' USING ERRCODE = '40P01'; END $$"
            )
        )
        await connection.execute(
            sa.text("CREATE TRIGGER t BEFORE UPDATE ON inbox FOR EACH ROW EXECUTE FUNCTION give_way()")
        )
    with pytest.raises(Stale):
        await store.commit(outcome)


async def test_who_is_planned_in_the_moment_in_which_their_data_are_deleted_is_not_invited(
    database: Database, other: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They are known by an external id; the file has another address of theirs."""
    here = (await SqlStore(other).accept(Inbound("web", "sms", "m1", "ada", "delete my data"), NOON)).conversation
    async with database.write() as connection:
        await connection.execute(sa.update(contacts).values(external_id="C-1"))
    outcome = Outcome(*(await SqlStore(other).next_message(here) or pytest.fail("no message")), NOON)
    outcome.forget_contact = outcome.opted_out = True
    kept = SqlCampaigns(database)
    campaign = await kept.begin("delivery_nps", "telegram", "customers.csv", None, NOON)
    here_too = Invitee("sms", "ada", "Ada", provider="web")
    await kept.add(
        campaign, [(2, Invitee("telegram", "77", "Ada", provider="telegram", external_id="C-1")), (3, here_too)]
    )
    await kept.stored(campaign, 1, Found(), "")
    deleting: list[asyncio.Task[None]] = []

    async def meanwhile(connection: AsyncConnection, *given: Any) -> list[Invited]:
        deleting.append(asyncio.create_task(SqlStore(other).commit(outcome)))
        await somebody_waits(database)
        return await invite_in(connection, *given)

    monkeypatch.setattr(campaigns, "invite_in", meanwhile)
    assert await planning(database).step() is not None
    await deleting[0]
    async with database.read() as connection:
        asked = sa.select(inbox.c.status).where(inbox.c.kind == "invite")
        assert (await connection.execute(asked)).scalar() == "done", "the invitation waited, and is for nobody now"
        places = sa.select(conversations.c.address).join(contacts, contacts.c.id == conversations.c.contact_id)
        open_to_us = (await connection.execute(places.where(contacts.c.opted_out_at.is_(None)))).scalars()
        assert [address for address in open_to_us if not address.startswith("forgotten-")] == []
        assert "Ada" not in str((await connection.execute(sa.select(contacts))).all())


async def turn(store: SqlStore, channel: str, text: str, address: str = "+493090182000") -> Outcome:
    """Of a customer who writes; on SMS, WhatsApp and the telephone the same number is the same contact."""
    here = (await store.accept(Inbound("web", channel, f"m-{channel}", address, text), NOON)).conversation
    return Outcome(*(await store.next_message(here) or pytest.fail("no message")), NOON)


class Meeting:
    """When the first comes to `place`, with what it holds by then, the second begins, and gets as far as it can."""

    def __init__(self, database: Database, monkeypatch: pytest.MonkeyPatch, place: str) -> None:
        self._database, self._monkeypatch, self._place = database, monkeypatch, place
        self.times = 0

    async def ended(self, first: Awaitable[Any], second: Coroutine[Any, Any, Any]) -> list[Any]:
        """What they returned or raised. Neither was made to give way: they did not wait for each other."""
        module, name = self._place.rsplit(".", 1)
        there = getattr(import_module(module), name)
        begun: list[asyncio.Task[Any]] = []

        async def met(*given: Any) -> Any:
            self.times += 1
            if not begun:
                begun.append(asyncio.create_task(second))
                await somebody_waits(self._database)
            return await there(*given)

        self._monkeypatch.setattr(self._place, met)
        ended = [*await asyncio.gather(first, return_exceptions=True)]
        ended += await asyncio.gather(*begun, return_exceptions=True)
        assert not [end for end in ended if "let another go first" in str(end) or "deadlock" in str(end)]
        return ended


@pytest.mark.parametrize(("writes_on", "deletes_on"), [("sms", "whatsapp"), ("whatsapp", "sms")])
async def test_a_turn_and_a_deletion_on_another_channel_do_not_wait_for_each_other(
    database: Database, other: Database, monkeypatch: pytest.MonkeyPatch, writes_on: str, deletes_on: str
) -> None:
    deletes, writes = await turn(SqlStore(other), deletes_on, "delete"), await turn(SqlStore(database), writes_on, "hi")
    deletes.forget_contact = deletes.opted_out = True
    writes.owner = "bot"  # a turn of one statement (`turn_at_once.py`) has no place to meet in
    meeting = Meeting(database, monkeypatch, "bot.storage.turn_writing.save_response")
    ended = await meeting.ended(SqlStore(database).commit(writes), SqlStore(other).commit(deletes))
    assert ended == [None, None]
    async with database.read() as connection:
        said = sa.select(inbox.c.text).where(inbox.c.status == "done")
        assert set((await connection.execute(said)).scalars()) == {""}, "what was written in that moment, too"


async def test_a_stop_and_a_code_that_is_brought_elsewhere_do_not_wait_for_each_other(
    database: Database, other: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    stop, brings = (
        await turn(SqlStore(database), "whatsapp", "stop"),
        await turn(SqlStore(other), "slack", "code", "U7"),
    )
    stop.opted_out = True
    async with database.write() as connection:
        code = {"digest": "d", "contact_id": stop.conversation.contact_id, "created_at": NOON, "expires_at": NOON}
        brings.redeemed = (await connection.execute(sa.insert(link_codes).values(**code))).inserted_primary_key[0]
    meeting = Meeting(database, monkeypatch, "bot.storage.turn_writing.customer_wrote")
    ended = await meeting.ended(SqlStore(database).commit(stop), SqlStore(other).commit(brings))
    assert ended == [None, None]
    async with database.read() as connection:
        assert (await connection.execute(sa.select(contacts.c.opted_out_at))).scalars().all() == [NOON]


async def test_a_call_that_takes_its_survey_back_and_a_stop_do_not_wait_for_each_other(
    database: Database, other: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The text messages are the older conversation; who rings up begins with the younger one."""
    stop = await turn(SqlStore(other), "sms", "stop")
    stop.opted_out = True
    await SqlStore(database).accept(Inbound("web", "voice", "c1", "+493090182000", "", kind="call"), NOON)
    there, contact = stop.conversation.id, stop.conversation.contact_id
    began = {"contact_id": contact, "conversation_id": there, "channel": "voice", "survey_key": "nps"}
    began |= {"fingerprint": "f", "touchpoint": "t", "language": "en", "status": "active", "session": "{}"}
    async with database.write() as connection:
        response = sa.insert(responses).values(**began, started_at=NOON, expires_at=NOON)
        number = (await connection.execute(response)).inserted_primary_key[0]
        by_text = sa.update(conversations).where(conversations.c.id == there)
        await connection.execute(by_text.values(response_id=number, owner="survey"))
    rings = SqlStore(database).accept(Inbound("web", "voice", "c2", "+493090182000", "", kind="call"), NOON)
    meeting = Meeting(database, monkeypatch, "bot.storage.accepting.take_back")
    rung, stopped = await meeting.ended(rings, SqlStore(other).commit(stop))
    assert rung.fresh
    assert isinstance(stopped, Stale), "the survey went away meanwhile: it begins anew"
    assert meeting.times == 1, "whoever takes a message in tries it again by itself"


async def test_a_campaign_that_is_stopped_while_a_part_is_planned_waits_for_that_part(
    database: Database, other: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    campaign = await stored(database, parts=2)
    meeting = Meeting(database, monkeypatch, "bot.storage.campaigns.invite_in")
    stops = SqlCampaigns(other).stop(campaign, "by hand", NOON)
    assert await meeting.ended(planning(database).step(campaign.id), stops) == [Found(invited=2), True]
    assert await planning(database).step() is None
