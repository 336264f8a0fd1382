"""A live connection ends with the session: signed out, password changed, removed; and says so to the page."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from bot.console.cases import stream
from bot.console.cases.stream import hints
from bot.console.playground.stream import Closing
from bot.identity.roles import Role
from tests.console.desk.client import PASSWORD, Browser, Desk

NEW = "another horse battery"


async def opened(desk: Desk, browser: Browser) -> AsyncIterator[str]:
    """The stream that a page of this browser has."""
    session = await desk.conductor.sign_in.session(browser.cookies["__Host-conductor"])
    assert session is not None
    said = hints(desk.conductor, session, Closing())
    assert "hello" in await said.__anext__()
    first = asyncio.ensure_future(said.__anext__())
    while not first.done():  # until it listens
        desk.conductor.events.publish(0, "case", {"case": 1})
        await asyncio.sleep(0)
    assert '"case"' in await first
    return said


async def _all(said: AsyncIterator[str]) -> list[str]:
    return [part async for part in said]


async def sign_out(desk: Desk, kim: Browser) -> None:
    await kim.submit("/console/sign-out")


async def change_password(desk: Desk, kim: Browser) -> None:
    await kim.submit("/console/account/password", {"old": PASSWORD, "new": NEW, "again": NEW})


async def end_session(desk: Desk, kim: Browser) -> None:
    other = desk.browser()
    await other.sign_in("kim@example.com")
    session: Any = await desk.conductor.sign_in.session(kim.cookies["__Host-conductor"])
    await other.submit(f"/console/account/sessions/{session.id}/end")


async def remove(desk: Desk, kim: Browser) -> None:
    [agent] = [a for a in await desk.conductor.staff.list() if a.name == "Kim"]
    boss = await desk.signed_in(Role.ADMIN, "ada@example.com")
    await boss.submit(f"/console/agents/{agent.id}/remove")


async def test_its_end_is_nothing_that_sanic_complains_of(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    """What a server that is told to stop ends as well: an operator reads no error where there is none."""
    kim = await desk.signed_in()
    ours = {"Cookie": "; ".join(f"{k}={v}" for k, v in kim.cookies.items()), "Sec-Fetch-Site": "same-origin"}
    async with desk.session.get(f"{desk.url}/console/inbox/events", headers=ours) as live:
        assert b"hello" in await live.content.readline()
        await kim.submit("/console/sign-out")
        assert b"signed_out" in await live.content.read()
    await kim.get("/console/sign-in")
    assert [record.getMessage() for record in caplog.records if record.name.startswith("sanic")] == []


@pytest.mark.parametrize("ends", [sign_out, change_password, end_session, remove])
async def test_it_ends_with_the_session(desk: Desk, ends: Any) -> None:
    kim = await desk.signed_in()
    said = await opened(desk, kim)
    rest = asyncio.ensure_future(_all(said))
    await ends(desk, kim)
    assert "signed_out" in (await rest)[-1]


async def test_a_session_that_ended_elsewhere_is_noticed_at_the_next_beat(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the command line, which tells no server."""
    monkeypatch.setattr(stream, "BEAT", 0.01)
    kim = await desk.signed_in()
    session = await desk.conductor.sign_in.session(kim.cookies["__Host-conductor"])
    assert session is not None
    said = hints(desk.conductor, session, Closing())
    assert "hello" in await said.__anext__()
    assert "beat" in await said.__anext__()
    await desk.conductor.agents.remove(session.agent.id, desk.conductor.clock.now())
    rest = [part async for part in said]
    assert "signed_out" in rest[-1]


async def test_to_stay_connected_is_no_use_of_the_session(desk: Desk) -> None:
    kim = await desk.signed_in()
    session: Any = await desk.conductor.sign_in.session(kim.cookies["__Host-conductor"])
    clock: Any = desk.conductor.clock
    clock.forward(3 * 60)
    assert await desk.conductor.sign_in.alive(session)
    clock.forward(61)
    assert not await desk.conductor.sign_in.alive(session), "four hours without a touch"
