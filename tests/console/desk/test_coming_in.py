"""Coming in and going out, over HTTP."""

from __future__ import annotations

from typing import Any

import pyotp
import pytest

from bot.console.desk.cookies import SESSION, STEP
from bot.identity.roles import Role
from tests.console.desk.client import PASSWORD, Desk

LOGIN = "kim@example.com"


async def test_where_nobody_works_yet_the_page_says_how_to_begin(desk: Desk) -> None:
    page = await desk.browser().get("/console/sign-in")
    assert "conductor agents add" in page.words
    await desk.add(LOGIN)
    assert "conductor agents add" not in (await desk.browser().get("/console/sign-in")).words


async def test_who_is_not_signed_in_is_led_to_the_door_and_then_where_they_wanted_to_go(desk: Desk) -> None:
    await desk.add(LOGIN)
    browser = desk.browser()
    asked = await browser.get("/console/inbox?case=7")
    assert (asked.status, asked.to) == (303, "/console/sign-in?next=/console/inbox%3Fcase%3D7")
    form = await browser.get(asked.to)
    assert 'value="/console/inbox?case=7"' in form.text
    done = await browser.submit(
        "/console/sign-in", {"login": LOGIN, "password": PASSWORD, "next": "/console/inbox?case=7"}
    )
    assert (done.status, done.to) == (303, "/console/inbox?case=7")
    assert (await browser.get("/console/inbox")).status == 200


@pytest.mark.parametrize(
    "onward",
    [
        "https://evil.example/console/",
        "//evil.example",
        "/\\evil.example",
        "/console//evil.example",
        "/playground",
        "x",
    ],
)
async def test_nobody_is_led_to_another_site(desk: Desk, onward: str) -> None:
    await desk.add(LOGIN)
    done = await desk.browser().submit("/console/sign-in", {"login": LOGIN, "password": PASSWORD, "next": onward})
    assert done.to == "/console/inbox"


async def test_the_cookie_is_secure_out_of_scripts_reach_and_not_sent_along_from_other_sites(desk: Desk) -> None:
    await desk.add(LOGIN)
    done = await desk.browser().sign_in(LOGIN)
    cookies = [c for c in done.headers.getall("Set-Cookie") if c.startswith(f"{SESSION}=")]
    assert len(cookies) == 1
    assert {"secure", "httponly", "samesite=lax", "path=/"} <= {part.strip().lower() for part in cookies[0].split(";")}


async def test_a_session_that_somebody_planted_is_not_the_one_that_is_opened(desk: Desk) -> None:
    await desk.add(LOGIN)
    browser = desk.browser()
    browser.cookies[SESSION] = "planted"
    await browser.sign_in(LOGIN)
    assert browser.cookies[SESSION] != "planted"
    first = browser.cookies[SESSION]
    await browser.sign_in(LOGIN)
    assert browser.cookies[SESSION] != first


async def test_signing_out_ends_the_session_on_the_server_too(desk: Desk) -> None:
    browser = await desk.signed_in()
    held = dict(browser.cookies)
    assert (await browser.submit("/console/sign-out")).to == "/console/sign-in?done=out"
    assert SESSION not in browser.cookies
    browser.cookies = held
    assert (await browser.get("/console/inbox")).status == 303


async def test_a_cookie_of_another_program_on_the_domain_locks_nobody_out(desk: Desk) -> None:
    browser = await desk.signed_in()
    ours = "; ".join(f"{name}={value}" for name, value in browser.cookies.items())
    browser.cookies = {}
    assert (await browser.get("/console/inbox", Cookie=f'theirs@elsewhere=x; {ours}; a="b\\"')).status == 200
    assert (await browser.get("/console/inbox", Cookie="theirs@elsewhere=x")).to.startswith("/console/sign-in")


async def test_a_wrong_password_is_told_without_telling_what_was_wrong(desk: Desk) -> None:
    await desk.add(LOGIN)
    wrong = await desk.browser().sign_in(LOGIN, "wrong")
    nobody = await desk.browser().sign_in("nobody@example.com", "wrong")
    assert wrong.status == nobody.status == 403
    assert "Login, password or code is wrong." in wrong.words
    assert wrong.text.replace(LOGIN, "") == nobody.text.replace("nobody@example.com", "")
    assert SESSION not in str(wrong.headers.getall("Set-Cookie", []))


async def test_after_five_wrong_ones_one_waits_and_is_told_how_long(desk: Desk) -> None:
    await desk.add(LOGIN)
    browser = desk.browser()
    for _ in range(5):
        assert (await browser.sign_in(LOGIN, "wrong")).status == 403
    waits = await browser.sign_in(LOGIN)
    assert waits.status == 429
    assert 290 <= int(waits.headers["Retry-After"]) <= 301
    assert "try again in" in waits.words
    desk.conductor.clock.forward(5.1)  # type: ignore[attr-defined]
    assert (await browser.sign_in(LOGIN)).status == 303


