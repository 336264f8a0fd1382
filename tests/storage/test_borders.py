"""The borders between teams, on both databases: whose cases somebody sees, takes, and passes on."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
import sqlalchemy as sa

from bot.errors import ConductorError
from bot.identity.roles import Role
from bot.recovery.borders import Standing
from bot.storage.agents import SqlAgents
from bot.storage.borders import visible
from bot.storage.engine import Database
from bot.storage.tables import cases
from tests.doubles import NOON
from tests.storage.test_casework import Desks


@pytest.fixture
async def house(database: Database) -> Desks:
    """Kim works in care, Pat in second, Lea leads care."""
    agents = SqlAgents(database)
    for name, role, team in (
        ("Kim", Role.AGENT, "care"),
        ("Lee", Role.AGENT, "care"),
        ("Pat", Role.AGENT, "second"),
        ("Lea", Role.MANAGER, "care"),
    ):
        await agents.add(name.lower(), name, role, [team], "en", NOON)
    return Desks(database)


async def two_teams_in_one_chat(house: Desks) -> tuple[int, int, int]:
    """Ids: care's case, second's, and their conversation."""
    case, here = await house.customer_gives_a_two()
    about = {"contact_id": (await house.case())["contact_id"], "conversation_id": here, "channel": "sms"}
    times = {"opened_at": NOON, "due_at": NOON}
    other = await house.seed.insert(cases, **about, reason="asked", team="second", priority="high", **times)
    return case, other, here


async def whose(house: Desks) -> dict[int, tuple[str | None, str]]:
    return {row["id"]: (row["agent"], row["status"]) for row in await house.rows(cases)}


async def test_who_claims_a_chat_gets_their_teams_cases_of_it(house: Desks) -> None:
    case, other, here = await two_teams_in_one_chat(house)
    await house.casework.claim(case, "Kim")
    await house.takeover.reply(here, "Kim", "I am sorry.")
    assert await whose(house) == {case: ("Kim", "waiting_for_customer"), other: (None, "new")}


async def test_who_claims_a_free_chat_leaves_a_colleagues_case_alone(house: Desks) -> None:
    case, other, here = await two_teams_in_one_chat(house)
    await house.casework.claim(other, "Pat")
    await house.takeover.hand_back(here, "Pat")
    await house.casework.claim(case, "Kim")
    assert await whose(house) == {case: ("Kim", "assigned"), other: ("Pat", "assigned")}


DEEDS: dict[str, tuple[Any, ...]] = {
    "claim": (),
    "note": ("psst",),
    "snooze": ("2026-11-24T09:00:00+01:00",),
    "transfer": ("second",),
    "resolve": ("late", "Sent a new one."),
    "reopen": (),
}


@pytest.mark.parametrize("deed", DEEDS)
async def test_another_teams_case_is_out_of_reach_for_every_deed(house: Desks, deed: str) -> None:
    case, _ = await house.customer_gives_a_two()
    before = await house.rows(cases)
    with pytest.raises(ConductorError, match=f"no case {case} for you"):
        await getattr(house.casework, deed)(case, "Pat", *DEEDS[deed])
    assert await house.rows(cases) == before


@pytest.mark.parametrize("deed", ["snooze", "transfer", "resolve"])
async def test_what_a_colleague_has_in_hand_is_theirs_or_their_leads(house: Desks, deed: str) -> None:
    case, here = await house.customer_gives_a_two()
    await house.casework.claim(case, "Kim")
    await house.takeover.hand_back(here, "Kim", resume=False)
    with pytest.raises(ConductorError, match="Kim has this case"):
        await getattr(house.casework, deed)(case, "Lee", *DEEDS[deed])
    assert (await house.case())["agent"] == "Kim"
    await getattr(house.casework, deed)(case, "Lea", *DEEDS[deed])


async def test_a_transfer_is_no_way_to_take_a_case(house: Desks) -> None:
    case, here = await house.customer_gives_a_two()
    with pytest.raises(ConductorError, match="Claim it"):
        await house.casework.transfer(case, "Kim", "care", "Kim")
    assert (await house.case())["agent"] is None
    await house.casework.claim(case, "Kim")
    with pytest.raises(ConductorError, match="Kim has this case"):
        await house.casework.transfer(case, "Lee", "care", "Lee")
    assert (await house.takeover.held(here)).agent == "Kim"


async def test_a_case_goes_to_nobody_outside_the_team(house: Desks) -> None:
    case, _ = await house.customer_gives_a_two()
    with pytest.raises(ConductorError, match="Pat does not work in that team"):
        await house.casework.transfer(case, "Kim", "care", "Pat")


async def test_of_a_transfer_and_a_claim_at_once_the_claim_is_not_undone(house: Desks) -> None:
    case, _ = await house.customer_gives_a_two()
    store = house.casework._store
    read = store.case

    async def and_then_somebody_claims(number: int) -> Any:
        found = await read(number)
        store.case = read  # type: ignore[method-assign]
        await house.casework.claim(case, "Kim")
        return found

    store.case = and_then_somebody_claims  # type: ignore[method-assign]
    with pytest.raises(ConductorError, match="just changed"):
        await house.casework.transfer(case, "Lee", "second")
    assert (await house.case())["agent"] == "Kim"


async def test_the_rule_and_its_sql_are_one(house: Desks) -> None:
    case, _ = await house.customer_gives_a_two()
    for teams, team, holder in itertools.product(
        [(), ("care",), ("second",), ("care", "second")], ["care", "second"], [None, "Kim", "Pat"]
    ):
        await house.update(cases, case, team=team, agent=holder)
        async with house.database.read() as connection:
            found = (await connection.execute(sa.select(cases.c.id).where(visible("Kim", teams or None)))).all()
        assert bool(found) is Standing("Kim", teams).sees(team, holder), (teams, team, holder)


async def test_who_has_left_works_in_no_team(house: Desks) -> None:
    """A deed of theirs may still be under way, from Slack for one."""
    case, other, _ = await two_teams_in_one_chat(house)
    agents = SqlAgents(house.database)
    [pat] = [agent for agent in await agents.agents() if agent.name == "Pat"]
    await agents.remove(pat.id, NOON)
    for one in (case, other):
        with pytest.raises(ConductorError, match=f"no case {one} for you"):
            await house.casework.claim(one, "Pat")
    assert await whose(house) == {case: (None, "new"), other: (None, "new")}
