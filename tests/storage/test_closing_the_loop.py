"""Moments at which two things happen to a case at once, and customers with more than one case or chat."""

from __future__ import annotations

import json
from typing import Any

import pytest

from bot.conversation.consent import OPTED_OUT
from bot.conversation.state import PERSON_HAS_IT, Conversation, Outcome
from bot.errors import ConductorError
from bot.recovery import clocks
from bot.recovery.escalation import Due
from bot.storage.anonymity import forget
from bot.storage.case_clocks import SqlClocks
from bot.storage.engine import Database
from bot.storage.invitations import ask_here
from bot.storage.store import SqlStore
from bot.storage.tables import case_clocks, cases, contacts, conversations, inbox, invitations, outbox
from bot.telemetry.logs import JsonLines
from channels.contract import Inbound
from tests.storage.desk_house import Desks


@pytest.fixture
def house(database: Database) -> Desks:
    return Desks(database)


async def answered(house: Desks) -> tuple[int, int]:
    """An agent has answered, and the customer's day of silence is over."""
    case, here = await house.customer_gives_a_two()
    await house.casework.claim(case, "Kim")
    await house.takeover.reply(here, "Kim", "Did it arrive?")
    await house.deliver()
    house.clock.forward(1441)
    return case, here


async def idle_clock(house: Desks) -> Due:
    due = await SqlClocks(house.database).due(house.clock.at, 50)
    return next(one for one in due if one.kind == clocks.CUSTOMER_IDLE)


async def test_who_writes_at_the_very_moment_of_the_hand_back_stays_with_the_person(house: Desks) -> None:
    _, here = await answered(house)
    due = await idle_clock(house)
    await house.customer_writes(here)
    await house.escalation._strike(due)
    [conversation] = await house.rows(conversations)
    assert (conversation["owner"], conversation["agent"]) == ("human", "Kim")
    assert (await house.case())["status"] == "waiting_for_us"
    running = {row["kind"] for row in await house.rows(case_clocks) if row["struck_at"] is None}
    assert clocks.AGENT_IDLE in running


async def test_a_message_that_is_not_handled_yet_counts_too(house: Desks) -> None:
    await answered(house)
    due = await idle_clock(house)
    [row] = await house.rows(conversations)
    store = SqlStore(house.database)
    await store.accept(Inbound("web", row["channel"], "m1", row["address"], "yes"), house.clock.now())
    await house.escalation._strike(due)
    [conversation] = await house.rows(conversations)
    assert conversation["owner"] == "human"


