"""Signing in at one's company (OpenID Connect), against a provider on this machine."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from bot.console.desk.cookies import ELSEWHERE, SESSION
from bot.identity.openid import OpenId, Provider
from bot.identity.roles import Role
from tests.console.desk.client import Browser, Desk, Page
from tests.console.desk.provider import CLIENT, SECRET, LocalProvider, local_provider, new_key


@pytest_asyncio.fixture
async def company(desk: Desk) -> AsyncIterator[LocalProvider]:
    clock: Any = desk.conductor.clock
    async with local_provider(clock) as provider:
        desk.conductor.openid = OpenId(Provider(provider.url, CLIENT, SECRET, "Hazelmoor"), clock)
        yield provider


async def through(browser: Browser, company: LocalProvider, onward: str = "") -> Page:
    """To the company, and back."""
    left = await browser.get(f"/console/oidc?next={onward}")
    assert left.status == 303
    return await browser.get(f"/console/oidc/callback?{company.consent(left.to)}")


async def test_who_is_an_agent_here_comes_in_and_is_known_from_then_on(desk: Desk, company: LocalProvider) -> None:
    await desk.conductor.staff.add(Role.ADMIN, "kim@example.com", "Kim", Role.AGENT)
    browser = desk.browser()
    assert "Sign in with Hazelmoor" in (await browser.get("/console/sign-in")).words
    back = await through(browser, company, "/console/live")
    assert (back.status, back.to) == (303, "/console/live")
    assert ELSEWHERE not in browser.cookies
    assert (await browser.get("/console/inbox")).status == 200

    company.person = {"sub": "4711", "email": "kim.new@example.com", "email_verified": False}
    assert (await through(desk.browser(), company)).status == 303, "the subject counts, not the address"


async def test_nobody_is_made_an_agent_by_signing_in(desk: Desk, company: LocalProvider) -> None:
    back = await through(desk.browser(), company)
    assert (back.status, "Ask an admin to add you" in back.words) == (403, True)
    assert list(await desk.conductor.staff.list()) == []


async def test_another_person_who_now_has_the_address_is_not_the_agent(desk: Desk, company: LocalProvider) -> None:
    await desk.conductor.staff.add(Role.ADMIN, "kim@example.com", "Kim", Role.AGENT)
    await through(desk.browser(), company)
    company.person = {**company.person, "sub": "4712"}
    assert (await through(desk.browser(), company)).status == 403


@pytest.mark.parametrize(
    "lies",
    [
        {"email_verified": False},
        {"email_verified": None},
        {"email_verified": "true"},
        {"email": None},
        {"nonce": "another"},
        {"nonce": None},
        {"iss": "https://evil.example"},
        {"iss": None},
        {"aud": "another client"},
        {"aud": [CLIENT, "another client"]},
        {"exp": 1},
        {"exp": None},
        {"iat": None},
        {"sub": None},
    ],
    ids=str,
)
async def test_a_token_that_does_not_fit_opens_nothing(
    desk: Desk, company: LocalProvider, lies: dict[str, Any]
) -> None:
    await desk.conductor.staff.add(Role.ADMIN, "kim@example.com", "Kim", Role.AGENT)
    company.lies = lies
    browser = desk.browser()
    assert ((await through(browser, company)).status, SESSION in browser.cookies) == (403, False)


@pytest.mark.parametrize("how", ["another key", "none", "HS256"])
async def test_a_token_that_the_provider_did_not_sign_opens_nothing(
    desk: Desk, company: LocalProvider, how: str
) -> None:
    await desk.conductor.staff.add(Role.ADMIN, "kim@example.com", "Kim", Role.AGENT)
    if how == "another key":
        company.signs_with = new_key("first", 1)
    else:
        company.algorithm = how
    assert (await through(desk.browser(), company)).status == 403


async def test_when_the_provider_changes_its_keys_the_new_ones_are_read(desk: Desk, company: LocalProvider) -> None:
    await desk.conductor.staff.add(Role.ADMIN, "kim@example.com", "Kim", Role.AGENT)
    assert (await through(desk.browser(), company)).status == 303
    company.changes_keys()
    assert (await through(desk.browser(), company)).status == 303


@pytest.mark.parametrize(
    "back",
    ["code=a+code&state=forged", "code=a+code", "state={state}", "error=access_denied&state={state}", "",
     "code=wrong&state={state}", "code=a+code&state={state}&iss=https://evil.example"],
)  # fmt: skip
async def test_an_answer_that_does_not_fit_opens_nothing(desk: Desk, company: LocalProvider, back: str) -> None:
    await desk.conductor.staff.add(Role.ADMIN, "kim@example.com", "Kim", Role.AGENT)
    browser = desk.browser()
    left = await browser.get("/console/oidc")
    company.consent(left.to)
    answer = await browser.get(f"/console/oidc/callback?{back.format(state=company.asked['state'])}")
    assert (answer.status, SESSION in browser.cookies) == (403, False)


@pytest.mark.parametrize("kept", ["", "x", "e30=", "bnVsbA=="])
async def test_a_browser_that_did_not_leave_from_here_does_not_come_in(
    desk: Desk, company: LocalProvider, kept: str
) -> None:
    await desk.conductor.staff.add(Role.ADMIN, "kim@example.com", "Kim", Role.AGENT)
    back = company.consent((await desk.browser().get("/console/oidc")).to)
    other = desk.browser()
    other.cookies[ELSEWHERE] = kept
    assert (await other.get(f"/console/oidc/callback?{back}")).status == 403


async def test_a_provider_that_calls_itself_something_else_is_not_asked(desk: Desk, company: LocalProvider) -> None:
    company.about = {"issuer": "https://evil.example"}
    page = await desk.browser().get("/console/oidc")
    assert (page.status, "can't be reached" in page.words) == (502, True)


async def test_without_a_provider_there_is_no_such_way(desk: Desk) -> None:
    assert "Sign in with" not in (await desk.browser().get("/console/sign-in")).words
    assert (await desk.browser().get("/console/oidc")).status == 404
    assert (await desk.browser().get("/console/oidc/callback?code=x&state=y")).status == 403
