"""The database counts exactly what docs/reference/metrics.md says, on both databases."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from bot.storage.engine import Database
from bot.storage.outbox import SqlOutbox
from bot.storage.report_queries import Filter, Period, Recovered, ReportQueries, Runs, ScoreCount, Sent
from bot.storage.tables import outbox
from tests.storage.seeding import DAY, Seed

NOVEMBER = Period("2026-11-01", "2026-12-01")


@pytest.fixture
def seed(database: Database) -> Seed:
    return Seed(database)


@pytest.fixture
def queries(database: Database) -> ReportQueries:
    return ReportQueries(database)


async def test_scores_are_counted(seed: Seed, queries: ReportQueries) -> None:
    for score in (9, 9, 3):
        await seed.scored(score)
    await seed.scored(5, metric="csat", survey="chat_csat")
    assert await queries.scores(Filter()) == [
        ScoreCount("chat_csat", "score", "csat", "", 5, 1),
        ScoreCount("delivery_nps", "score", "nps", "", 3, 1),
        ScoreCount("delivery_nps", "score", "nps", "", 9, 2),
    ]
    assert [c.count for c in await queries.scores(Filter("chat_csat"))] == [1]


async def test_only_answers_that_stand_count(seed: Seed, queries: ReportQueries) -> None:
    response = await seed.response(await seed.customer())
    await seed.answer(response, 2, state="superseded")
    await seed.answer(response, 3, node="other", state="withdrawn")
    await seed.answer(response, 4, node="skipped", skipped=True)
    await seed.answer(response, 8)
    assert [(c.question, c.score, c.count) for c in await queries.scores(Filter())] == [("score", 8, 1)]


async def test_a_period_holds_its_first_day_and_not_the_day_after_its_last(seed: Seed, queries: ReportQueries) -> None:
    for day in ("2026-10-31", "2026-11-01", "2026-11-30", "2026-12-01"):
        await seed.scored(9, day)
    assert [c.count for c in await queries.scores(Filter(period=NOVEMBER))] == [2]
    assert [r.started for r in await queries.runs(Filter(period=NOVEMBER))] == [2]


async def test_groups(seed: Seed, queries: ReportQueries) -> None:
    await seed.scored(9, language="de", channel="whatsapp", touchpoint="support")
    await seed.scored(9)
    for by, groups in (("language", ["de", "en"]), ("channel", ["sms", "whatsapp"])):
        assert [c.group for c in await queries.scores(Filter(by=by))] == groups
        assert [r.group for r in await queries.runs(Filter(by=by))] == groups
    assert {c.group for c in await queries.scores(Filter(by="touchpoint"))} == {"delivery", "support"}


async def test_completion(seed: Seed, queries: ReportQueries) -> None:
    for status in ("completed", "completed", "expired", "active"):
        await seed.response(await seed.customer(), status=status)
    assert await queries.runs(Filter()) == [Runs("delivery_nps", "", 4, 2)]


async def test_the_response_rate_counts_by_the_day_of_sending(seed: Seed, queries: ReportQueries) -> None:
    late = await seed.customer()
    response = await seed.response(late, "2026-11-03", invitation_id=await seed.invitation(late, "2026-11-01"))
    await seed.answer(response, 9, day="2026-11-03")
    await seed.answer(response, 1, day="2026-11-03", node="why", metric="")  # two answers are one answered invitation
    await seed.invitation(await seed.customer(provider="telegram"), "2026-11-01", letter="sent")
    await seed.invitation(await seed.customer(), "2026-11-01", letter="failed")
    await seed.invitation(await seed.customer(), "2026-11-02", letter="delivered")
    assert await queries.response_rates(Filter()) == [
        Sent("delivery_nps", "2026-11-01", 2, 1),
        Sent("delivery_nps", "2026-11-02", 1, 0),
    ]


async def test_who_answered_has_received_it_whatever_the_provider_says(seed: Seed, queries: ReportQueries) -> None:
    customer = await seed.customer()
    invitation = await seed.invitation(customer, "2026-11-01", letter="unknown")
    await seed.answer(await seed.response(customer, invitation_id=invitation), 9)
    assert [(s.delivered, s.answered) for s in await queries.response_rates(Filter())] == [(1, 1)]


@pytest.mark.parametrize(
    ("provider", "letter", "counted"),
    [("web", "sent", False), ("web", "delivered", True), ("twilio_sms", "sent", True), ("telegram", "delivered", True)],
)
async def test_on_the_web_an_invitation_arrives_when_a_page_fetches_it(
    seed: Seed, queries: ReportQueries, provider: str, letter: str, counted: bool
) -> None:
    await seed.invitation(await seed.customer(provider=provider), DAY, letter)
    assert bool(await queries.response_rates(Filter())) is counted


async def test_what_a_page_fetched_has_arrived(seed: Seed, queries: ReportQueries, database: Database) -> None:
    read, unread = await seed.customer("web"), await seed.customer("web")
    for customer in (read, unread):
        await seed.invitation(customer, DAY, "sent")
    await SqlOutbox(database).fetched(read[1])
    assert [sent.delivered for sent in await queries.response_rates(Filter())] == [1]


async def test_what_a_provider_sent_has_not_arrived_because_a_page_looked(seed: Seed, database: Database) -> None:
    _, here = customer = await seed.customer(provider="twilio_sms")
    await seed.invitation(customer, DAY, "sent")
    await SqlOutbox(database).fetched(here)
    async with database.read() as connection:
        query = sa.select(outbox.c.status).where(outbox.c.conversation_id == here)
        assert (await connection.execute(query)).scalars().all() == ["sent"]


async def test_recovery_is_paired_per_customer(seed: Seed, queries: ReportQueries) -> None:
    histories = [(3, 8), (6, 6), (0, 2, 9), (9, 2), (5,), (9, 3, 10)]
    for scores in histories:
        customer = await seed.customer()
        for score in scores:
            await seed.answer(await seed.response(customer), score)
    # Followed up: 3→8, 6→6, 0→9 (the latest), 3→10. Not: 9→2 and 5, whom nobody asked again.
    assert await queries.recovery(Filter()) == Recovered(3, 4)


async def test_a_second_answer_in_the_same_response_is_no_follow_up(seed: Seed, queries: ReportQueries) -> None:
    response = await seed.response(await seed.customer())
    await seed.answer(response, 2)
    await seed.answer(response, 9, node="later")
    assert await queries.recovery(Filter()) == Recovered(0, 0)


async def test_anonymous_answers_are_paired_with_nobody(seed: Seed, queries: ReportQueries) -> None:
    customer = await seed.customer()
    for score in (2, 9):
        await seed.answer(await seed.response(customer, contact_id=None), score)
    assert await queries.recovery(Filter()) == Recovered(0, 0)
