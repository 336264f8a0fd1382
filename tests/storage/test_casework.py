"""What agents and clocks do to cases, on both databases: every change once, each with its audit event."""

from __future__ import annotations

import asyncio
import json
from datetime import timezone

import pytest

from bot.errors import ConductorError
from bot.recovery import clocks
from bot.recovery.desk import Desk, Team
from bot.recovery.working_time import WorkingTime
from bot.storage.case_clocks import SqlClocks
from bot.storage.engine import Database
from bot.storage.tables import case_clocks, cases, conversations, inbox, outbox, responses
from channels.hours import read_hours
from tests.doubles import NOON
from tests.storage.desk_house import LEAD, Desks


@pytest.fixture
def house(database: Database) -> Desks:
    return Desks(database)


async def test_the_team_is_told_at_once_and_only_once(house: Desks) -> None:
    await house.customer_gives_a_two()
    await asyncio.gather(house.escalation.look(), house.another_process().look())
    await house.pass_time(0)
    assert await house.told_to() == [("opened", "C1")]


async def test_clocks_strike_in_order_and_the_next_team_gets_what_nobody_took(house: Desks) -> None:
    await house.customer_gives_a_two()
    for _ in range(8):
        await house.pass_time(10)
    told = await house.told_to()
    assert told[:3] == [
        ("opened", "C1"),
        (clocks.FIRST_RESPONSE_RISK, "lead@example.com"),
        (clocks.FIRST_RESPONSE_MISSED, "lead@example.com"),
    ]
    assert (clocks.UNASSIGNED, "https://example.com/h") in told
    assert (await house.case())["team"] == "second"
    assert (await house.case())["due_at"] == "2026-11-23T14:00:00.000000+00:00", "its clocks begin anew there"


async def test_what_ran_out_while_we_were_down_strikes_once(house: Desks) -> None:
    await house.customer_gives_a_two()
    await house.pass_time(30)
    house.clock.forward(3 * 1440)  # nobody was running
    restarted = house.another_process()
    await restarted.look()
    await restarted.look()
    missed = [kind for kind, _ in await house.told_to() if kind == clocks.FIRST_RESPONSE_MISSED]
    assert len(missed) <= 1
    assert not [row for row in await house.rows(case_clocks) if row["struck_at"] is None and row["at"] < house.clock.at]


async def test_an_answer_in_time_stops_the_clock(house: Desks) -> None:
    case, here = await house.customer_gives_a_two()
    await house.casework.claim(case, "Kim")
    await house.takeover.reply(here, "Kim", "I am sorry.")
    await house.deliver()
    await house.pass_time(120)
    assert [kind for kind, _ in await house.told_to() if kind.startswith("first_response")] == []
    assert (await house.case())["first_response_at"] == (await house.rows(outbox))[0]["sent_at"]


async def test_of_two_agents_one_wins_and_the_other_is_told_who(house: Desks) -> None:
    case, _ = await house.customer_gives_a_two()
    outcomes = await asyncio.gather(
        *(house.casework.claim(case, who) for who in ("Kim", "Lee")), return_exceptions=True
    )
    [refused] = [o for o in outcomes if isinstance(o, ConductorError)]
    winner = (await house.case())["agent"]
    assert winner in str(refused)


async def test_an_anonymous_case_is_taken_too(house: Desks) -> None:
    case, _ = await house.customer_gives_a_two()
    await house.update(cases, case, conversation_id=None, contact_id=None)
    await house.casework.claim(case, "Kim")
    with pytest.raises(ConductorError, match="Kim has this case"):
        await house.casework.claim(case, "Lee")
    await house.casework.resolve(case, "Kim", "late", "Looked into it.")
    assert (await house.case())["status"] == "resolved"


async def test_resolving_needs_a_cause_and_what_was_done(house: Desks) -> None:
    case, _ = await house.customer_gives_a_two()
    with pytest.raises(ConductorError, match="root cause"):
        await house.casework.resolve(case, "Kim", "the moon", "Nothing.")
    with pytest.raises(ConductorError, match="what was done"):
        await house.casework.resolve(case, "Kim", "late", "  ")
    assert (await house.case())["status"] == "new"


