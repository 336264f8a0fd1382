"""What the inbox reads: whose cases, in which order, what was said in them, and what is known of the customer."""

from __future__ import annotations

import json
from dataclasses import asdict

import pytest
import sqlalchemy as sa

from bot.conversation.state import TO_A_PERSON
from bot.errors import ConductorError
from bot.identity.roles import Role
from bot.storage import case_list, letters
from bot.storage.case_events import log
from bot.storage.case_list import CaseList, Last, Wanted
from bot.storage.case_thread import Event, Line
from bot.storage.catalogue import SqlCatalogue
from bot.storage.engine import Database
from bot.storage.presence import SqlPresence
from bot.storage.tables import agents, case_clocks, contacts, conversations, invitations
from channels.contract import Outbound
from survey_flows.prompt import Choice, Prompt
from tests.storage.inbox_house import NOW, SURVEY, House, at


@pytest.fixture
def house(database: Database) -> House:
    return House(database)


async def test_the_clock_that_runs_out_first_is_on_top(house: House) -> None:
    late = await house.case("15:00")
    soon = await house.case("12:30")
    answered = await house.case("11:30", first_response_at=at("11:20"), resolve_by=at("14:00"))
    assert await house.listed() == [soon, answered, late]


async def test_mine_unassigned_all_and_done(house: House) -> None:
    mine = await house.case(agent="Kim", status="assigned")
    free = await house.case()
    theirs = await house.case(agent="Lee", status="assigned")
    done = await house.case(agent="Kim", status="resolved")
    assert await house.listed("mine") == [mine]
    assert await house.listed("unassigned") == [free]
    assert await house.listed("all") == [mine, free, theirs]
    assert await house.listed("done") == [done]
    counts = await CaseList(house.database).counts("Kim", None, NOW)
    assert (counts.mine, counts.unassigned, counts.all) == (1, 1, 3)


async def test_an_agent_sees_the_cases_of_their_teams_and_their_own(house: House) -> None:
    care = await house.case(team="care")
    own = await house.case("14:00", team="press", agent="Kim", status="assigned")
    foreign = await house.case("15:00", team="press")
    assert await house.listed("all", teams=("care",)) == [care, own]
    with pytest.raises(ConductorError, match=f"no case {foreign} for you"):
        await house.reading(teams=("care",)).thread(foreign)


async def test_a_snoozed_case_is_out_of_the_list_until_its_time(house: House) -> None:
    snoozed = await house.case(snoozed_until=at("18:00"))
    awake = await house.case(snoozed_until=at("11:59"))
    assert await house.listed() == [awake]
    assert await house.listed(snoozed=True) == [snoozed]


