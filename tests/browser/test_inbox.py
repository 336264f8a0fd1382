"""The inbox in real browsers, on the real server: a customer on the playground's phone, agents in the console."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, BrowserContext, Page, expect

from bot.bootstrap import SystemClock
from bot.identity.roles import Role
from bot.identity.sign_in import SignIn
from bot.identity.staff import Staff
from bot.storage.agents import SqlAgents
from bot.storage.engine import Database
from tests.backends import Lasting
from tests.browser.axe import must_be_accessible
from tests.browser.visitor import Visitor
from tests.server import Server, running

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("inbox")]
PICTURES = os.environ.get("SCREENSHOTS")
"""A folder: pictures of every page are left there."""
PASSWORD = "correct horse battery"
STAFF = {"kim": Role.AGENT, "lee": Role.AGENT, "ana": Role.ANALYST, "mia": Role.MANAGER}


async def _hire(url: str) -> None:
    database = Database(url)
    agents = SqlAgents(database)
    staff, sign_in = Staff(agents, SystemClock()), SignIn(agents, SystemClock())
    for login, role in STAFF.items():
        agent = await staff.add(Role.ADMIN, login, login.title(), role)
        await sign_in.accept_invitation(await sign_in.invite(agent.id), PASSWORD, "127.0.0.1")
    await database.close()


@pytest.fixture(scope="module", params=["embedded"])  # customers sit at the playground: see conftest.py
def house(request: pytest.FixtureRequest, lasting: Lasting) -> Iterator[Server]:
    """A server of its own, with four people who work there."""
    with lasting(request.param) as backend:
        asyncio.run(_hire(backend.database_url))
        with running(backend) as server:
            yield server


class Agents:
    """Opens browsers: of agents in the console, of customers in the playground."""

    def __init__(self, browser: Browser, url: str) -> None:
        self.browser, self.url = browser, url
        self.complaints: list[str] = []
        self.contexts: list[BrowserContext] = []

    async def _page(self, **options: Any) -> Page:
        context = await self.browser.new_context(
            viewport={"width": 1440, "height": 900}, locale="en-GB", reduced_motion="reduce", **options
        )
        self.contexts.append(context)
        page = await context.new_page()
        page.on("console", lambda m: self.complaints.append(m.text) if m.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        return page

    async def agent(self, login: str, path: str = "/console/inbox?view=all") -> Page:
        page = await self._page()
        await page.goto(f"{self.url}/console/sign-in")
        await page.locator("#login").fill(login)
        await page.locator("#password").fill(PASSWORD)
        await page.locator("#password").press("Enter")
        await page.wait_for_url("**/console/inbox")
        await page.goto(self.url + path)
        await page.wait_for_selector("body[data-live=yes]")
        return page

    async def customer(self, channel: str = "telegram") -> Visitor:
        return await (await (await Visitor(await self._page(), self.url).open()).choose(channel)).start()


@pytest_asyncio.fixture(loop_scope="session")
async def people(browser: Browser, house: Server) -> AsyncIterator[Agents]:
    made = Agents(browser, house.url)
    yield made
    for context in made.contexts:
        await context.close()
    assert [said for said in made.complaints if "status of 4" not in said] == []


async def picture(page: Page, name: str) -> None:
    """Look for what nobody can use; leave pictures where they are wanted."""
    await must_be_accessible(page)
    if PICTURES:
        for scheme in ("light", "dark"):
            await page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
            await page.screenshot(path=Path(PICTURES) / f"{name}-{scheme}.png")
    await page.emulate_media(color_scheme="light")


PRESSED = "() => addEventListener('keydown', (e) => { if (e.key === 'Enter') window.pressed = Date.now(); }, true)"
WATCH = """() => { window.seen = new Promise((done) => {
  const known = new Set([...document.querySelectorAll('.case-row')].map((row) => row.dataset.case));
  new MutationObserver(() => {
    const fresh = [...document.querySelectorAll('.case-row')].find((row) => !known.has(row.dataset.case));
    if (fresh) done({at: Date.now(), id: fresh.dataset.case});
  }).observe(document.getElementById('list'), {childList: true, subtree: true});
}); }"""
"""The pages' own clocks, which are one machine's, tell when the customer pressed the key, and when the row came."""


async def unhappy(people: Agents, page: Page, channel: str = "telegram") -> tuple[Visitor, str, float]:
    """A customer gives a 2. Returns them, their case, and after how many milliseconds it was in the list without a
    reload (`benchmarks/inbox_latency.py` looks at those; a test on a busy machine can't)."""
    customer = await people.customer(channel)
    await page.evaluate(WATCH)
    await customer.page.evaluate(PRESSED)
    await customer.says("2")
    seen = await page.evaluate("window.seen")
    return customer, seen["id"], seen["at"] - await customer.page.evaluate("window.pressed")


async def test_from_a_2_to_the_end_by_keyboard(people: Agents) -> None:
    page = await people.agent("kim")
    customer, case, _ = await unhappy(people, page)
    await customer.hears("What went wrong?")

    keys = page.keyboard
    await page.locator(f".case-row[data-case='{case}']").focus()
    await keys.press("Enter")
    await expect(page.locator("#thread")).to_have_attribute("data-case", case)
    await expect(page.locator("#obstacle")).to_contain_text("Claim the case")
    await keys.press("c")
    await expect(page.locator("#thread")).to_have_attribute("data-owner", "human")
    await expect(page.locator("#words")).not_to_be_focused()  # or the next shortcut would be written to the customer
    await keys.press("r")
    await expect(page.locator("#words")).to_be_focused()
    await expect(page.locator("#words")).to_have_value("")
    await keys.type("Hello, I am Kim, a person.")
    await keys.press("Enter")
    await expect(customer.log.get_by_text("I am Kim, a person")).to_be_visible(timeout=15_000)  # held for 5 s
    await customer.says("The box was open")
    await expect(page.locator(".message.customer .bubble").last).to_have_text("The box was open")
    await expect(page.locator("#lines .message.agent .delivery").last).to_have_text("sent")
    await picture(page, "inbox")

    await keys.press("Escape")
    await keys.press("e")
    await expect(page.locator("#resolve [data-unanswered]")).to_be_visible()  # "The box was open" has no answer
    await page.get_by_label("Why did it go wrong?").select_option("damaged")
    await page.get_by_label("What was done about it?").fill("Sent a new one")
    await picture(page, "resolve")
    await page.get_by_role("button", name="Resolve", exact=True).last.press("Enter")
    await expect(page.locator("#case-head .tag").first).to_have_text("resolved")
    await customer.hears("What went wrong?")
    await expect(customer.page.locator(".message").last).to_contain_text("went wrong")


async def test_undo_within_five_seconds_and_drafts_survive_a_reload(people: Agents) -> None:
    page = await people.agent("kim")
    customer, case, _ = await unhappy(people, page)
    await page.goto(f"{people.url}/console/inbox?view=all&case={case}")
    await page.locator("#case-head [data-deed=claim]").click()
    await expect(page.locator("#words")).to_be_focused()
    await page.keyboard.type("This is rash")
    await page.keyboard.press("Enter")
    await page.get_by_role("button", name="Undo").click()
    await expect(page.locator("#words")).to_have_value("This is rash")
    await expect(page.locator(".message.withheld")).to_contain_text("Taken back")
    await page.reload()
    await expect(page.locator("#words")).to_have_value("This is rash")
    await expect(customer.log.get_by_text("This is rash")).to_have_count(0)
    await only_an_open_survey_goes_on(page)


async def test_a_claimed_case_stays_in_sight_until_another_is_opened(people: Agents) -> None:
    page = await people.agent("lee", "/console/inbox?view=unassigned")
    cases = [(await unhappy(people, page))[1] for _ in range(2)]
    rows = [page.locator(f".case-row[data-case='{case}']") for case in cases]
    await rows[0].click()
    await page.locator("#case-head [data-deed=claim]").click()
    await expect(rows[0].locator(".tag.good")).to_have_text("yours now")
    await expect(rows[0]).to_have_attribute("aria-current", "true")
    await picture(page, "claimed")
    await page.reload()
    await expect(rows[0].locator(".tag.good")).to_have_text("yours now")
    await rows[1].click()
    await expect(rows[0]).to_have_count(0)
    await expect(rows[1]).to_have_attribute("aria-current", "true")


async def only_an_open_survey_goes_on(page: Page) -> None:
    """Handing back asks whether the survey goes on, where there is one."""
    hand_back = page.locator("#hand_back")
    for survey, offered in (("yes", ["Go on with the survey", "Leave the survey where it is"]), ("no", ["Hand back"])):
        await expect(page.locator("#thread")).to_have_attribute("data-survey", "yes")
        await page.locator("#thread").evaluate("(thread, survey) => { thread.dataset.survey = survey; }", survey)
        await page.locator("#case-head [data-deed=hand_back]").click()
        await expect(hand_back.locator("button[value]:visible")).to_have_text(offered)
        await page.keyboard.press("Escape")


async def test_two_agents_at_one_case(people: Agents) -> None:
    kim, lee = await people.agent("kim"), await people.agent("lee")
    _, case, _ = await unhappy(people, kim)
    for page in (kim, lee):
        await page.goto(f"{people.url}/console/inbox?view=all&case={case}")
    await expect(kim.locator("#others")).to_have_text("Lee is looking at this, too")

    claims = [page.locator("#case-head [data-deed=claim]") for page in (kim, lee)]
    await asyncio.gather(*(claim.click() for claim in claims))
    for page in (kim, lee):
        await expect(page.locator("#thread")).to_have_attribute("data-owner", "human")
    winner, loser = (kim, lee) if await kim.locator("#words").is_enabled() else (lee, kim)
    name = "Kim" if winner is kim else "Lee"
    await expect(loser.locator(".toast", has_text=f"{name} has this conversation already")).to_be_visible()
    await expect(loser.locator("#obstacle")).to_contain_text(f"{name} has this chat")
    await expect(winner.locator("#words")).to_be_enabled()

    await winner.locator("#words").press_sequentially("One mom")
    await expect(loser.locator("#others")).to_contain_text(f"{name} is typing")
    await resolves_and_goes_on(winner, case)


async def resolves_and_goes_on(page: Page, case: str) -> None:
    """By keyboard alone: the cause by its first letter, what was done, and to the second button."""
    keys = page.keyboard
    await keys.press("Escape")
    await keys.press("e")
    await expect(page.locator("#cause")).to_be_focused()
    await keys.type("dam")
    await keys.press("Tab")
    await keys.type("Sent a new one")
    for _ in range(3):
        await keys.press("Tab")
    await expect(page.get_by_role("button", name="Resolve and next")).to_be_focused()
    await keys.press("Enter")
    await expect(page.locator("#thread")).not_to_have_attribute("data-case", case)
    await expect(page.locator("#thread")).to_have_attribute("data-open", "yes")
    await expect(page.locator(f".case-row[data-case='{case}']")).to_have_count(0)


async def test_an_analyst_sees_scores_and_no_person(people: Agents) -> None:
    kim, ana = await people.agent("kim"), await people.agent("ana")
    customer, case, _ = await unhappy(people, kim)
    await customer.says("Ada Lovelace, my box was open")
    await ana.goto(f"{people.url}/console/inbox?view=all&case={case}")
    await expect(ana.locator("#case-head .score")).to_contain_text("2")
    await expect(ana.locator("#composer")).to_be_hidden()
    await expect(ana.locator(".message.customer .bubble").first).to_have_text("•••")
    assert "Lovelace" not in await ana.content()
    await picture(ana, "analyst")
    forged = (
        "(path) => fetch(path, {method: 'POST', headers: {'X-CSRF-Token': 'forged'}, body: '{}'}).then((a) => a.status)"
    )
    assert await kim.evaluate(forged, f"/console/inbox/cases/{case}/claim") == 403
    await a_page_from_elsewhere_is_refused(kim, people.url, case)


FOREIGN = """<!doctype html><title>elsewhere</title><form method="post" action="URL/console/inbox/cases/CASE/claim"
enctype="text/plain"><input name='{"x":"' value='"}'><button>Win</button></form>"""


async def a_page_from_elsewhere_is_refused(kim: Page, url: str, case: str) -> None:
    """A page on another port of this machine: the browser sends Kim's cookie along, so only the Origin tells."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        body = FOREIGN.replace("URL", url).replace("CASE", case)
        head = f"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: {len(body)}\r\nConnection: close"
        writer.write(f"{head}\r\n\r\n{body}".encode())
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        page = await kim.context.new_page()
        await page.goto(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/")
        events = f"{url}/console/inbox/events"
        refused = "(url) => new Promise((done) => { const s = new EventSource(url, {withCredentials: true}); "
        refused += "s.onerror = () => done(s.readyState); s.onmessage = () => done('heard'); })"
        assert await page.evaluate(refused, events) == 2, "closed, and not tried again"
        async with page.expect_navigation() as heard:  # where no rule of the browser's own stands before ours
            await page.evaluate("(url) => { location.assign(url); }", events)
        live = await heard.value
        assert live is not None
        assert "__Host-conductor" in str(await live.request.all_headers()), "the test must be able to fail"
        assert live.status == 403
        await page.go_back()
        async with page.expect_navigation() as gone:
            await page.get_by_role("button", name="Win").click()
        answer = await gone.value
        assert answer is not None
        assert answer.status == 403
        await page.close()
    await expect(kim.locator(f".case-row[data-case='{case}']")).to_contain_text("free")


async def test_the_other_pages(people: Agents) -> None:
    await unhappy(people, await people.agent("kim"))
    page = await people.agent("mia", "/console/inbox?view=mine")
    await picture(page, "inbox-empty")
    await page.goto(f"{people.url}/console/canned")
    await page.get_by_label("Name").fill("sorry")
    await page.get_by_label("Text").fill("Dear {name}, I am sorry.")
    await page.get_by_role("button", name="Keep").click()
    await expect(page.locator("td", has_text="Dear {name}")).to_be_visible()
    await picture(page, "canned")
    await page.goto(f"{people.url}/console/inbox")
    await page.wait_for_selector("body[data-live=yes]")
    await page.keyboard.press("?")
    await expect(page.locator("#help")).to_be_visible()
    await picture(page, "shortcuts")
    await page.get_by_label("Claim").fill("a")
    await page.get_by_role("button", name="Keep").click()
    await expect(page.locator("#help")).to_be_hidden()
    await page.goto(f"{people.url}/console/inbox?view=unassigned")
    await page.wait_for_selector("body[data-live=yes]")
    await page.keyboard.press("j")
    await expect(page.locator("#case-head [data-deed=claim]")).to_be_visible()
    await page.keyboard.press("a")  # her own key, after a reload
    await expect(page.locator("#thread")).to_have_attribute("data-owner", "human")
    await page.set_viewport_size({"width": 390, "height": 844})
    await picture(page, "inbox-phone")
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    await page.get_by_role("link", name="‹ Inbox").click()
    await expect(page.get_by_role("searchbox")).to_be_visible()
    await page.set_viewport_size({"width": 1440, "height": 900})
    await page.wait_for_selector("body[data-live=yes]")
    await page.keyboard.press("g")
    await page.keyboard.press("l")
    await page.wait_for_url("**/console/live")
    await page.wait_for_selector("body[data-live=yes]")
    customer = await people.customer("sms")
    await expect(page.locator("#now")).to_contain_text("How likely are you to recommend us")
    await expect(page.get_by_role("row", name="Mia here")).to_be_visible()
    await picture(page, "live")
    await customer.says("9")
