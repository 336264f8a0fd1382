"""What agents read of a case, and of what goes on, is sentences: no codes, no ids."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from bot.console.cases import showing
from bot.console.desk.pages import _environment
from bot.console.desk.words import LANGUAGES, Words
from bot.console.playground.asking import MADE_UP
from bot.identity.roles import Role
from bot.storage.case_events import log
from bot.storage.tables import contacts, conversations, responses
from survey_flows import engine, serialise
from survey_flows.session import Context
from tests.console.desk.client import Desk
from tests.storage.inbox_house import House, at

INBOX = "/console/inbox"
ASKS_BY_NAME = """
format: 1
key: mini
title: {en: Mini, de: Mini}
touchpoint: delivery
languages: [en, de]
attributes: {name: {type: text, fallback: {en: there, de: Sie}}}
questions:
  - {id: score, type: nps, text: {en: "{contact.name}, would you?", de: "{contact.name}, würden Sie uns empfehlen?"}}
endings: {done: {text: {en: Bye., de: Tschüs.}}}
"""


@pytest.fixture
def house(desk: Desk) -> House:
    return House(desk.conductor.database)


@pytest.mark.parametrize(("hours", "put_off"), [(5, True), (-5, False)])
async def test_a_case_that_is_put_off_says_so(desk: Desk, house: House, hours: int, put_off: bool) -> None:
    until = datetime.fromisoformat(desk.conductor.clock.now()) + timedelta(hours=hours)
    case = await house.case(snoozed_until=until.isoformat(timespec="microseconds"))
    page = await (await desk.signed_in()).get(f"{INBOX}?view=all&case={case}")
    assert ("put off until" in page.words) is put_off


async def test_where_nothing_is_put_off_it_says_so(desk: Desk, house: House) -> None:
    await house.case()
    page = await (await desk.signed_in()).get(f"{INBOX}?view=all&snoozed=1")
    assert "Nothing is put off." in page.words


@pytest.mark.parametrize(("owner", "opened"), [("Kim", "Mine"), (None, "Unassigned")])
async def test_the_inbox_opens_where_there_are_cases(desk: Desk, house: House, owner: str | None, opened: str) -> None:
    await house.case(agent=owner)
    page = await (await desk.signed_in()).get(INBOX)
    assert f'aria-current="page">{opened} ' in page.text


async def test_who_has_no_case_is_shown_the_way_to_those_that_nobody_has(desk: Desk, house: House) -> None:
    await house.case()
    page = await (await desk.signed_in()).get(f"{INBOX}?view=mine")
    assert "Go to Unassigned (1)" in page.words
    assert "As soon as a case stands on the left" in page.words


async def test_what_comes_about_by_itself_is_told_without_who_did_it(desk: Desk, house: House) -> None:
    case = await house.case()
    async with desk.conductor.database.write() as connection:
        for actor, kind in (("conductor", "first_response_missed"), ("customer", "woken"), ("Kim", "snoozed")):
            await log(connection, case, desk.conductor.clock.now(), actor, kind, {})
    page = await (await desk.signed_in()).get(f"{INBOX}?view=all&case={case}")
    assert "The first answer is late" in page.words
    assert "It is back in the list" in page.words
    assert "You put it off" in page.words


@pytest.mark.parametrize(
    ("language", "mine", "theirs", "wrote"),
    [
        ("en", "You changed the status from New to Assigned", "Lee changed the status from Assigned to Resolved",
         "Customer wrote; the status went from Assigned to Waiting for us"),
        ("de", "Sie haben den Status von „Neu“ auf „Übernommen“ geändert",
         "Lee hat den Status von „Übernommen“ auf „Gelöst“ geändert",
         "Kunde hat geschrieben; der Status ging von „Übernommen“ auf „Wartet auf uns“"),
    ],
)  # fmt: skip
async def test_a_change_is_told_in_a_sentence_to_whoever_made_it_and_to_others(
    desk: Desk, house: House, language: str, mine: str, theirs: str, wrote: str
) -> None:
    case, now = await house.case(), desk.conductor.clock.now()
    async with desk.conductor.database.write() as connection:
        await log(connection, case, now, "Kim", "status", {"from": "new", "to": "assigned"})
        await log(connection, case, now, "customer", "status", {"from": "assigned", "to": "waiting_for_us"})
        await log(connection, case, now, "Lee", "status", {"from": "assigned", "to": "resolved"})
    page = await (await desk.signed_in(language=language)).get(f"{INBOX}?view=all&case={case}")
    assert mine in page.words
    assert wrote in page.words
    assert "→" not in page.words
    resolved = {"en": "Lee resolved it", "de": "Lee hat ihn gelöst"}[language]
    assert resolved in page.words
    assert theirs not in page.words, "it has a sentence of its own"


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_an_agent_does_is_told_to_themselves_as_well(language: str) -> None:
    """Every deed of an agent's has a sentence in the second person."""
    known = Words(language).part("inbox.events")
    deeds = {"opened", "status", "resolved", "transferred", "snoozed", "handed_back", "reopened"}
    assert deeds <= set(known)
    assert set(Words(language).part("inbox.your_events")) == deeds


