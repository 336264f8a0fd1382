"""Cases are counted as docs/reference/metrics.md says, on both databases."""

from __future__ import annotations

from typing import Any

import pytest

from bot.insight.casework import CaseCounts, case_report
from bot.insight.proportions import Share
from bot.storage.case_report import CaseReportQueries
from bot.storage.engine import Database
from bot.storage.report_queries import Period
from bot.storage.tables import cases, invitations
from tests.storage.seeding import Seed, at

NOW = at("2026-11-20")
EVER = Period()
CASE: dict[str, Any] = {
    "channel": "sms",
    "reason": "score",
    "metric": "nps",
    "score": 2,
    "team": "care",
    "priority": "high",
    "opened_at": at("2026-11-01"),
    "due_at": at("2026-11-02"),
    "resolve_by": at("2026-11-05"),
}


@pytest.fixture
def seed(database: Database) -> Seed:
    return Seed(database)


async def counted(database: Database, period: Period = EVER, team: str = "") -> CaseCounts:
    return await CaseReportQueries(database).counts(period, NOW, team)


async def test_in_time_late_and_not_due_yet(seed: Seed, database: Database) -> None:
    await seed.insert(cases, **CASE, first_response_at=at("2026-11-02"), resolved_at=at("2026-11-04"), status="closed")
    await seed.insert(
        cases, **CASE, first_response_at=at("2026-11-03"), resolved_at=at("2026-11-06"), status="resolved"
    )
    await seed.insert(cases, **CASE, status="new")  # nobody ever answered: late
    later = {"due_at": at("2026-11-25"), "resolve_by": at("2026-11-28")}
    await seed.insert(cases, **{**CASE, **later}, status="new")
    found = await counted(database)
    assert (found.opened, found.due, found.answered_in_time) == (4, 3, 1)
    assert (found.due_resolved, found.resolved_in_time, found.resolved) == (3, 1, 2)


async def followed_up(seed: Seed, metric: str, before: float, after: float | None, band: str, asked: str = "") -> None:
    """A case opened by a score in the lowest band, and what its follow-up brought (`asked`: in another metric)."""
    customer = await seed.customer()
    facts = {"contact_id": customer[0], "conversation_id": customer[1], "survey_key": "post_recovery"}
    invited = await seed.insert(invitations, **facts, channel="sms", status="sent", created_at=at("2026-11-06"))
    case = {**CASE, "metric": metric, "score": before, "band": "detractor", "status": "closed"}
    await seed.insert(cases, **case, follow_up_id=invited)
    response = await seed.response(customer, survey="post_recovery", invitation_id=invited)
    if after is not None:
        await seed.answer(response, after, metric=asked or metric, band=band)


async def test_the_pair_is_the_follow_up_of_the_case(seed: Seed, database: Database) -> None:
    await followed_up(seed, "nps", 2, 9, "promoter")
    await followed_up(seed, "nps", 4, 5, "detractor")
    await followed_up(seed, "nps", 3, None, "")
    await seed.scored(10)  # somebody else's answer is nobody's follow-up
    assert (await counted(database)).pairs == {"nps": (1, 2)}


async def test_each_metric_is_paired_with_itself_only(seed: Seed, database: Database) -> None:
    await followed_up(seed, "csat", 1, 3, "passive")
    await followed_up(seed, "csat", 2, 2, "detractor")
    await followed_up(seed, "csat", 1, 9, "promoter", asked="nps")
    await followed_up(seed, "ces2", 2, 6, "promoter")
    await followed_up(seed, "ces1", 5, 1, "promoter")  # lower is better there
    await followed_up(seed, "ces1", 4, 5, "detractor")
    assert (await counted(database)).pairs == {"csat": (1, 2), "ces1": (1, 2), "ces2": (1, 1)}


async def test_only_the_period_and_the_team(seed: Seed, database: Database) -> None:
    await seed.insert(cases, **CASE, root_cause="late", status="resolved")
    await seed.insert(cases, **{**CASE, "team": "lead"}, root_cause="price", status="resolved")
    await seed.insert(cases, **{**CASE, "opened_at": at("2026-10-01")}, root_cause="staff", status="resolved")
    november = Period("2026-11-01", "2026-12-01")
    assert (await counted(database, november)).root_causes == {"late": 1, "price": 1}
    assert (await counted(database, november, "lead")).root_causes == {"price": 1}


async def test_nothing_is_nothing(database: Database) -> None:
    assert await counted(database) == CaseCounts()


def test_few_are_not_shown() -> None:
    shown = case_report(CaseCounts(opened=9, due=4, answered_in_time=4, pairs={"nps": (3, 5), "csat": (1, 2)}))
    assert shown.answered_in_time is None
    assert shown.recovery["nps"] == Share(3, 5)
