"""The playground without a mouse, and for everybody: surveys answered by keyboard alone, axe in both languages."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.async_api import Page, expect

from tests.browser.axe import must_be_accessible
from tests.browser.visitor import Visitor

pytestmark = pytest.mark.browser

FIRST = {"en-GB": "How likely", "de-DE": "Wie wahrscheinlich"}
FOCUSED = "document.activeElement?.innerText?.trim() || document.activeElement?.getAttribute('aria-label') || ''"
RING = "getComputedStyle(document.activeElement).outlineStyle"


async def tab_to(page: Page, words: str, key: str = "Tab") -> None:
    """Goes on with Tab until what says `words` has the focus, and can be seen to have it."""
    for _ in range(60):
        if (await page.evaluate(FOCUSED)).startswith(words):
            assert await page.evaluate(RING) != "none"
            return
        await page.keyboard.press(key)
    raise AssertionError(f"Tab never comes to {words!r}")


async def begin(visit: Any, channel: str, survey: str = "delivery_nps", first: str = "How likely") -> Visitor:
    """Chosen and started by keyboard."""
    visitor: Visitor = await (await visit()).choose(channel, survey)
    await visitor.page.evaluate("document.activeElement.blur()")
    await tab_to(visitor.page, "Start survey")
    await visitor.page.keyboard.press("Enter")
    if channel == "voice":
        await tab_to(visitor.page, "Answer")
        await visitor.page.keyboard.press("Enter")
    await visitor.hears(first)
    return visitor


@pytest.mark.parametrize("channel", ["telegram", "web"])
async def test_buttons_are_pressed_and_the_cursor_goes_on_to_the_next_question(visit: Any, channel: str) -> None:
    visitor = await begin(visit, channel)
    page = visitor.page

    await tab_to(page, "8")
    await page.keyboard.press("Enter")
    await visitor.hears("What would have made it a 10?")
    await expect(page.locator(".compose")).to_be_focused()
    await page.keyboard.type("Faster")
    await page.keyboard.press("Enter")
    await visitor.hears("promised day")
    await tab_to(page, "Yes", "Shift+Tab")
    await page.keyboard.press("Enter")

    await visitor.hears("Our delivery team")


async def test_the_next_questions_buttons_have_the_cursor(visit: Any) -> None:
    visitor = await begin(visit, "web")
    await expect(visitor.page.locator(".kind-scale .choice").first).to_be_focused()
    await tab_to(visitor.page, "10")

    await visitor.page.keyboard.press("Enter")
    await visitor.hears("What did you like best?")

    await expect(visitor.page.locator(".toggles .choice").first).to_be_focused()


async def test_who_types_keeps_the_cursor_where_they_type(visit: Any) -> None:
    visitor = await (await (await visit()).choose("web")).start()

    await visitor.says("9")
    await visitor.hears("What did you like best?")
    await expect(visitor.page.locator(".toggles .choice").first).to_be_visible()

    await expect(visitor.page.locator(".compose")).to_be_focused()


async def test_a_list_on_whatsapp_is_walked_with_arrows_and_keeps_the_keyboard(visit: Any) -> None:
    visitor = await begin(visit, "whatsapp", "support_ces", "How far do you agree")
    page = visitor.page
    await tab_to(page, await page.locator(".opener button").last.inner_text())
    await page.keyboard.press("Enter")
    items = page.get_by_role("menuitem")
    await expect(items.first).to_be_focused()

    await page.keyboard.press("ArrowUp")
    await expect(items.last).to_be_focused()
    await page.keyboard.press("Tab")
    await expect(page.locator(".sheet").get_by_role("button", name="Close")).to_be_focused()
    await page.keyboard.press("Escape")
    await expect(page.locator(".opener button").last).to_be_focused()
    await page.keyboard.press("Enter")
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("Enter")

    await expect(visitor.answer("score")).to_contain_text("2")


async def test_a_form_in_slack_is_filled_in_by_keyboard(visit: Any) -> None:
    visitor = await begin(visit, "slack")
    page = visitor.page
    await tab_to(page, "10")
    await page.keyboard.press("Enter")
    await visitor.hears("What did you like best?")
    await expect(page.locator(".choices button").last).to_be_focused()
    await page.keyboard.press("Enter")

    await expect(page.locator(".modal input").first).to_be_focused()
    await page.keyboard.press("Space")
    await tab_to(page, "Send")
    await page.keyboard.press("Enter")

    await expect(visitor.answer("liked")).to_be_visible()


async def test_a_call_is_answered_by_the_keys_of_the_keyboard(visit: Any) -> None:
    visitor = await begin(visit, "voice")
    await visitor.page.evaluate("document.activeElement.blur()")

    await visitor.page.keyboard.type("10#")

    await expect(visitor.answer("score").locator(".given")).to_have_text("10")


async def test_arrows_choose_a_survey_and_a_channel(visit: Any) -> None:
    page = (await (await visit()).choose("telegram")).page
    await page.locator("[data-survey=delivery_nps]").focus()

    await page.keyboard.press("ArrowDown")
    chosen = page.locator("#surveys [aria-checked=true]")
    await expect(chosen).to_be_focused()
    await expect(chosen).not_to_have_attribute("data-survey", "delivery_nps")
    await page.locator(".channel[data-channel=telegram]").focus()
    await page.keyboard.press("ArrowRight")

    await expect(page.locator(".channel[data-channel=slack]")).to_be_focused()
    await expect(page.locator("#phone")).to_have_attribute("data-channel", "slack")


@pytest.mark.parametrize("locale", sorted(FIRST))
@pytest.mark.parametrize("channel", ["sms", "whatsapp", "telegram", "slack", "voice", "web"])
async def test_everybody_can_use_it(visit: Any, channel: str, locale: str) -> None:
    visitor = await (await (await visit(locale=locale)).choose(channel)).start(FIRST[locale])
    page = visitor.page
    await visitor.says("2")
    await expect(visitor.case).to_be_visible()
    await must_be_accessible(page)

    await visitor.case.get_by_role("button").click()
    await must_be_accessible(page)
