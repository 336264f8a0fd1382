"""Pictures of every page of the console, to be looked at: ``python -m tests.browser.console_pictures FOLDER``. What
axe-core finds on them is printed.

Each in light and dark, some in German, narrow, or on a telephone. `README` in place of a folder writes those of the
README.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import pytest
from playwright.async_api import Browser, Page, async_playwright

from bot.bootstrap import Conductor, SystemClock
from bot.identity.openid import OpenId, Provider
from bot.identity.roles import Role
from bot.settings import load_settings
from bot.storage.migrate import migrate
from tests.browser.axe import violations
from tests.browser.busy_desk import Busy
from tests.browser.visitor import ARGUMENTS
from tests.chromium import HOW_TO_GET_ONE, find_chromium
from tests.console.desk.client import PASSWORD, Desk
from tests.console.test_playground import serving

README = Path(__file__).parents[2] / "docs/screenshots"
IN_README = {
    "inbox-light": "inbox",
    "live-light": "live",
    "inbox-german-dark": "inbox-dark",
    "inbox-phone-light": "inbox-phone",
}
WIDE, MIDDLE, TABLET, PHONE = (1440, 900), (1180, 800), (768, 1024), (390, 844)


async def nothing(page: Page) -> None:
    """The page as it comes."""


def presses(*keys: str) -> Callable[[Page], Awaitable[None]]:
    async def story(page: Page) -> None:
        for key in keys:
            await page.keyboard.press(key)
        await page.wait_for_timeout(300)

    return story


@dataclass(frozen=True)
class Shot:
    """`who`: login of the agent, "" for nobody. `path`: `{case}` is the long one."""

    name: str
    path: str
    who: str = "kim"
    size: tuple[int, int] = WIDE
    story: Callable[[Page], Awaitable[None]] = nothing


SHOTS = (
    Shot("inbox", "/console/inbox?view=all&case={case}"),
    Shot("inbox-told", "/console/inbox?view=all&case={case}", story=presses("n", "O", "k", "Enter")),
    Shot("inbox-told-phone", "/console/inbox?view=all&case={case}", size=PHONE, story=presses("n", "O", "k", "Enter")),
    Shot("inbox-stopped", "/console/inbox?view=all&case=7"),
    Shot("inbox-wrote-again", "/console/inbox?view=all&case=10", who="dora"),
    Shot("inbox-list", "/console/inbox?view=all"),
    Shot("inbox-middle", "/console/inbox?view=all&case={case}", size=MIDDLE),
    Shot("inbox-tablet", "/console/inbox?view=all&case={case}", size=TABLET),
    Shot("inbox-phone-list", "/console/inbox?view=all", size=PHONE),
    Shot("inbox-phone", "/console/inbox?view=all&case={case}", size=PHONE),
    Shot("inbox-german", "/console/inbox?view=all&case={case}", who="dora"),
    Shot("inbox-analyst", "/console/inbox?view=all&case={case}", who="ana"),
    Shot("inbox-empty", "/console/inbox?view=mine", who="mia"),
    Shot("inbox-resolve", "/console/inbox?view=all&case={case}", story=presses("e")),
    Shot("inbox-help", "/console/inbox?view=all&case={case}", story=presses("?")),
    Shot("inbox-canned", "/console/inbox?view=all&case={case}", story=presses("/")),
    Shot("inbox-handback", "/console/inbox?view=all&case={case}", story=presses("b")),
    Shot("inbox-search", "/console/inbox?view=all&q=lamp"),
    Shot("live", "/console/live", who="mia"),
    Shot("live-german", "/console/live", who="gero"),
    Shot("live-phone", "/console/live", who="mia", size=PHONE),
    Shot("agents", "/console/agents", who="mia"),
    Shot("agents-phone", "/console/agents", who="mia", size=PHONE),
    Shot("audit", "/console/audit", who="mia"),
    Shot("audit-german", "/console/audit", who="gero"),
    Shot("audit-phone", "/console/audit", who="gero", size=PHONE),
    Shot("canned", "/console/canned", who="mia"),
    Shot("canned-german", "/console/canned", who="gero"),
    Shot("account", "/console/account"),
    Shot("account-german", "/console/account", who="dora"),
    Shot("factor", "/console/account/factor"),
    Shot("problem-not-allowed", "/console/agents"),
    Shot("problem-nowhere", "/console/nowhere"),
    Shot("problem-no-case", "/console/inbox?view=all&case=9999"),
    Shot("sign-in", "/console/sign-in", who=""),
    Shot("sign-in-company", "/console/sign-in?company", who=""),
    Shot("welcome", "/console/welcome#{token}", who=""),
    Shot("welcome-over", "/console/welcome#nothing", who=""),
)
GERMANS = {"dora": Role.AGENT, "gero": Role.MANAGER}
STAFF = {"kim": Role.AGENT, "lee": Role.AGENT, "ana": Role.ANALYST, "mia": Role.MANAGER, **GERMANS}


class Album:
    def __init__(self, desk: Desk, browser: Browser, folder: Path) -> None:
        self._desk, self._browser, self._folder = desk, browser, folder
        self._cookies: dict[str, Any] = {}

    async def staff(self) -> None:
        for login, role in STAFF.items():
            await self._desk.add(login, role, language="de" if login in GERMANS else "en")

    async def _sign_in(self, page: Page, login: str) -> None:
        if login in self._cookies:
            await page.context.add_cookies(self._cookies[login])
            return
        await page.goto(f"{self._desk.url}/console/sign-in")
        await page.locator("#login").fill(login)
        await page.locator("#password").fill(PASSWORD)
        await page.locator("#password").press("Enter")
        await page.wait_for_url("**/console/inbox")
        self._cookies[login] = await page.context.cookies()

    async def take(self, shot: Shot, case: int, scheme: Any, name: str = "") -> None:
        width, height = shot.size
        context = await self._browser.new_context(
            viewport={"width": width, "height": height}, color_scheme=scheme, reduced_motion="reduce", locale="en-GB"
        )
        page = await context.new_page()
        if shot.who:
            await self._sign_in(page, shot.who)
        conductor: Any = self._desk.conductor
        company = Provider("https://id.example.com", "x", "x", "Hazelmoor")
        conductor.openid = OpenId(company, conductor.clock) if "company" in shot.path else None
        token = ""
        if "{token}" in shot.path:
            agent = (await conductor.staff.list())[0]
            token = await conductor.sign_in.invite(agent.id)
        await page.goto(self._desk.url + shot.path.format(case=case, token=token))
        await page.wait_for_timeout(400)
        await shot.story(page)
        await page.wait_for_timeout(100)
        for found in await violations(page):
            print(f"{shot.name} {scheme}: {found}")
        await page.screenshot(path=self._folder / f"{name or f'{shot.name}-{scheme}'}.png")
        await context.close()


async def main(folder: Path, names: list[str]) -> None:
    chromium = find_chromium()
    if chromium is None:
        sys.exit(HOW_TO_GET_ONE)
    readme = str(folder) == "README"
    with tempfile.TemporaryDirectory() as place, pytest.MonkeyPatch.context() as monkeypatch:
        url = f"sqlite+aiosqlite:///{place}/pictures.db"
        await asyncio.to_thread(migrate, url)
        conductor = Conductor(load_settings(database_url=url), cast(Any, None), SystemClock(), {})
        async with serving(cast(Any, conductor), monkeypatch) as house, async_playwright() as playwright:
            browser = await playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)
            album = Album(Desk(conductor, house.url, house.session), browser, README if readme else folder)
            await album.staff()
            empty = [shot for shot in SHOTS if shot.name == "inbox-empty"]
            case = 0
            for shot in (*empty, *(shot for shot in SHOTS if shot not in empty)):
                if shot not in empty and not case:
                    case = await Busy(conductor.database).fill()
                for scheme in ("light", "dark"):
                    key = f"{shot.name}-{scheme}"
                    if readme and key in IN_README:
                        await album.take(shot, case, scheme, IN_README[key])
                    elif not readme and (not names or shot.name in names):
                        await album.take(shot, case, scheme)
            await browser.close()
        await conductor.database.close()


if __name__ == "__main__":
    Path(sys.argv[1]).mkdir(exist_ok=True) if sys.argv[1] != "README" else None
    asyncio.run(main(Path(sys.argv[1]), sys.argv[2:]))
