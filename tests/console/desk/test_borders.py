"""Where teams end in the console: what a page shows of others, and who may be made what."""

from __future__ import annotations

import json

import pytest

from bot.identity.roles import Role
from bot.storage.case_events import log
from tests.console.desk.client import Desk
from tests.storage.inbox_house import NOW, House

INBOX = "/console/inbox"


@pytest.fixture
def house(desk: Desk) -> House:
    return House(desk.conductor.database)


async def test_live_names_no_colleague_of_other_teams_only(desk: Desk, house: House) -> None:
    await desk.add("pat@example.com", teams=["care_lead"])
    await desk.add("bo@example.com")
    kim = await desk.signed_in(teams=["care"])
    page = await kim.get("/console/live")
    assert [name in page.words for name in ("Kim", "Bo", "Pat")] == [True, True, False]


async def test_a_customers_cases_of_other_teams_are_not_listed(desk: Desk, house: House) -> None:
    customer = await house.customer("sms", "Ada")
    mine = await house.case(customer=customer)
    theirs = await house.case(customer=customer, team="press", touchpoint="shop")
    page = await (await desk.signed_in(teams=["care"])).get(f"{INBOX}/cases/{mine}")
    assert (f"#{mine}" in page.words, f"#{theirs}" in page.words) == (True, False)


async def test_the_audit_of_a_manager_with_teams_is_of_their_cases(desk: Desk, house: House) -> None:
    mine, theirs = await house.case(), await house.case(team="press")
    async with desk.conductor.database.write() as connection:
        await log(connection, mine, NOW, "Kim", "note", {"text": "ours to read"})
        await log(connection, theirs, NOW, "Pat", "note", {"text": "not ours"})
    words = (await (await desk.signed_in(Role.MANAGER, teams=["care"])).get("/console/audit")).words
    assert [part in words for part in ("ours to read", "not ours", "signed in")] == [True, False, False]


async def test_a_manager_with_teams_gives_no_more_than_those(desk: Desk) -> None:
    mia = await desk.signed_in(Role.MANAGER, "mia@example.com", teams=["care"])
    [me] = await desk.conductor.staff.list()
    for teams in ([], ["care", "care_lead"]):
        answer = await mia.submit(f"/console/agents/{me.id}", {"role": "manager", "team": teams})
        assert (answer.status, "beyond your teams" in answer.words) == (422, True)
    new = {"login": "bo", "name": "Bo", "role": "agent", "language": "en"}
    assert (await mia.submit("/console/agents", new)).status == 422
    assert (await mia.submit("/console/agents", {**new, "team": ["care"]})).status == 200


async def test_what_is_refused_is_refused_in_german(desk: Desk, house: House) -> None:
    case = await house.case()
    kim = await desk.signed_in(language="de")
    for deed, data, words in (
        ("resolve", {"cause": "late"}, "was getan wurde"),
        ("reply", {"text": "Hallo"}, "hat der Bot"),
        ("transfer", {"team": "nobody"}, "kein Team"),
        ("reopen", {}, "Stand"),
    ):
        answer = await kim.send(f"{INBOX}/cases/{case}/{deed}", data)
        assert (answer.status, words in json.loads(answer.text)["error"]) == (422, True), answer.text
    assert "keinen Fall 999" in (await kim.get(f"{INBOX}/cases/999")).words