async def test_resolved_the_bot_has_the_chat_again_and_the_paused_question_is_asked(house: Desks) -> None:
    case, _ = await house.customer_gives_a_two()
    await house.casework.claim(case, "Kim")
    await house.casework.resolve(case, "Kim", "late", "Sent a new one.")
    [conversation] = await house.rows(conversations)
    assert (conversation["owner"], conversation["agent"]) == ("survey", None)
    assert [row["kind"] for row in await house.rows(inbox)] == ["resume"]
    found = await house.case()
    assert (found["status"], found["root_cause"], found["action_taken"]) == ("resolved", "late", "Sent a new one.")
    assert [(who, kind) for who, kind, _ in await house.audit()] == [
        ("bot", "opened"),
        ("Kim", "status"),
        ("Kim", "handed_back"),
        ("Kim", "status"),
    ]


async def test_a_resolved_case_is_followed_up_then_closed(house: Desks) -> None:
    case, _ = await house.customer_gives_a_two()
    await house.casework.resolve(case, "Kim", "late", "Sent a new one.", resume=False)
    await house.pass_time(1440)
    [invited] = [row for row in await house.rows(inbox) if row["kind"] == "invite"]
    assert json.loads(invited["payload"])["survey"] == "post_recovery"
    assert (await house.case())["follow_up_id"] == json.loads(invited["payload"])["invitation"]
    await house.pass_time(6 * 1440)
    assert (await house.case())["status"] == "closed"
    with pytest.raises(ConductorError, match="can't become open again"):
        await house.casework.reopen(case, "Kim")


async def test_who_is_still_unhappy_opens_the_same_case_again(house: Desks) -> None:
    case, here = await house.customer_gives_a_two()
    await house.casework.resolve(case, "Kim", "late", "Sent a new one.")
    await house.pass_time(1440)
    [row] = await house.rows(conversations)
    invitation = (await house.case())["follow_up_id"]
    again = await house.seed.response(
        (row["contact_id"], here), survey="post_recovery", status="active", invitation_id=invitation
    )
    await house.open_case(row["contact_id"], here, again)
    found = await house.rows(cases)
    assert [(c["id"], c["status"], c["reopened"], c["agent"]) for c in found] == [(case, "reopened", 1, None)]
    assert found[0]["score"] == 2.0
    await house.pass_time(7 * 1440)
    assert (await house.case())["status"] != "closed", "the clock that would close it was stopped"


async def test_a_silent_agent_loses_the_case_and_the_lead_is_told(house: Desks) -> None:
    case, here = await house.customer_gives_a_two()
    await house.casework.claim(case, "Kim")
    await house.takeover.reply(here, "Kim", "One moment.")
    await house.customer_writes(here)
    assert (await house.case())["status"] == "waiting_for_us"
    await house.pass_time(61)
    assert (clocks.AGENT_IDLE, "lead@example.com") in await house.told_to()
    found, [conversation] = await house.case(), await house.rows(conversations)
    assert (found["status"], found["agent"]) == ("new", None)
    assert (conversation["owner"], conversation["agent"]) == ("human", None), "the bot stays silent"


async def test_outside_the_teams_hours_nobody_is_idle(database: Database) -> None:
    office = Team("care", work=WorkingTime(read_hours("Mon-Fri 09:00-17:00", timezone.utc)), lead=LEAD)
    house = Desks(database, Desk({"care": office}, "care"))
    case, here = await house.customer_gives_a_two()
    await house.casework.claim(case, "Kim")
    await house.takeover.reply(here, "Kim", "One moment.")
    house.clock.at = "2026-11-23T16:30:00+00:00"
    await house.customer_writes(here)
    await house.pass_time(61)
    assert (await house.case())["agent"] == "Kim"
    house.clock.at = "2026-11-24T10:01:00+00:00"
    await house.pass_time(0)
    assert (await house.case())["agent"] is None


async def test_a_silent_customer_is_with_the_bot_again_after_a_day(house: Desks) -> None:
    case, here = await house.customer_gives_a_two()
    await house.casework.claim(case, "Kim")
    await house.takeover.reply(here, "Kim", "Did it arrive?")
    await house.pass_time(1441)
    [conversation] = await house.rows(conversations)
    assert conversation["owner"] == "survey"
    assert (await house.case())["status"] == "waiting_for_customer", "the case itself stays open"


