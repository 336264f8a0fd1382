"""The console's door in a real browser: by keyboard, and whether everybody can use its pages."""

from __future__ import annotations

import os
import re
from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path

import pyotp
import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from bot.identity.roles import Role
from tests.browser.axe import must_be_accessible
from tests.browser.conftest import launched
from tests.console.desk.client import PASSWORD, Desk
from tests.storage.inbox_house import House

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]
PICTURES = os.environ.get("SCREENSHOTS")
"""A folder: pictures of every page are left there."""


@pytest_asyncio.fixture
async def browser(chromium: str) -> AsyncIterator[Browser]:
    """The test's own, not the one that tests/browser shares: the desk is on the test's loop."""
    async with launched(chromium) as started:
        yield started


@pytest_asyncio.fixture
async def page(browser: Browser) -> AsyncIterator[Page]:
    """A page whose browser complains of nothing."""
    complaints: list[str] = []
    context = await browser.new_context(
        viewport={"width": 1280, "height": 860}, locale="en-GB", reduced_motion="reduce"
    )
    opened = await context.new_page()
    opened.on("console", lambda m: complaints.append(m.text) if m.type in ("error", "warning") else None)
    opened.on("pageerror", lambda error: complaints.append(str(error)))
    yield opened
    assert [said for said in complaints if "status of 4" not in said] == []


async def picture(page: Page, name: str) -> None:
    """Look for what nobody can use; leave pictures where they are wanted."""
    await must_be_accessible(page)
    if PICTURES:
        for scheme in ("light", "dark"):
            await page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
            await page.screenshot(path=Path(PICTURES) / f"{name}-{scheme}.png", full_page=True)


async def types(page: Page, *keys: str) -> None:
    """Keys and texts; a text is typed, a key pressed."""
    for key in keys:
        await (page.keyboard.press(key) if key in ("Tab", "Enter", "Space") else page.keyboard.type(key))


async def code_of(page: Page, desk: Desk) -> str:
    secret = await page.locator("[name=secret]").input_value()
    return pyotp.TOTP(secret).at(datetime.fromisoformat(desk.conductor.clock.now()))


async def test_from_the_link_to_the_second_factor_by_keyboard_alone(desk: Desk, page: Page) -> None:
    await page.goto(f"{desk.url}/console")
    await expect(page.get_by_text("conductor agents add")).to_be_visible()
    await picture(page, "first-run")
    ada = await desk.conductor.staff.add(Role.ADMIN, "ada@example.com", "Ada", Role.ADMIN)
    token = await desk.conductor.sign_in.invite(ada.id)

    await page.goto(f"{desk.url}/console/welcome#{token}")
    assert token not in page.url
    await picture(page, "welcome")
    await types(page, PASSWORD, "Tab", PASSWORD, "Enter")
    await expect(page.get_by_role("link", name="Inbox", exact=True)).to_have_attribute("aria-current", "page")

    await page.goto(f"{desk.url}/console/account")
    await picture(page, "account")
    await page.get_by_role("link", name="Set up second factor").press("Enter")
    await picture(page, "factor")
    code = await code_of(page, desk)
    await page.get_by_label("Your password").focus()
    await types(page, PASSWORD, "Tab", code, "Enter")
    await expect(page.get_by_role("status").get_by_text("The second factor is on.")).to_be_visible()
    # The address is tidied a moment after the page is shown.
    await expect(page, "a reload does not say it again").not_to_have_url(re.compile("said"))

    await page.get_by_role("button", name="Sign out").press("Enter")
    await expect(page.get_by_text("You are signed out.")).to_be_visible()
    await picture(page, "sign-in")
    desk.conductor.clock.forward(1)  # type: ignore[attr-defined]
    secret = (await desk.conductor.agents.credentials_of(ada.id)).totp  # type: ignore[union-attr]
    await types(page, "ada@example.com", "Tab", PASSWORD, "Enter")
    await expect(page.get_by_label("Code")).to_be_focused()
    await picture(page, "code")
    await types(page, pyotp.TOTP(str(secret)).at(datetime.fromisoformat(desk.conductor.clock.now())), "Enter")
    await expect(page.get_by_role("heading", name="Inbox")).to_be_visible()
    cookies = {c["name"]: c for c in await page.context.cookies()}  # type: ignore[typeddict-item]
    assert set(cookies) == {"__Host-conductor"}
    assert (cookies["__Host-conductor"]["secure"], cookies["__Host-conductor"]["httpOnly"]) == (True, True)