class TestSecondFactor:
    @pytest.fixture
    async def secret(self, desk: Desk) -> str:
        agent = await desk.add(LOGIN)
        secret = pyotp.random_base32()
        await desk.conductor.agents.set_totp(agent.id, secret)
        return secret

    def code(self, desk: Desk, secret: str) -> str:
        from datetime import datetime

        return pyotp.TOTP(secret).at(datetime.fromisoformat(desk.conductor.clock.now()))

    async def test_the_password_alone_does_not_open(self, desk: Desk, secret: str) -> None:
        browser = desk.browser()
        asked = await browser.sign_in(LOGIN)
        assert (asked.status, SESSION in browser.cookies, STEP in browser.cookies) == (200, False, True)
        assert PASSWORD not in asked.text
        assert (await browser.get("/console/inbox")).status == 303
        browser.cookies[SESSION] = browser.cookies[STEP]
        assert (await browser.get("/console/inbox")).status == 303, "the step is no session"

    async def test_the_code_opens(self, desk: Desk, secret: str) -> None:
        browser = desk.browser()
        await browser.sign_in(LOGIN)
        data = {"code": self.code(desk, secret), "next": "/console/live"}
        done = await browser.submit("/console/sign-in/code", data)
        assert (done.status, done.to) == (303, "/console/live")
        assert STEP not in browser.cookies
        assert (await browser.get("/console/inbox")).status == 200

    async def test_the_same_code_opens_once(self, desk: Desk, secret: str) -> None:
        one, other = desk.browser(), desk.browser()
        await one.sign_in(LOGIN)
        await other.sign_in(LOGIN)
        code = {"code": self.code(desk, secret)}
        assert (await one.submit("/console/sign-in/code", code)).status == 303
        assert (await other.submit("/console/sign-in/code", code)).status == 403

    async def test_codes_can_not_be_guessed_for_long(self, desk: Desk, secret: str) -> None:
        browser = desk.browser()
        await browser.sign_in(LOGIN)
        statuses = [(await browser.submit("/console/sign-in/code", {"code": "000000"})).status for _ in range(6)]
        assert statuses == [403] * 5 + [429]
        assert (await browser.sign_in(LOGIN)).status == 429, "nor by starting again"

    async def test_after_five_minutes_one_starts_again(self, desk: Desk, secret: str) -> None:
        browser = desk.browser()
        await browser.sign_in(LOGIN)
        desk.conductor.clock.forward(5.1)  # type: ignore[attr-defined]
        late = await browser.submit("/console/sign-in/code", {"code": self.code(desk, secret)})
        assert (late.status, SESSION in browser.cookies) == (403, False)
        assert "That took too long" in late.words


class TestWelcome:
    async def test_a_link_lets_one_choose_a_password_and_come_in(self, desk: Desk) -> None:
        agent = await desk.conductor.staff.add(Role.ADMIN, LOGIN, "Kim", Role.AGENT)
        token = await desk.conductor.sign_in.invite(agent.id)
        browser = desk.browser()
        chosen = {"token": token, "password": PASSWORD, "again": PASSWORD}
        assert (await browser.get("/console/welcome")).status == 200
        assert (await browser.submit("/console/welcome", chosen)).to == "/console/inbox"
        assert (await browser.get("/console/inbox")).status == 200
        again = await desk.browser().submit("/console/welcome", chosen)
        assert (again.status, "does not work any more" in again.words) == (403, True)

    @pytest.mark.parametrize(
        ("password", "again", "told"),
        [
            ("short", "short", "12 to 200"),
            (PASSWORD, "another one here", "differ"),
            ("a" * 20, "a" * 20, "easy to guess"),
        ],
    )
    async def test_what_is_wrong_is_told_and_the_link_still_works(
        self, desk: Desk, password: str, again: str, told: str
    ) -> None:
        agent = await desk.conductor.staff.add(Role.ADMIN, LOGIN, "Kim", Role.AGENT)
        token = await desk.conductor.sign_in.invite(agent.id)
        page = await desk.browser().submit("/console/welcome", {"token": token, "password": password, "again": again})
        assert page.status == 422
        assert told in page.words
        assert token in page.text, "one can try again"
        assert await desk.conductor.sign_in.invited(token) == agent


async def test_the_pages_speak_the_readers_language(desk: Desk) -> None:
    german: dict[str, Any] = {"Accept-Language": "de-AT,de;q=0.9,en;q=0.8"}
    page = await desk.browser().get("/console/sign-in", **german)
    assert '<html lang="de">' in page.text
    assert "Anmelden" in page.words
    browser = await desk.signed_in(language="de")
    assert "Eingang" in (await browser.get("/console/inbox")).words