async def test_a_transferred_case_is_new_in_the_other_team(house: Desks) -> None:
    case, _ = await house.customer_gives_a_two()
    await house.casework.claim(case, "Kim")
    await house.casework.transfer(case, "Kim", "second", note="Needs the warehouse.")
    found, [conversation] = await house.case(), await house.rows(conversations)
    assert (found["team"], found["agent"], found["status"]) == ("second", None, "new")
    assert (conversation["owner"], conversation["agent"]) == ("human", None)
    assert ("Kim", "note", {"text": "Needs the warehouse."}) in await house.audit()
    assert ("transferred", "https://example.com/h") in await house.told_to()
    with pytest.raises(ConductorError, match='no team "moon"'):
        await house.casework.transfer(case, "Kim", "moon")


async def test_a_snoozed_case_comes_back(house: Desks) -> None:
    case, _ = await house.customer_gives_a_two()
    await house.casework.claim(case, "Kim")
    await house.casework.snooze(case, "Kim", "2026-11-23T16:00:00+01:00")
    await house.pass_time(60)
    assert (await house.case())["snoozed_until"] is not None
    await house.pass_time(121)
    assert (await house.case())["snoozed_until"] is None
    with pytest.raises(ConductorError, match="is over"):
        await house.casework.snooze(case, "Kim", NOON)


async def test_a_takeover_that_nobody_asked_for_is_a_case(house: Desks) -> None:
    _, here = await house.seed.customer()
    await house.takeover.claim(here, "Kim")
    found = await house.case()
    assert (found["reason"], found["agent"], found["status"]) == ("taken_over", "Kim", "assigned")
    assert [row["response_id"] for row in await house.rows(cases)] == [None]
    assert await house.rows(responses) == []


async def test_a_case_that_an_idle_agent_lost_is_told_of_again_until_somebody_takes_it(house: Desks) -> None:
    case, here = await house.customer_gives_a_two()
    await house.casework.claim(case, "Kim")
    await house.takeover.reply(here, "Kim", "One moment.")
    await house.customer_writes(here)
    await house.pass_time(61)
    assert (await house.case())["agent"] is None
    await house.pass_time(61)
    assert (await house.case())["team"] == "second", "nobody took it: it is passed on"
    await house.pass_time(61)
    await house.pass_time(61)
    again = [target for kind, target in await house.told_to() if kind == clocks.UNASSIGNED]
    assert len(again) >= 3, "the last team is told again and again"


async def test_who_takes_a_case_and_says_nothing_loses_it(house: Desks) -> None:
    case, here = await house.customer_gives_a_two()
    await house.casework.claim(case, "Kim")
    await house.casework.transfer(case, "Kim", "care", to_agent="Lee")
    await house.customer_writes(here)
    await house.pass_time(61)
    assert (await house.case())["agent"] is None


async def test_a_person_asked_for_again_is_a_new_promise(house: Desks) -> None:
    case, here = await house.customer_gives_a_two()
    await house.escalation.look()
    await house.casework.claim(case, "Kim")
    await house.takeover.reply(here, "Kim", "Did it arrive?")
    await house.takeover.hand_back(here, "Kim")
    house.clock.forward(300)
    [conversation] = await house.rows(conversations)
    response = conversation["response_id"]
    await house.open_case(conversation["contact_id"], here, response, reason="asked")
    found = await house.case()
    assert (found["id"], found["agent"], found["status"], found["first_response_at"]) == (case, None, "new", None)
    assert found["due_at"] > house.clock.at
    await house.pass_time(1)
    assert [kind for kind, _ in await house.told_to()].count("opened") == 2, "the team is told again"


async def test_a_customer_who_writes_is_not_put_off(house: Desks) -> None:
    case, here = await house.customer_gives_a_two()
    await house.casework.claim(case, "Kim")
    await house.casework.snooze(case, "Kim", "2026-11-25T09:00:00-05:00")
    assert (await house.case())["snoozed_until"] == "2026-11-25T14:00:00.000000+00:00"
    await house.customer_writes(here)
    assert (await house.case())["snoozed_until"] is None


async def test_a_claim_at_the_last_moment_keeps_the_case(house: Desks) -> None:
    case, _ = await house.customer_gives_a_two()
    house.clock.forward(61)
    store = SqlClocks(house.database)
    [due] = [d for d in await store.due(house.clock.at, 50) if d.kind == clocks.UNASSIGNED]
    await house.casework.claim(case, "Kim")
    await house.escalation._strike(due)
    assert ((await house.case())["agent"], (await house.case())["team"]) == ("Kim", "care")