async def test_a_case_begins_with_the_customers_own_words_each_a_quote(desk: Desk, house: House) -> None:
    said = "The box was wet\nNobody picked up <the phone>"
    case = await house.case(verbatim=said, metric="nps", score=2.0, band="detractor")
    page = await (await desk.signed_in()).get(f"{INBOX}/cases/{case}")
    quotes = re.findall(r'<q dir="auto">(.*?)</q>', page.text)
    assert quotes == ["The box was wet", "Nobody picked up &lt;the phone&gt;"]
    assert "NPS 2 The box was wet" in page.words, "beside the score"
    assert page.words.count("NPS 2") == 2, "once there, once among the customer's cases"


async def test_a_case_without_words_begins_with_its_score(desk: Desk, house: House) -> None:
    case = await house.case(metric="nps", score=2.0, band="detractor")
    page = await (await desk.signed_in()).get(f"{INBOX}/cases/{case}")
    assert "<q" not in page.text
    assert "Anna NPS 2" in page.words


async def stopped(desk: Desk, house: House, heard_at: str) -> int:
    """A case of somebody who said STOP at eleven, and wrote last at `heard_at`."""
    customer = await house.customer("sms", "Ada")
    async with desk.conductor.database.write() as connection:
        await connection.execute(sa.update(contacts).values(opted_out_at=at("11:00")))
        await connection.execute(sa.update(conversations).values(last_inbound_at=at(heard_at)))
    return await house.case(customer=customer)


async def test_who_said_stop_and_wrote_again_may_be_answered_and_the_page_says_so(desk: Desk, house: House) -> None:
    case = await stopped(desk, house, "11:30")
    page = await (await desk.signed_in()).get(f"{INBOX}?view=all&case={case}")
    assert "said STOP on 2026-11-23 ; wrote again, so you may answer" in page.words
    assert "Said STOP and wrote again: you may answer" in page.words, "in the list"
    assert "nothing may be sent" not in page.words


async def test_who_said_stop_and_is_silent_since_gets_nothing_and_the_page_says_so(desk: Desk, house: House) -> None:
    case = await stopped(desk, house, "11:00")
    page = await (await desk.signed_in()).get(f"{INBOX}?view=all&case={case}")
    assert "said STOP on 2026-11-23 and has not written here since" in page.words
    assert "Said STOP: nothing may be sent" in page.words, "in the list"
    assert "When they write again you can answer" in page.words, "in place of the reply"


@pytest.mark.parametrize(
    ("sender", "role", "mark"), [("bot", "notice", "↩ Bot"), ("Lee", "agent", "↩ Lee"), ("Kim", "agent", "↩ You")]
)
async def test_a_row_has_the_customers_words_and_who_spoke_after_them(
    desk: Desk, house: House, sender: str, role: str, mark: str
) -> None:
    customer = await house.customer("sms", "Ada")
    await house.said(customer[1], "It came broken", "11:00")
    await house.sent(customer[1], "I am sorry!", "11:10", role=role, sender=sender)
    await house.case(customer=customer)
    page = await (await desk.signed_in()).get(f"{INBOX}/list?view=all")
    assert f"It came broken {mark}" in page.words
    assert "I am sorry" not in page.words


async def test_a_playgrounds_made_up_address_is_no_name(desk: Desk, house: House) -> None:
    customer = await house.customer("web", None)
    async with desk.conductor.database.write() as connection:
        await connection.execute(sa.update(conversations).values(address="playground-web-0123abcd"))
    case = await house.case(customer=customer, team="second_line")
    page = await (await desk.signed_in()).get(f"{INBOX}?view=all&case={case}")
    assert page.words.count("Playground visitor abcd") == 3, "row, case, customer"
    assert "playground-web" not in page.words
    assert "Second line" in page.words
    assert "second_line" not in page.words


def test_the_playground_makes_addresses_up_as_the_console_takes_them() -> None:
    script = Path("bot/console/playground/static/app.js").read_text(encoding="utf-8")
    assert f"`{MADE_UP}${{channel}}-" in script