async def test_pages_follow_each_other_without_a_gap(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(case_list, "PAGE", 2)
    expected = [await house.case("13:00") for _ in range(5)]
    seen: list[int] = []
    after = ""
    while True:
        page = await CaseList(house.database).page(Wanted("Kim", view="all", after=after), NOW)
        seen += [row.id for row in page.rows]
        if not page.after:
            break
        after = page.after
    assert seen == expected


async def test_the_case_that_is_open_keeps_its_row_where_it_stood(house: House) -> None:
    first, last = await house.case("12:30"), await house.case("14:00")
    claimed = await house.case("13:00", agent="Kim", status="assigned")
    assert await house.listed("unassigned", keep=claimed) == [first, claimed, last]
    assert await house.listed("unassigned", keep=first) == [first, last]
    kept = [(await house.reading().page("unassigned", keep=one)).kept for one in (claimed, first, None)]
    assert kept == [claimed, None, None]
    done = [await house.case(status="resolved") for _ in range(2)]
    assert await house.listed("done", keep=claimed) == [*reversed(done), claimed]


async def test_a_row_is_kept_within_borders_and_not_among_what_was_searched(house: House) -> None:
    foreign = await house.case(team="press")
    assert await house.listed("unassigned", teams=("care",), keep=foreign) == []
    assert await house.listed("unassigned", search="#999", keep=foreign) == []


async def test_a_row_that_is_kept_moves_no_page(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(case_list, "PAGE", 2)
    free = [await house.case("13:00") for _ in range(3)]
    claimed = await house.case("15:00", agent="Kim", status="assigned")
    page = await house.reading().page("unassigned", keep=claimed)
    assert [row.id for row in page.rows] == [*free[:2], claimed]
    assert await house.listed("unassigned", after=page.after) == free[2:]


async def test_a_cursor_that_somebody_made_up_is_refused_in_words(house: House) -> None:
    with pytest.raises(ConductorError, match="changed"):
        await house.listed(after="nonsense")


async def test_a_row_tells_who_waits_since_when_and_for_how_long_we_may_write(house: House) -> None:
    customer = await house.customer("whatsapp", "Ada")
    here = customer[1]
    values = {"provider": "twilio_whatsapp", "last_inbound_at": "2026-11-22T14:00:00.000000+00:00"}
    async with house.database.write() as connection:
        await connection.execute(sa.update(conversations).where(conversations.c.id == here).values(**values))
    await house.said(here, "It came broken", "11:00")
    await house.sent(here, "I am sorry!", "11:10", role="agent", sender="Kim")
    await house.said(here, "And now?", "11:20")
    await house.said(here, "Hello?", "11:40")
    kind = {"channel": "whatsapp", "status": "waiting_for_us", "agent": "Kim", "first_response_at": at("11:10")}
    await house.case("12:30", customer=customer, score=2.0, band="detractor", metric="nps", **kind)
    [row] = (await house.reading().page("mine")).rows
    assert (row.name, row.last) == ("Ada", Last("Hello?"))
    assert row.waiting_since == at("11:20")
    assert row.window == 2 * 3600
    assert (row.score, row.band) == (2.0, "detractor")


async def test_a_row_shows_the_customers_last_words_whoever_spoke_after_them(house: House) -> None:
    bot, agent = await house.customer("sms", "Ada"), await house.customer("sms", "Ben")
    for customer in (bot, agent):
        await house.said(customer[1], "It came broken", "11:00")
        await house.sent(customer[1], "Thank you. What went wrong?", "11:01")
        await house.case(customer=customer)
    await house.sent(agent[1], "I am sorry!", "11:10", role="agent", sender="Kim")
    shown = [row.last for row in (await house.reading().page("all")).rows]
    assert shown == [Last("It came broken", True, "bot"), Last("It came broken", True, "agent", "Kim")]


async def test_after_a_key_the_row_shows_what_the_customer_said_before(house: House) -> None:
    told, pressed = await house.customer("voice", "Ada"), await house.customer("voice", "Ben")
    for customer in (told, pressed):
        await house.said(customer[1], "", "11:01", payload=json.dumps({"keys": "1"}))
    await house.case("12:30", customer=told, verbatim="It came broken")
    await house.case("13:00", customer=pressed)
    shown = [(row.last.words, row.last.keys) for row in (await house.reading().page("all")).rows]
    assert shown == [("It came broken", "1"), ("", "1")]


async def test_what_we_said_stands_there_only_where_the_customer_said_nothing(house: House) -> None:
    silent, scored = await house.customer("sms", "Ada"), await house.customer("sms", "Ben")
    for customer in (silent, scored):
        await house.sent(customer[1], "", "11:01", payload=json.dumps({"text": "", "prompt": {"text": "How was it?"}}))
    await house.case("12:30", customer=silent)
    await house.case("13:00", customer=scored, verbatim="It came broken")
    shown = [row.last for row in (await house.reading().page("all")).rows]
    assert shown == [Last("How was it?", False, "bot"), Last("It came broken", True, "bot")]


@pytest.mark.parametrize(
    ("opted_out_at", "heard_at", "stands"),
    [
        (None, at("11:00"), "given"),
        (at("11:00"), None, "stopped"),
        (at("11:00"), at("11:00"), "stopped"),
        (at("11:00"), at("11:30"), "wrote_again"),
    ],
)
async def test_after_stop_a_row_and_a_case_say_whether_an_answer_may_go(
    house: House, opted_out_at: str | None, heard_at: str | None, stands: str
) -> None:
    customer = await house.customer("sms", "Ada")
    async with house.database.write() as connection:
        await connection.execute(sa.update(contacts).values(opted_out_at=opted_out_at))
        await connection.execute(sa.update(conversations).values(last_inbound_at=heard_at))
    case = await house.case(customer=customer)
    [row] = (await house.reading().page("all")).rows
    thread = await house.reading().thread(case)
    assert (row.consent, thread.consent) == (stands, stands)


async def test_a_case_is_at_risk_when_its_clock_said_so_and_late_when_its_time_is_over(house: House) -> None:
    fine, risky, late = await house.case("14:00"), await house.case("13:00"), await house.case("11:30")
    struck = sa.update(case_clocks).where(case_clocks.c.case_id == risky).values(struck_at=at("11:59"))
    async with house.database.write() as connection:
        await connection.execute(struck)
    risks = {row.id: row.risk for row in (await house.reading().page("all")).rows}
    assert risks == {fine: "", risky: "at_risk", late: "late"}


async def test_a_thread_has_answers_in_place_notes_and_what_was_not_sent(house: House) -> None:
    await SqlCatalogue(house.database).publish(SURVEY, NOW, "parcel.yml")
    [survey] = await SqlCatalogue(house.database).published()
    customer = await house.customer()
    here = customer[1]
    response = await house.response(customer, fingerprint=survey.survey.fingerprint)
    first = await house.said(here, "a solid 2", "11:00")
    await house.answer(response, 2, inbox_id=first, band="detractor")
    case = await house.case(customer=customer)
    await house.sent(here, "What went wrong?", "11:00", status="withheld", error="A person took over.")
    async with house.database.write() as connection:
        await log(connection, case, at("11:05"), "Kim", "note", {"text": "Ring her up."})
    await house.sent(here, "I am sorry!", "11:06", role="agent", sender="Kim", status="read")

    items = (await house.reading().thread(case)).items
    said, unsent, note, reply = items
    assert isinstance(said, Line)
    assert [(a.label, a.band) for a in said.answers] == [("2", "detractor")]
    [asked] = said.answers
    assert asked.question == "How likely are you to recommend us?"
    assert isinstance(unsent, Line)
    assert (unsent.status, unsent.error) == ("withheld", "A person took over.")
    assert isinstance(note, Event)
    assert (note.kind, note.text) == ("note", "Ring her up.")
    assert isinstance(reply, Line)
    assert (reply.by, reply.status) == ("agent", "read")


async def test_what_was_said_to_an_anonymous_survey_is_not_shown_with_a_name(house: House) -> None:
    """Somebody asks for a person in the middle of it: they give their name, not their answers."""
    customer = await house.customer("sms", "Ada")
    here = customer[1]
    response = await house.response(
        customer, contact_id=None, conversation_id=here, status="paused", started_at=at("10:00")
    )
    async with house.database.write() as connection:
        mine = conversations.c.id == here
        await connection.execute(sa.update(conversations).where(mine).values(response_id=response, owner="human"))
    said = await house.said(here, "My boss shouts", "10:30")
    await house.answer(response, "My boss shouts", metric="", type="text", inbox_id=said)
    case = await house.case(customer=customer, reason="asked", opened_at=at("11:00"))
    await house.said(here, "Hello, are you there?", "11:10", understood=json.dumps(TO_A_PERSON))
    thread = await house.reading().thread(case)
    assert "boss" not in repr(thread)
    assert [item.text for item in thread.items if isinstance(item, Line)] == ["Hello, are you there?"]
    assert "boss" not in repr((await house.reading().page("all")).rows)


async def test_nor_in_an_older_case_of_the_same_customer_nor_by_searching(house: House) -> None:
    customer = await house.customer("sms", "Ada")
    here = customer[1]
    case = await house.case(customer=customer, opened_at=at("09:00"))
    await house.said(here, "The box was wet", "09:30")
    response = await house.response(customer, contact_id=None, status="active", started_at=at("10:00"))
    async with house.database.write() as connection:
        mine = conversations.c.id == here
        await connection.execute(sa.update(conversations).where(mine).values(response_id=response))
    await house.said(here, "My boss shouts", "10:30", understood='{"intent": "survey_answer"}')
    await house.said(here, "He shouts again", "10:31", status="new")
    await house.sent(here, "Why does he shout?", "10:32")
    thread = await house.reading().thread(case)
    assert [item.text for item in thread.items if isinstance(item, Line)] == ["The box was wet"]
    assert await house.listed(search="shout") == []
    assert await house.listed(search="wet") == [case]


async def test_a_thread_shows_the_buttons_that_the_customer_saw(house: House) -> None:
    customer = await house.customer("web", "Ada")
    case = await house.case(customer=customer)
    choices = tuple(Choice(n, str(n)) for n in range(11))
    doubt = Prompt("score", "scale", "Did you mean 8 or 9?", "en", choices, meant=(8, 9))
    payload = letters.payload(Outbound(prompt=doubt, role="question"))
    await house.sent(customer[1], "", "11:02", payload=payload)
    thread = await house.reading().thread(case)
    assert [item.choices for item in thread.items if isinstance(item, Line)] == [("8", "9")]


async def test_the_other_chat_of_a_case_is_shown_with_it(house: House) -> None:
    customer = await house.customer("sms", "Ada")
    facts = {"contact_id": customer[0], "provider": "web", "channel": "whatsapp", "address": "+491", "language": "en"}
    there = await house.insert(conversations, **facts, created_at=NOW)
    case = await house.case(customer=customer)
    await house.said(customer[1], "2", "11:00")
    await house.said(there, "1", "11:30")
    async with house.database.write() as connection:
        data = {"reason": "score", "score": 1, "metric": "nps", "channel": "whatsapp", "conversation": there}
        await log(connection, case, at("11:31"), "bot", "added", data)
    thread = await house.reading().thread(case)
    said = [(item.text, item.channel) for item in thread.items if isinstance(item, Line)]
    assert said == [("2", ""), ("1", "whatsapp")]


async def test_an_anonymous_case_has_no_conversation_and_no_customer(house: House) -> None:
    case = await house.case(contact_id=None, conversation_id=None)
    thread = await house.reading().thread(case)
    assert (thread.name, thread.address, thread.owner) == ("", "", "")
    assert await house.reading().customer(thread) is None


async def test_the_customer_across_channels(house: House) -> None:
    customer = await house.customer("sms", "Ada")
    other = {"contact_id": customer[0], "provider": "telegram", "channel": "telegram", "address": "t1"}
    await house.insert(conversations, **other, language="en", created_at=NOW)
    await SqlCatalogue(house.database).publish(SURVEY, NOW, "parcel.yml")
    [survey] = await SqlCatalogue(house.database).published()
    response = await house.response(customer, fingerprint=survey.survey.fingerprint)
    await house.answer(response, 2, band="detractor")
    asked = {"contact_id": customer[0], "conversation_id": customer[1], "survey_key": "parcel", "channel": "sms"}
    await house.insert(invitations, **asked, status="sent", created_at=NOW, sent_at=NOW)
    case = await house.case(customer=customer)
    found = await house.reading().customer(await house.reading().thread(case))
    assert found is not None
    assert [place.channel for place in found.places] == ["sms", "telegram"]
    assert [taken.scores for taken in found.responses] == [(("nps", 2.0, "detractor"),)]
    assert [c["id"] for c in found.cases] == [case]
    assert len(found.invitations) == 1
    assert found.titles == {"delivery_nps": "delivery_nps", "parcel": "Parcel"}  # the first is not published


SECRET = "Geheimnis"


async def test_an_analyst_reads_no_name_no_address_and_no_word_of_anybody(house: House) -> None:
    """The word stands in every place that somebody can write into; not one of them may let it through."""
    await SqlCatalogue(house.database).publish(SURVEY, NOW, "parcel.yml")
    [survey] = await SqlCatalogue(house.database).published()
    customer = await house.customer("sms", SECRET)
    here = customer[1]
    async with house.database.write() as connection:
        attributes = json.dumps({"tier": SECRET})
        await connection.execute(sa.update(contacts).values(attributes=attributes))
        await connection.execute(sa.update(conversations).values(address=SECRET))
    response = await house.response(customer, fingerprint=survey.survey.fingerprint)
    said = await house.said(here, SECRET, "11:00")
    await house.answer(response, 2, inbox_id=said, band="detractor", raw=SECRET)
    await house.answer(response, SECRET, node="why", metric="", type="text", inbox_id=said)
    await house.sent(here, f"Hello {SECRET}", "11:01", status="failed", error=f"No number: {SECRET}")
    case = await house.case(customer=customer, verbatim=SECRET, action_taken=SECRET, score=2.0)
    async with house.database.write() as connection:
        await log(connection, case, at("11:05"), "Kim", "note", {"text": SECRET})
        await log(connection, case, at("11:05"), "Kim", "status", {"from": "new", "to": "resolved", "action": SECRET})
    analyst = house.reading(Role.ANALYST)

    thread = await analyst.thread(case)
    customer_seen = await analyst.customer(thread)
    assert customer_seen is not None
    seen = [*(await analyst.page("all")).rows, thread, customer_seen]
    for what in seen:
        assert SECRET not in repr(asdict(what)), type(what)
    assert thread.case["score"] == 2.0
    assert (await analyst.page("all", search=SECRET)).rows == [], "searching would tell who it is"
    agent = house.reading()
    assert SECRET in repr(await agent.thread(case)), "the test must be able to fail"


async def test_live_counts_and_who_is_here(house: House) -> None:
    await SqlCatalogue(house.database).publish(SURVEY, NOW, "parcel.yml")
    kim = await house.insert(agents, login="kim", name="Kim", role="agent", created_at=NOW)
    lee = await house.insert(agents, login="lee", name="Lee", role="agent", created_at=NOW)
    await house.insert(agents, login="ana", name="Ana", role="analyst", created_at=NOW)
    await house.case("11:00")
    case = await house.case("14:00", agent="Kim", status="waiting_for_us")
    presence = SqlPresence(house.database)
    assert await presence.beat(kim, "page-1", case, True, NOW)
    assert not await presence.beat(kim, "page-1", case, True, NOW)
    assert await presence.beat(kim, "page-1", case, False, NOW)

    now = await house.reading().now()
    assert [(t.team, t.open, t.unassigned, t.late) for t in now.teams] == [("care", 2, 1, 1)]
    assert [(a.name, a.here, a.open, a.waiting) for a in now.agents] == [("Kim", True, 1, 1), ("Lee", False, 0, 0)]
    assert [looking.agent for looking in await presence.looking(case, lee, NOW)] == ["Kim"]
    assert await presence.looking(case, kim, NOW) == []
    assert await presence.looking(case, lee, at("12:01")) == [], "a page that says nothing any more is closed"


async def test_a_page_is_its_agents_own(house: House) -> None:
    kim = await house.insert(agents, login="kim", name="Kim", role="agent", created_at=NOW)
    lee = await house.insert(agents, login="lee", name="Lee", role="agent", created_at=NOW)
    case = await house.case()
    presence = SqlPresence(house.database)
    await presence.beat(kim, "page-1", case, False, NOW)
    await presence.gone(lee, "page-1")
    assert [looking.agent for looking in await presence.looking(case, lee, NOW)] == ["Kim"]
