"""Account, agents and audit over HTTP: who may do what, and what comes of it."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

import pyotp
import pytest

from bot.identity.roles import Role
from tests.console.desk.client import PASSWORD, Browser, Desk

NEW = "another horse battery"


async def admin(desk: Desk) -> Browser:
    return await desk.signed_in(Role.ADMIN, "ada@example.com")


class TestAccount:
    async def test_name_and_language_are_changed(self, desk: Desk) -> None:
        kim = await desk.signed_in()
        done = await kim.submit("/console/account", {"name": "Kim Holm", "language": "de"})
        page = await kim.get(done.to)
        assert ("Kim Holm" in page.words, "Gespeichert." in page.words) == (True, True)

    async def test_a_name_that_is_taken_is_told(self, desk: Desk) -> None:
        await desk.add("ada@example.com")
        page = await (await desk.signed_in()).submit("/console/account", {"name": "Ada", "language": "en"})
        assert (page.status, "this name already" in page.words) == (422, True)

    async def test_a_new_password_ends_all_sessions(self, desk: Desk) -> None:
        here = await desk.signed_in()
        there = desk.browser()
        await there.sign_in("kim@example.com")
        done = await here.submit("/console/account/password", {"old": PASSWORD, "new": NEW, "again": NEW})
        assert done.to == "/console/sign-in?done=password"
        assert [(await b.get("/console/inbox")).status for b in (here, there)] == [303, 303]
        assert (await here.sign_in("kim@example.com", NEW)).status == 303

    @pytest.mark.parametrize(
        ("old", "new", "again", "told"),
        [
            ("wrong", NEW, NEW, "old password is wrong"),
            (PASSWORD, NEW, "different", "differ"),
            (PASSWORD, "short", "short", "12 to 200"),
        ],
    )
    async def test_what_is_wrong_with_a_password_is_told(
        self, desk: Desk, old: str, new: str, again: str, told: str
    ) -> None:
        kim = await desk.signed_in()
        page = await kim.submit("/console/account/password", {"old": old, "new": new, "again": again})
        assert (page.status, told in page.words) == (422, True)
        assert (await kim.get("/console/inbox")).status == 200

    async def test_who_sits_at_an_open_session_can_not_guess_the_password_for_long(self, desk: Desk) -> None:
        kim = await desk.signed_in()
        guess = {"old": "wrong", "new": NEW, "again": NEW}
        for _ in range(5):
            await kim.submit("/console/account/password", guess)
        page = await kim.submit("/console/account/password", {**guess, "old": PASSWORD})
        assert "Too many attempts" in page.words

    async def test_a_second_factor_is_set_by_its_first_code_and_removed_by_the_password(self, desk: Desk) -> None:
        kim = await desk.signed_in()
        page = await kim.get("/console/account/factor")
        assert 'src="data:image/svg+xml' in page.text
        secret = str(re.search(r'name="secret" value="(\w+)"', page.text)[1])  # type: ignore[index]
        wrong = await kim.submit("/console/account/factor", {"secret": secret, "code": "000000", "password": PASSWORD})
        assert (wrong.status, secret in wrong.text) == (422, True), "the same picture again"
        code = pyotp.TOTP(secret).at(datetime.fromisoformat(desk.conductor.clock.now()))
        given = {"secret": secret, "code": code}
        stolen = await kim.submit("/console/account/factor", {**given, "password": "somebody else's"})
        assert (stolen.status, "password is wrong" in stolen.words) == (422, True)
        assert (await kim.submit("/console/account/factor", {**given, "password": PASSWORD})).status == 303
        assert "Second factor" in (await desk.browser().sign_in("kim@example.com")).words
        refused = await kim.submit("/console/account/factor/remove", {"password": "wrong"})
        assert refused.status == 422
        await kim.submit("/console/account/factor/remove", {"password": PASSWORD})
        assert (await desk.browser().sign_in("kim@example.com")).status == 303

    async def test_ones_own_sessions_are_ended_and_nobody_elses(self, desk: Desk) -> None:
        kim, ada = await desk.signed_in(), await admin(desk)
        there = desk.browser()
        await there.sign_in("kim@example.com")
        path = str(
            re.search(r'action="(/console/account/sessions/\d+/end)"', (await kim.get("/console/account")).text)[1]
        )  # type: ignore[index]
        await ada.submit(path)
        assert (await there.get("/console/inbox")).status == 200
        await kim.submit(path)
        assert [(await b.get("/console/inbox")).status for b in (there, kim)] == [303, 200]


class TestAgents:
    async def test_an_admin_adds_somebody_and_sees_the_link_once(self, desk: Desk) -> None:
        ada = await admin(desk)
        data = {"login": "bo@example.com", "name": "Bo", "role": "agent", "language": "de", "team": "care"}
        page = await ada.submit("/console/agents", data)
        link = str(re.search(r"http://[\d.:]+/console/welcome#([\w-]+)", page.text)[1])  # type: ignore[index]
        assert link not in (await ada.get("/console/agents")).text
        bo = desk.browser()
        assert (await bo.submit("/console/welcome", {"token": link, "password": NEW, "again": NEW})).status == 303
        account = await bo.get("/console/account")
        assert '<html lang="de">' in account.text
        assert (await desk.conductor.staff.list())[1].teams == ("care",)

    @pytest.mark.parametrize("role", [Role.AGENT, Role.ANALYST, Role.AUDITOR])
    @pytest.mark.parametrize("path", ["", "/1", "/1/link", "/1/remove"])
    async def test_others_may_not(self, desk: Desk, role: Role, path: str) -> None:
        kim = await desk.signed_in(role)
        data = {"login": "bo", "name": "Bo", "role": "agent"}
        assert (await kim.submit(f"/console/agents{path}", data)).status == 403
        assert (await kim.get("/console/agents")).status == 403
        assert len(await desk.conductor.staff.list()) == 1

    @pytest.mark.parametrize(
        ("path", "data"),
        [
            ("", {"login": "bo", "name": "Bo", "role": "admin"}),
            ("/{admin}", {"role": "agent"}),
            ("/{admin}/link", {}),
            ("/{admin}/remove", {}),
            ("/{self}", {"role": "admin"}),
        ],
    )
    async def test_a_manager_reaches_no_admin(self, desk: Desk, path: str, data: dict[str, Any]) -> None:
        top = await desk.add("ada@example.com", Role.ADMIN)
        mo = await desk.signed_in(Role.MANAGER, "mo@example.com")
        me = next(a for a in await desk.conductor.staff.list() if a.id != top.id)
        page = await mo.submit("/console/agents" + path.format(admin=top.id, self=me.id), data)
        assert (page.status, "neither give nor change" in page.words) == (422, True)
        assert {a.role for a in await desk.conductor.staff.list()} == {Role.ADMIN, Role.MANAGER}

    @pytest.mark.parametrize(("path", "data"), [("", {"role": "manager"}), ("/remove", {})])
    async def test_the_last_admin_stays(self, desk: Desk, path: str, data: dict[str, str]) -> None:
        ada = await admin(desk)
        [me] = await desk.conductor.staff.list()
        page = await ada.submit(f"/console/agents/{me.id}{path}", data)
        assert (page.status, "last admin" in page.words) == (422, True)

    async def test_who_is_changed_or_removed_has_to_go(self, desk: Desk) -> None:
        ada, kim = await admin(desk), await desk.signed_in()
        number = next(a.id for a in await desk.conductor.staff.list() if a.name == "Kim")
        assert (await ada.submit(f"/console/agents/{number}", {"role": "analyst"})).status == 303
        assert (await kim.get("/console/inbox")).status == 303
        await kim.sign_in("kim@example.com")
        await ada.submit(f"/console/agents/{number}/remove")
        assert (await kim.get("/console/inbox")).status == 303
        assert (await kim.sign_in("kim@example.com")).status == 403

    async def test_what_was_typed_stays_when_it_will_not_do(self, desk: Desk) -> None:
        ada = await admin(desk)
        page = await ada.submit("/console/agents", {"login": "not a login", "name": "<b>Bo</b>", "role": "agent"})
        assert (page.status, 'value="not a login"' in page.text) == (422, True)
        assert "<b>Bo" not in page.text


class TestAudit:
    @pytest.mark.parametrize(
        ("role", "status"),
        [(Role.ADMIN, 200), (Role.MANAGER, 200), (Role.AUDITOR, 200), (Role.AGENT, 403), (Role.ANALYST, 403)],
    )
    async def test_who_sees_it(self, desk: Desk, role: Role, status: int) -> None:
        assert (await (await desk.signed_in(role)).get("/console/audit")).status == status

    async def test_it_tells_who_came_in_and_who_did_not_and_what_was_changed(self, desk: Desk) -> None:
        await desk.browser().sign_in("stranger@example.com", "wrong")
        kim = await desk.signed_in()
        await kim.submit("/console/account", {"name": "Kimberly", "language": "en"})
        page = await (await admin(desk)).get("/console/audit")
        for told in (
            "stranger@example.com sign-in refused",
            "kim@example.com signed in",
            "Kimberly renamed",
            "change Kim → Kimberly",
        ):
            assert told in page.words

    async def test_failed_attempts_stay_after_somebody_came_in(self, desk: Desk) -> None:
        ada = await admin(desk)
        await desk.browser().sign_in("ada@example.com", "wrong")
        await desk.browser().sign_in("ada@example.com")
        page = await ada.get("/console/audit?source=sign_in&actor=ADA")
        assert page.words.count("ada@example.com sign-in refused") == 1
        assert page.words.count("ada@example.com signed in") == 2

    async def test_every_entry_is_on_one_page_and_on_one_only(self, desk: Desk) -> None:
        ada = await admin(desk)
        for number in range(120):
            if number % 7 == 0:  # some at the same moment
                desk.conductor.clock.forward(1)  # type: ignore[attr-defined]
            await desk.conductor.agents.note("Ada", "changed", {"n": f"<{number}>"}, desk.conductor.clock.now())
        seen: list[str] = []
        path, pages = "/console/audit?actor=Ada", 0
        while path:
            page = await ada.get(path)
            seen += re.findall(r"&lt;(\d+)&gt;", page.text)
            onward = re.search(r'href="([^"]+)" rel="next"', page.text)
            path, pages = (onward[1].replace("&amp;", "&") if onward else ""), pages + 1
        assert (seen, pages) == ([str(n) for n in reversed(range(120))], 3)

    @pytest.mark.parametrize(
        "query", ["before=x", "before=~case~", "case=x", "source=x", "before=a~case~9999999999999999999"]
    )
    async def test_nonsense_in_the_address_is_no_error(self, desk: Desk, query: str) -> None:
        assert (await (await admin(desk)).get(f"/console/audit?{query}")).status == 200