async def test_an_admin_adds_somebody_and_reads_the_audit(desk: Desk, page: Page) -> None:
    await desk.add("ada@example.com", Role.ADMIN)
    await desk.add("kim@example.com", Role.AGENT, teams=["care"], language="de")
    await page.goto(f"{desk.url}/console/agents")
    await types(page, "ada@example.com", "Tab", PASSWORD, "Enter")
    await page.get_by_label("E-mail address or login").fill("bo@example.com")
    await page.get_by_label("Name", exact=True).fill("Bo")
    await page.get_by_role("button", name="Add and make a link").press("Enter")
    await picture(page, "link")
    await page.get_by_role("link", name="Done").click()
    await page.get_by_label("Change: Kim").press("Enter")
    await picture(page, "agents")
    page.on("dialog", lambda dialog: dialog.accept())
    await page.get_by_role("button", name="Remove").press("Enter")
    await expect(page.get_by_text("They can not sign in any more.")).to_be_visible()
    await page.get_by_role("link", name="Audit").click()
    await expect(page.get_by_role("cell", name="removed")).to_be_visible()
    await picture(page, "audit")
    await page.goto(f"{desk.url}/console/nowhere")
    await picture(page, "nowhere")


async def signs_in(page: Page, desk: Desk, path: str, login: str = "kim@example.com") -> None:
    """An agent who works here already goes to a page."""
    await page.goto(desk.url + path)
    await types(page, login, "Tab", PASSWORD, "Enter")
    await page.wait_for_url(f"**{path}")


READERS = [
    ("en-US", "America/New_York", "Nov 23, 15:30", "Nov 23, 2026, 15:30 EST (20:30 UTC)"),
    ("en-GB", "UTC", "23 Nov, 20:30", "23 Nov 2026, 20:30 UTC"),
    ("de-DE", "Europe/Berlin", "23. Nov., 21:30", "23. Nov. 2026, 21:30 MEZ (20:30 UTC)"),
]
"""Locale and zone of the browser, and how they show and explain 20:30 UTC."""


async def test_times_are_the_readers_in_24_hours_and_name_their_zone(desk: Desk, browser: Browser) -> None:
    house = House(desk.conductor.database)
    customer = await house.customer()
    await house.said(customer[1], "Hello?", "20:30")
    case = await house.case(customer=customer)
    for locale, zone, shown, title in READERS:
        await desk.add(f"kim-{locale}@example.com", language=locale[:2])
        page = await (await browser.new_context(locale=locale, timezone_id=zone)).new_page()
        await signs_in(page, desk, f"/console/inbox?view=all&case={case}", f"kim-{locale}@example.com")

        said = page.locator(".message.customer time")
        await expect(said).to_have_text(shown)
        await expect(said).to_have_attribute("title", title)
        await page.goto(f"{desk.url}/console/account")
        seen = page.locator("time").first
        await expect(seen).to_have_attribute("title", re.compile(r", \d\d:\d\d .*UTC"))
        assert not re.search("[AP]M", await seen.inner_text())


INTERSECT = """() => {
  const [a, b] = ["#toasts .toast", "#composer"].map((name) => document.querySelector(name).getBoundingClientRect());
  return a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
}"""


async def test_what_is_told_does_not_cover_what_is_being_written(desk: Desk, page: Page) -> None:
    case = await House(desk.conductor.database).case()
    await desk.add("kim@example.com")
    await signs_in(page, desk, f"/console/inbox?view=all&case={case}")
    for width, height in ((1440, 900), (1180, 700), (800, 600), (390, 844)):
        await page.set_viewport_size({"width": width, "height": height})
        await page.reload()
        await page.get_by_role("radio", name="Private note").check()
        await page.locator("#words").fill(f"Ring her up, {width}.")
        await page.locator("#words").press("Enter")
        await expect(page.locator("#toasts .toast")).to_have_text("Noted.")
        assert not await page.evaluate(INTERSECT), width


WHOLE = "(link) => { const box = link.getBoundingClientRect(); return box.left >= 0 && box.right <= innerWidth; }"


async def test_on_a_telephone_nothing_runs_out_of_the_page(desk: Desk, page: Page) -> None:
    await desk.add("ada@example.com", Role.ADMIN, language="de")
    await page.set_viewport_size({"width": 360, "height": 740})
    await page.goto(f"{desk.url}/console/agents")
    await types(page, "ada@example.com", "Tab", PASSWORD, "Enter")
    await expect(page.get_by_role("heading", name="Team", exact=True)).to_be_visible()
    for name in ("agents", "audit", "account", "account/factor"):
        await page.goto(f"{desk.url}/console/{name}")
        assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth"), name
        nav = page.locator(".top nav a")
        assert [await one.evaluate(WHOLE) for one in await nav.all()] == [True] * 5, name
        await picture(page, f"narrow-{name.replace('/', '-')}")
