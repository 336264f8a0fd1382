"""What agents read of a case, and of what goes on, is sentences: no codes, no ids."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.console.desk.pages import _environment
from bot.identity.roles import Role
from bot.storage.case_events import log
from survey_flows import engine, serialise
from survey_flows.session import Context
from tests.console.desk.client import Desk
from tests.storage.inbox_house import House

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
    assert "Kim put it off" in page.words


async def test_live_shows_a_question_in_the_readers_words_and_nobodys_name(desk: Desk, house: House) -> None:
    conductor = desk.conductor
    await conductor.catalogue.publish(ASKS_BY_NAME, conductor.clock.now(), "mini.yml", Path())
    survey, now = await conductor.catalogue.live("mini"), conductor.clock.now()
    begun = engine.start(survey, Context("web", "en", 1, now, attributes={"name": "Ada"}))
    await house.response(
        await house.customer("web", "Ada"), survey="mini", fingerprint=survey.fingerprint, status="active",
        session=serialise.dumps(begun.session), expires_at="2099-01-01", ended_at=None,
    )  # fmt: skip
    page = await (await desk.signed_in(Role.ANALYST, language="de")).get("/console/live")
    assert "…, würden Sie uns empfehlen?" in page.words
    assert "Ada" not in page.words


@pytest.mark.parametrize(("several", "shown"), [(999, "999"), (1000, "1k"), (12_345, "12k")])
def test_thousands_of_cases_leave_the_other_views_in_sight(several: int, shown: str) -> None:
    bits: Any = _environment.get_template("cases/bits.html").module
    assert str(bits.many(several)) == shown
