"""Who leaves strands nobody: their chats are their team's again."""

from __future__ import annotations

import pytest

from bot.identity.roles import Role
from bot.recovery import clocks
from bot.recovery.leaving import Leaving
from bot.storage.agents import SqlAgents
from bot.storage.engine import Database
from bot.storage.leaving import SqlLeaving
from bot.storage.tables import case_clocks, cases, conversations
from tests.storage.desk_house import Desks


@pytest.fixture
def house(database: Database) -> Desks:
    return Desks(database)


def leaving(house: Desks) -> Leaving:
    told = lambda case, event: house.told.append((case.id, event))  # noqa: E731
    return Leaving(SqlLeaving(house.database), house.desk, house.clock, told)


@pytest.mark.parametrize("how", ["removed", "analyst", "auditor"])
async def test_the_chat_of_somebody_who_left_is_the_teams_again(house: Desks, how: str) -> None:
    agents = SqlAgents(house.database)
    kim = (await agents.add("kim", "Kim", Role.AGENT, (), "en", house.clock.now())).id
    case, here = await house.customer_gives_a_two()
    await house.casework.claim(case, "Kim")
    await house.takeover.reply(here, "Kim", "One moment.")
    await house.casework.snooze(case, "Kim", "2026-11-25T09:00:00+00:00")
    assert await leaving(house).look() == 0
    if how == "removed":
        await agents.remove(kim, house.clock.now())
    else:
        await agents.change(kim, Role(how), ())
    assert await leaving(house).look() == 1
    assert await leaving(house).look() == 0
    [found], [chat] = await house.rows(cases), await house.rows(conversations)
    assert (found["agent"], found["status"], found["snoozed_until"]) == (None, "new", None)
    assert (chat["owner"], chat["agent"]) == ("human", None), "the bot stays silent"
    running = {row["kind"] for row in await house.rows(case_clocks) if row["struck_at"] is None}
    assert clocks.UNASSIGNED in running
    assert clocks.CUSTOMER_IDLE not in running
    moved = {"from": "waiting_for_customer", "to": "new", "from_agent": "Kim", "to_agent": None}
    assert ("conductor", "agent_left", moved) in await house.audit()
    assert ("agent_left", "C1") in await house.told_to()
    await house.casework.claim(case, "Lee")


async def test_who_only_changed_teams_keeps_what_they_have(house: Desks) -> None:
    agents = SqlAgents(house.database)
    kim = (await agents.add("kim", "Kim", Role.AGENT, ("care",), "en", house.clock.now())).id
    case, _ = await house.customer_gives_a_two()
    await house.casework.claim(case, "Kim")
    await agents.change(kim, Role.AGENT, ("second",))
    assert await leaving(house).look() == 0
