"""Takes the pictures of `docs/screenshots/` anew, on the real server: ``python -m tests.browser.screenshots``."""

from __future__ import annotations

import asyncio
import sys
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from playwright.async_api import Browser, async_playwright, expect

from tests.backends import embedded_in
from tests.browser.visitor import ARGUMENTS, Visitor
from tests.chromium import HOW_TO_GET_ONE, find_chromium
from tests.server import running

FOLDER = Path(__file__).parents[2] / "docs/screenshots"
WIDE, NARROW = (1400, 860), (390, 844)


async def refund(visitor: Visitor) -> None:
    """The story of the README: a low score and a question in one breath."""
    await visitor.start()
    await visitor.says("a solid 3, where is my refund?")
    await visitor.hears("What went wrong?")
    await expect(visitor.case).to_be_visible()


async def one_more_answer(visitor: Visitor) -> None:
    await refund(visitor)
    await visitor.says("The parcel was late and the box was open")
    await visitor.hears("promised day")


async def asked(visitor: Visitor) -> None:
    await visitor.start()


async def tapped(visitor: Visitor) -> None:
    """A keyboard of two rows that shows what was chosen, and one of boxes with two ticks."""
    await visitor.start()
    await visitor.presses("9")
    await visitor.hears("What did you like best?")
    boxes = visitor.page.locator(".choices").last.get_by_role("button")
    for number in (0, 1):
        label = await boxes.nth(number).inner_text()
        await boxes.nth(number).click()
        await expect(boxes.nth(number)).not_to_have_text(label)


async def filled_in(visitor: Visitor) -> None:
    """Slack's form over the conversation."""
    await visitor.start()
    await visitor.presses("9")
    await visitor.hears("What did you like best?")
    await visitor.page.locator(".choices button").last.click()
    for number in (0, 2):
        await visitor.page.locator(".modal label").nth(number).click()


async def listed(visitor: Visitor) -> None:
    await visitor.start("How far do you agree")
    await visitor.page.locator(".opener button").click()


async def ambiguous(visitor: Visitor) -> None:
    await visitor.start()
    await visitor.says("eight or nine")
    await expect(visitor.understood).to_contain_text("8 / 9")


async def dialled(visitor: Visitor) -> None:
    await visitor.start()
    await visitor.dials("3")
    await visitor.hears("What went wrong?")


async def taken_over(visitor: Visitor) -> None:
    await refund(visitor)
    await visitor.page.get_by_role("button", name="Take over").click()
    await visitor.page.get_by_label("Reply as").fill("Hi, this is Dana. I found your refund: it leaves today.")
    await visitor.page.get_by_label("Reply as").press("Enter")
    await visitor.hears("this is Dana")


SHOTS: dict[str, tuple[str, str, str, tuple[int, int], Callable[[Visitor], Awaitable[None]]]] = {
    "playground": ("telegram", "delivery_nps", "light", WIDE, one_more_answer),
    "takeover": ("whatsapp", "delivery_nps", "dark", WIDE, taken_over),
    "sms": ("sms", "delivery_nps", "light", WIDE, ambiguous),
    "whatsapp-list": ("whatsapp", "support_ces", "light", WIDE, listed),
    "telegram": ("telegram", "delivery_nps", "light", WIDE, tapped),
    "slack": ("slack", "delivery_nps", "light", WIDE, asked),
    "slack-form": ("slack", "delivery_nps", "light", WIDE, filled_in),
    "telephone": ("voice", "delivery_nps", "dark", WIDE, dialled),
    "narrow": ("telegram", "delivery_nps", "light", NARROW, asked),
}
"""Name → channel, survey, colours, size, and what happens before the picture."""


async def take(browser: Browser, url: str, name: str) -> None:
    channel, survey, colours, (width, height), story = SHOTS[name]
    options: dict[str, Any] = {"color_scheme": colours, "reduced_motion": "reduce", "locale": "en-GB"}
    context = await browser.new_context(viewport={"width": width, "height": height}, **options)
    visitor = await Visitor(await context.new_page(), url).open()
    await visitor.choose(channel, survey)
    await story(visitor)
    await visitor.page.evaluate("document.activeElement.blur()")
    await visitor.page.wait_for_timeout(600)  # the page scrolls to the newest message
    await visitor.page.screenshot(path=FOLDER / f"{name}.png")
    await context.close()


async def main(names: list[str]) -> None:
    chromium = find_chromium()
    if chromium is None:
        sys.exit(HOW_TO_GET_ONE)
    with tempfile.TemporaryDirectory() as folder, running(embedded_in(Path(folder))) as server:
        async with async_playwright() as playwright:
            browser = await playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)
            for name in names or SHOTS:
                await take(browser, server.url, name)
                print(FOLDER / f"{name}.png")
            await browser.close()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1:]))