async def test_a_clock_that_fails_keeps_no_other_from_striking_and_is_tried_again(
    house: Desks, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.handler.setFormatter(JsonLines())
    first, whose = await house.customer_gives_a_two()
    second, _ = await house.customer_gives_a_two()
    strike = house.escalation._store.strike
    broken = True

    async def fails_for_the_first(due: Due, *rest: Any) -> bool:
        if due.case.id == first and broken:
            raise RuntimeError("broken")
        return await strike(due, *rest)

    house.escalation._store.strike = fails_for_the_first  # type: ignore[method-assign]
    await house.pass_time(0)
    assert house.told == [(second, "opened")]
    assert {json.loads(line)["conversation"] for line in caplog.text.splitlines()} == {whose}
    broken = False
    await house.pass_time(1)
    assert house.told == [(second, "opened"), (first, "opened")]


async def test_while_another_case_of_the_chat_is_open_the_person_keeps_it(house: Desks) -> None:
    case, here = await house.customer_gives_a_two()
    [row] = await house.rows(conversations)
    other = await house.seed.insert(
        cases,
        **{"contact_id": row["contact_id"], "conversation_id": here, "channel": "sms", "reason": "score"},
        **{"touchpoint": "support", "team": "care", "priority": "high", "opened_at": house.clock.at},
        due_at="2026-11-24T12:00:00+00:00",
    )
    await house.casework.claim(case, "Kim")
    await house.casework.resolve(case, "Kim", "late", "Sent a new one.")
    [row] = await house.rows(conversations)
    assert (row["owner"], row["agent"]) == ("human", "Kim"), "the other case is open, and Kim has it"
    await house.casework.resolve(other, "Kim", "staff", "Apologised.")
    [row] = await house.rows(conversations)
    assert row["owner"] == "survey"


async def unhappy_again(house: Desks) -> None:
    """The follow-up's score is low, too."""
    [row] = await house.rows(conversations)
    invitation = (await house.case())["follow_up_id"]
    customer = row["contact_id"], row["id"]
    again = await house.seed.response(customer, survey="post_recovery", status="active", invitation_id=invitation)
    await house.open_case(*customer, again, score=1.0)


async def test_a_case_that_is_open_again_already_keeps_its_clocks_and_its_score(house: Desks) -> None:
    case, _ = await house.customer_gives_a_two()
    await house.casework.resolve(case, "Kim", "late", "Sent a new one.")
    await house.pass_time(1440)
    await unhappy_again(house)
    reopened = await house.case()
    house.clock.forward(10)
    await unhappy_again(house)
    again = await house.case()
    assert (again["status"], again["reopened"], again["score"]) == ("reopened", 1, 2.0)
    assert again["due_at"] == reopened["due_at"], "the sooner promise counts"
    missed = [row for row in await house.rows(case_clocks) if row["kind"] == clocks.FIRST_RESPONSE_MISSED]
    assert [row["at"] for row in missed if row["struck_at"] is None] == [again["due_at"]]


async def test_a_closed_case_stays_closed_and_a_new_one_is_opened(house: Desks) -> None:
    case, _ = await house.customer_gives_a_two()
    await house.casework.resolve(case, "Kim", "late", "Sent a new one.")
    await house.pass_time(1440)
    await house.pass_time(7 * 1440)
    await unhappy_again(house)
    assert [(row["id"], row["status"]) for row in await house.rows(cases)] == [(case, "closed"), (case + 1, "new")]


async def test_a_low_score_on_another_channel_is_added_to_the_customers_case(house: Desks) -> None:
    case, here = await house.customer_gives_a_two()
    [row] = await house.rows(conversations)
    there = await house.seed.insert(
        conversations,
        **{
            "contact_id": row["contact_id"],
            "provider": "web",
            "channel": "whatsapp",
            "address": "+491",
            "language": "en",
        },
        created_at=house.clock.at,
    )
    response = await house.seed.response((row["contact_id"], there), status="active")
    await house.open_case(row["contact_id"], there, response, score=1.0, channel="whatsapp")
    [found] = await house.rows(cases)
    assert (found["id"], found["conversation_id"], found["score"]) == (case, here, 1.0)
    added = {"reason": "score", "score": 1.0, "metric": "nps", "channel": "whatsapp", "conversation": there}
    assert ("bot", "added", added) in await house.audit()


async def test_every_change_says_from_what_to_what(house: Desks) -> None:
    case, here = await house.customer_gives_a_two()
    await house.casework.claim(case, "Kim")
    await house.casework.snooze(case, "Kim", "2026-11-23T12:10:00+00:00")
    await house.pass_time(10)
    await house.casework.snooze(case, "Kim", "2026-11-23T18:00:00+00:00")
    await house.customer_writes(here)
    await house.pass_time(61)
    await house.casework.resolve(case, "Lee", "late", "Sent a new one.")
    await house.pass_time(8 * 1440)
    audit = [(who, kind, data.get("from"), data.get("to")) for who, kind, data in await house.audit()]
    for change in (
        ("Kim", "snoozed", "assigned", "snoozed"),
        ("conductor", "woken", "snoozed", "assigned"),
        ("customer", "woken", "snoozed", "assigned"),
        ("conductor", "agent_idle", "waiting_for_us", "new"),
        ("conductor", "closed", "resolved", "closed"),
    ):
        assert change in audit


async def test_after_stop_nothing_goes_out_until_the_customer_writes_again(house: Desks) -> None:
    _, here = await house.customer_gives_a_two()
    await house.takeover.claim(here, "Kim")
    await house.takeover.reply(here, "Kim", "One moment.", hold=5)
    contact = (await house.rows(contacts))[0]["id"]
    await house.update(contacts, contact, opted_out_at=house.clock.at)
    with pytest.raises(ConductorError, match="said STOP"):
        await house.takeover.reply(here, "Kim", "Are you there?")
    house.clock.forward(1)
    await house.deliver()
    assert [(row["status"], row["error"]) for row in await house.rows(outbox)] == [("withheld", OPTED_OUT)]
    await house.customer_writes(here, "and my refund?")
    await house.takeover.reply(here, "Kim", "It is on its way.")
    await house.deliver()
    assert [message.text for _, message in house.sender.taken] == ["It is on its way."]


async def test_who_said_stop_is_not_told_that_the_bot_is_back(house: Desks) -> None:
    _, here = await house.customer_gives_a_two()
    await house.takeover.claim(here, "Kim")
    contact = (await house.rows(contacts))[0]["id"]
    await house.update(contacts, contact, opted_out_at=house.clock.at)
    await house.takeover.hand_back(here, "Kim", resume=False)
    assert await house.rows(outbox) == []


async def forget_from_another_channel(house: Desks, here: int) -> int:
    """The customer writes "delete my data" on WhatsApp. Returns the conversation in which the first chat goes on."""
    [row] = await house.rows(conversations)
    facts = {"contact_id": row["contact_id"], "provider": "web", "channel": "whatsapp", "address": "+491"}
    there = await house.seed.insert(conversations, **facts, language="en", created_at=house.clock.at)
    forgotten = Conversation(there, row["contact_id"], "web", "whatsapp", "+491", "en", "bot")
    async with house.database.write() as connection:
        await forget(connection, forgotten, house.clock.at)
    return next(c["id"] for c in await house.rows(conversations) if c["address"] == row["address"])


async def test_a_chat_goes_on_after_the_data_were_deleted_and_knows_nothing_of_before(house: Desks) -> None:
    case, here = await house.customer_gives_a_two()
    await house.update(cases, case, verbatim="The box was wet")
    await house.casework.claim(case, "Kim")
    await house.casework.note(case, "Kim", "Ada lives in a yellow house.")
    goes_on = await forget_from_another_channel(house, here)
    found = await house.case()
    assert (found["conversation_id"], found["agent"], found["status"]) == (goes_on, "Kim", "assigned")
    known = ("response_id", "survey_key", "score", "metric", "verbatim", "transcript", "action_taken")
    assert [found[name] for name in known] == [None, None, None, "", "", "[]", None]
    await house.takeover.hand_back(goes_on, "Kim", resume=False)  # Kim still has it
    assert not any("yellow" in str(row) for row in await house.audit())
    kinds = [kind for _, kind, _ in await house.audit()]
    assert kinds[:4] == ["opened", "status", "note", "forgotten"], "that something happened stays"


async def test_cases_without_a_person_lose_who_it_was_and_what_was_said(house: Desks) -> None:
    case, here = await house.customer_gives_a_two()
    await house.casework.resolve(case, "Kim", "late", "Sent a new one to Ada.", resume=False)
    await forget_from_another_channel(house, here)
    found = await house.case()
    assert (found["conversation_id"], found["contact_id"], found["score"]) == (None, None, 2.0)
    assert (found["root_cause"], found["action_taken"]) == ("late", None)
    assert not any("Ada" in str(row) for row in await house.audit())
    await house.pass_time(1441)
    assert (await house.case())["follow_up_id"] is None, "nobody is asked"


async def test_what_waited_for_a_forgotten_customer_waits_no_more(house: Desks) -> None:
    _, here = await house.customer_gives_a_two()
    contact = (await house.rows(contacts))[0]["id"]
    asked = {"contact_id": contact, "conversation_id": here, "survey_key": "nps", "channel": "sms", "status": "queued"}
    await house.seed.insert(invitations, **asked, created_at=house.clock.at)
    facts = {"conversation_id": here, "provider": "conductor", "message_id": "invite-1", "kind": "invite"}
    await house.seed.insert(inbox, **facts, status="waiting", received_at=house.clock.at)
    await forget_from_another_channel(house, here)
    assert [(row["status"]) for row in await house.rows(inbox)] == ["done"]
    assert [(row["status"], row["reason"]) for row in await house.rows(invitations)] == [("skipped", None)]


async def test_what_waits_says_why_and_forgets_it_when_its_turn_comes(house: Desks) -> None:
    _, here = await house.customer_gives_a_two()
    await house.takeover.claim(here, "Kim")
    async with house.database.write() as connection:
        invitation = await ask_here(connection, "post_recovery", here, house.clock.at)
    store = SqlStore(house.database)
    message, conversation = (await store.next_message(here)) or pytest.fail("no invitation")
    await store.commit(Outcome(message, conversation, house.clock.at, wait=PERSON_HAS_IT))
    assert [(r["status"], r["waits_for"]) for r in await house.rows(inbox)] == [("waiting", PERSON_HAS_IT)]
    assert [(r["id"], r["status"], r["reason"]) for r in await house.rows(invitations)] == [
        (invitation, "queued", PERSON_HAS_IT)
    ]
    await house.takeover.hand_back(here, "Kim", resume=False)
    assert [(r["status"], r["waits_for"]) for r in await house.rows(inbox)] == [("new", None)]
