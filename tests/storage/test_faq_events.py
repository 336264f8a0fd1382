"""What became of the FAQ's answers, as numbers."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from bot.cli.report_faq import lines
from bot.conversation.state import Conversation
from bot.insight.faq import figures
from bot.insight.proportions import Share
from bot.storage.anonymity import forget
from bot.storage.engine import Database
from bot.storage.faq_events import FaqQueries
from bot.storage.report_queries import Period
from bot.storage.store import SqlStore
from bot.storage.tables import contacts, conversations, faq_events
from channels.contract import Inbound
from tests.storage.seeding import Seed

DAY, NEXT = "2026-12-01T12:00:00+00:00", "2026-12-02T12:00:00+00:00"

EPISODES = [
    (1, DAY, "answered", "refund"),
    (1, DAY, "asked", "refund"),
    (1, DAY, "helped", "refund"),  # settled
    (1, NEXT, "answered", "refund"),
    (1, NEXT, "not_helped", "refund"),  # another day's, not settled
    (2, DAY, "gap", ""),  # nobody answered
    (2, NEXT, "offered", "return"),
    (2, NEXT, "answered", "return"),
    (2, NEXT, "handed_over", "return"),  # a person did
    (3, DAY, "handed_over", ""),  # asked nothing: no episode
]


@pytest.fixture
async def queries(database: Database) -> FaqQueries:
    async with database.write() as connection:
        await connection.execute(sa.insert(contacts).values(id=1, name="Ada Lovelace", language="en", created_at=DAY))
        for number in (1, 2, 3):
            about = {"provider": "web", "channel": "web", "language": "en", "owner": "bot", "created_at": DAY}
            row = {"id": number, "contact_id": 1, "address": f"a{number}", **about}
            await connection.execute(sa.insert(conversations).values(**row))
        for here, at, kind, entry in EPISODES:
            text = "who is Ada's boss" if kind == "gap" else ""
            row = {"conversation_id": here, "kind": kind, "entry": entry, "text": text, "at": at}
            await connection.execute(sa.insert(faq_events).values(**row, language="en", channel="web"))
    return FaqQueries(database)


async def test_deflection_helpfulness_and_gaps(queries: FaqQueries) -> None:
    found = figures(await queries.by_entry(Period()), await queries.totals(Period()))
    assert found.deflection == Share(1, 4)
    assert found.overall.helpfulness == Share(1, 2)
    assert (found.offered, found.gaps, found.overall.handed_over) == (1, 1, 2)
    assert [(e.entry, e.answered, e.helped, e.not_helped) for e in found.entries] == [
        ("refund", 2, 1, 1),
        ("return", 1, 0, 0),
    ]


async def test_a_period_has_its_own_numbers(queries: FaqQueries) -> None:
    first = Period("2026-12-01", "2026-12-02")
    found = figures(await queries.by_entry(first), await queries.totals(first))
    assert (found.deflection, found.overall.answered, found.gaps) == (Share(1, 2), 1, 1)


async def test_gaps_come_with_the_name_that_is_to_be_masked(queries: FaqQueries) -> None:
    [gap] = await queries.gaps(Period(), 10)
    assert (gap.text, gap.name, gap.language) == ("who is Ada's boss", "Ada Lovelace", "en")


async def test_the_report_is_a_table(queries: FaqQueries) -> None:
    said = "\n".join(lines(figures(await queries.by_entry(Period()), await queries.totals(Period()))))
    assert "Deflection rate: 25 % (1 of 4 episodes)" in said
    assert "gaps: 1" in said
    assert [row.split()[-2:] for row in said.splitlines() if row.startswith("refund ")] == [["50", "%"]]


async def test_delete_my_data_blanks_what_was_asked_and_keeps_the_numbers(database: Database) -> None:
    seed, queries = Seed(database), FaqQueries(database)
    customers = [await seed.customer(), await seed.customer()]
    for _, here in customers:
        about = {"conversation_id": here, "kind": "gap", "entry": "", "language": "en", "channel": "web"}
        await seed.insert(faq_events, **about, text=f"who is {here}", at=DAY)
    (contact, here), (_, other) = customers
    async with database.write() as connection:
        await forget(connection, Conversation(here, contact, "web", "sms", "a", "en", "bot"), NEXT)
    assert [gap.text for gap in await queries.gaps(Period(), 10)] == [f"who is {other}"]
    assert (await queries.totals(Period())).episodes == 2


@pytest.mark.parametrize(
    ("day", "response", "asked"),
    [("2026-12-01", None, {"refund", "return"}), ("2026-12-02", None, {"return"}), ("2026-12-01", 1, set())],
)
async def test_what_was_asked_today_is_read_with_the_message_but_in_a_survey(
    database: Database, day: str, response: int | None, asked: set[str]
) -> None:
    store = SqlStore(database)
    here = (await store.accept(Inbound("web", "web", "m1", "ada", "refund?"), NEXT)).conversation
    other = (await store.accept(Inbound("web", "web", "m2", "bob", "refund?"), NEXT)).conversation
    async with database.write() as connection:
        for where, at, kind, entry in (
            (here, DAY, "asked", "refund"),
            (here, DAY, "answered", "hours"),
            (here, NEXT, "asked", "return"),
            (other, NEXT, "asked", "theirs"),
        ):
            row = {"conversation_id": where, "kind": kind, "entry": entry, "text": "", "at": at}
            await connection.execute(sa.insert(faq_events).values(**row, language="en", channel="web"))
        await connection.execute(sa.update(conversations).values(response_id=response))
    _, state = await store.next_message(here, day) or pytest.fail("no message")
    assert state.asked == asked