async def in_a_survey(desk: Desk, house: House, **values: Any) -> tuple[int, int]:
    """Somebody who is asked the first question."""
    conductor = desk.conductor
    await conductor.catalogue.publish(ASKS_BY_NAME, conductor.clock.now(), "mini.yml", Path())
    survey, now = await conductor.catalogue.live("mini"), conductor.clock.now()
    begun = engine.start(survey, Context("web", "en", 1, now, attributes={"name": "Ada"}))
    customer = await house.customer("web", "Ada")
    await house.response(
        customer, survey="mini", fingerprint=survey.fingerprint, status="active",
        session=serialise.dumps(begun.session), expires_at="2099-01-01", ended_at=None, **values,
    )  # fmt: skip
    return customer


@pytest.mark.parametrize(
    ("agent", "language", "said"),
    [
        ("Lee", "en", "Lee has the conversation The survey waits at:"),
        (None, "en", "A person has the conversation The survey waits at:"),
        ("Lee", "de", "Lee hat den Chat Die Umfrage wartet bei:"),
    ],
)
async def test_live_says_who_talks_to_a_person_and_counts_them_in_no_survey(
    desk: Desk, house: House, agent: str | None, language: str, said: str
) -> None:
    await in_a_survey(desk, house)
    async with desk.conductor.database.write() as connection:
        await connection.execute(sa.update(conversations).values(owner="human", agent=agent))
    page = await (await desk.signed_in(language=language)).get("/console/live")
    assert said in page.words
    assert {"en": "0 in a survey", "de": "0 in einer Umfrage"}[language] in page.words


async def test_live_does_not_tell_who_has_somebody_anonymous(desk: Desk, house: House) -> None:
    """Who talks to them would tell who they are."""
    await in_a_survey(desk, house, contact_id=None)
    async with desk.conductor.database.write() as connection:
        await connection.execute(sa.update(conversations).values(owner="human", agent="Lee"))
    page = await (await desk.signed_in()).get("/console/live")
    assert "A person has the conversation" in page.words
    assert "Lee" not in page.words


async def test_live_shows_a_question_in_the_readers_words_and_nobodys_name(desk: Desk, house: House) -> None:
    await in_a_survey(desk, house)
    page = await (await desk.signed_in(Role.ANALYST, language="de")).get("/console/live")
    assert "…, würden Sie uns empfehlen?" in page.words
    assert "Ada" not in page.words


@pytest.mark.parametrize(("several", "shown"), [(999, "999"), (1000, "1k"), (12_345, "12k")])
def test_thousands_of_cases_leave_the_other_views_in_sight(several: int, shown: str) -> None:
    bits: Any = _environment.get_template("cases/bits.html").module
    assert str(bits.many(several)) == shown


@pytest.mark.parametrize(
    ("address", "channel", "called"),
    [
        ("1190335102775915", "telegram", "Telegram …5915"),
        ("U0G9QF9C6", "slack", "Slack …F9C6"),
        ("ada", "web", "Web ada"),
        ("+46701740612", "sms", "+46701740612"),
        ("1190335102775915", "", "1190335102775915"),
        ("", "telegram", "Without a name"),
    ],
)
def test_who_has_no_name_is_called_by_channel_and_the_end_of_the_address(
    address: str, channel: str, called: str
) -> None:
    assert showing.customer_name(Words("en"), "", address, 7, channel) == called
    assert showing.customer_name(Words("en"), "Ada", address, 7, channel) == "Ada"


async def test_list_case_search_and_live_call_a_customer_alike(desk: Desk, house: House) -> None:
    customer = await in_a_survey(desk, house)
    async with desk.conductor.database.write() as connection:
        await connection.execute(sa.update(contacts).values(name=None))
        await connection.execute(sa.update(conversations).values(address="1190335102775915", channel="telegram"))
        await connection.execute(sa.update(responses).values(channel="telegram"))
    case = await house.case(customer=customer, channel="telegram")
    kim, ana = await desk.signed_in(), await desk.signed_in(Role.ANALYST, "ana@example.com")
    for path in (f"{INBOX}/list?view=all", f"{INBOX}/cases/{case}", f"{INBOX}/list?q=5915", "/console/live"):
        assert "Telegram …5915" in (await kim.get(path)).text, path
        assert "5915<" not in (await ana.get(path)).text, path


async def test_live_tells_no_address_of_somebody_anonymous(desk: Desk, house: House) -> None:
    await in_a_survey(desk, house, contact_id=None)
    async with desk.conductor.database.write() as connection:
        await connection.execute(sa.update(conversations).values(address="1190335102775915"))
    assert "5915" not in (await (await desk.signed_in()).get("/console/live")).text
