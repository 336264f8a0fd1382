"""Canned replies are kept by managers; agents use them (`test_inbox.py`)."""

from __future__ import annotations

import re

import pytest

from bot.identity.roles import Role
from bot.storage.agent_tools import SqlCanned
from tests.console.desk.client import Desk

PAGE = "/console/canned"
SORRY = {"id": "0", "name": "sorry", "team": "care", "language": "en", "text": "Dear {name}, we are sorry."}


async def test_a_manager_adds_changes_and_removes(desk: Desk) -> None:
    mia = await desk.signed_in(Role.MANAGER)
    kept = SqlCanned(desk.conductor.database)
    assert (await mia.submit(PAGE, SORRY)).status == 303
    [canned] = await kept.all()
    assert "Dear {name}" in (await mia.get(f"{PAGE}?edit={canned.id}")).text
    assert (await mia.submit(PAGE, {**SORRY, "id": str(canned.id), "text": "Oh no."})).status == 303
    assert [one.text for one in await kept.all()] == ["Oh no."]
    assert (await mia.submit(f"{PAGE}/drop", {"id": str(canned.id)})).status == 303
    assert await kept.all() == []


async def test_what_is_incomplete_or_there_already_is_refused(desk: Desk) -> None:
    mia = await desk.signed_in(Role.MANAGER)
    for wrong in ({"name": " "}, {"team": "nobody"}, {"language": "xx"}, {"text": ""}, {"id": "x"}):
        assert (await mia.submit(PAGE, {**SORRY, **wrong})).status == 400, wrong
    assert (await mia.submit(PAGE, SORRY)).status == 303
    assert (await mia.submit(PAGE, SORRY)).status == 422


@pytest.mark.parametrize(("language", "first"), [("en", ("en", "English")), ("de", ("de", "Deutsch"))])
async def test_the_readers_language_comes_first(desk: Desk, language: str, first: tuple[str, str]) -> None:
    page = await (await desk.signed_in(Role.MANAGER, language=language)).get(PAGE)
    offered = re.findall(r'<option value="(\w\w)" >(\w+)</option>', page.text)
    assert offered[0] == first
    assert len(offered) == 8


async def test_an_agent_may_not(desk: Desk) -> None:
    kim = await desk.signed_in()
    assert (await kim.get(PAGE)).status == 403
    assert (await kim.submit(PAGE, SORRY)).status == 403


async def test_who_has_teams_changes_those_of_their_teams(desk: Desk) -> None:
    """And sees every team's beside them; another team's are not even shown."""
    kept = SqlCanned(desk.conductor.database)
    boss = await desk.signed_in(Role.ADMIN, "ada@example.com")
    for team, name in (("", "for all"), ("care", "ours"), ("care_lead", "theirs")):
        assert (await boss.submit(PAGE, {**SORRY, "team": team, "name": name})).status == 303
    numbers = {one.name: str(one.id) for one in await kept.all()}
    mia = await desk.signed_in(Role.MANAGER, "mia@example.com", teams=["care"], language="de")
    page = await mia.get(PAGE)
    assert [name in page.words for name in ("for all", "ours", "theirs")] == [True, True, False]
    for name in ("for all", "theirs"):
        refused = await mia.submit(PAGE, {**SORRY, "id": numbers[name], "text": "changed"})
        assert (refused.status, "gehört einem anderen Team" in refused.words) == (422, True)
        assert (await mia.submit(f"{PAGE}/drop", {"id": numbers[name]})).status == 422
    assert (await mia.submit(PAGE, {**SORRY, "team": ""})).status == 400, "nor does she write for everybody"
    assert (await mia.submit(f"{PAGE}/drop", {"id": numbers["ours"]})).status == 303
    assert {one.name for one in await kept.all()} == {"for all", "theirs"}
