"""Each channel's phone through its local provider: what the connector sent is drawn, what the customer does comes back
as the provider's signed webhook, and the answer is stored."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.async_api import Route, expect

pytestmark = pytest.mark.browser


async def test_text_messages(visit: Any) -> None:
    visitor = await (await (await visit()).choose("sms")).start()

    await visitor.hears("0 (not at all likely) - 10 (extremely likely)")
    await visitor.says("nine")

    await expect(visitor.answer("score")).to_contain_text("9")
    await expect(visitor.page.locator(".report").last).to_have_text("delivered")  # by a status callback
    await expect(visitor.page.locator("#via")).to_contain_text("local Twilio")


async def test_a_list_on_whatsapp(visit: Any) -> None:
    visitor = await (await (await visit()).choose("whatsapp", "support_ces")).start("How far do you agree")

    await visitor.page.locator(".opener button").click()
    await visitor.page.get_by_role("menuitem").nth(5).click()

    await expect(visitor.answer("score")).to_contain_text("6")
    await expect(visitor.page.locator(".bubble.out").first).to_contain_text("Hi")  # it opened the 24 hours
    await expect(visitor.page.locator(".day")).to_contain_text("we may write freely until")
    await expect(visitor.page.locator(".opener button").first).to_be_disabled()


async def test_a_tap_on_telegram_changes_the_keyboard(visit: Any) -> None:
    visitor = await (await (await visit()).choose("telegram")).start()
    await expect(visitor.page.locator(".choices .row")).to_have_count(2)  # 0 to 10 in two rows

    await visitor.presses("9")

    await expect(visitor.answer("score")).to_contain_text("promoter")
    await expect(visitor.page.locator(".choices").first.get_by_role("button")).to_have_text(["✓ 9"])
    await expect(visitor.page.locator(".bubble.out")).to_have_count(0)  # a tap is no message


async def test_boxes_on_telegram_are_ticked_by_edits_of_the_keyboard(visit: Any) -> None:
    visitor = await (await (await visit()).choose("telegram")).start()
    await visitor.presses("9")
    await visitor.hears("What did you like best?")
    keyboard = visitor.page.locator(".choices").last.get_by_role("button")

    first = await keyboard.nth(0).inner_text()
    await keyboard.nth(0).click()
    await expect(keyboard.nth(0)).not_to_have_text(first)  # it is ticked now
    await keyboard.last.click()

    await expect(visitor.answer("liked")).to_be_visible()


async def test_a_button_in_slack_is_replaced_by_what_was_chosen(visit: Any) -> None:
    visitor = await (await (await visit()).choose("slack")).start()

    await visitor.presses("9")

    await expect(visitor.answer("score")).to_contain_text("promoter")
    await visitor.hears("✓ 9")
    await expect(visitor.page.locator(".choices").get_by_role("button", name="10", exact=True)).to_have_count(0)


async def test_a_form_in_slack(visit: Any) -> None:
    visitor = await (await (await visit()).choose("slack")).start()
    await visitor.presses("9")
    await visitor.hears("What did you like best?")

    await visitor.page.locator(".choices button").last.click()
    boxes = visitor.page.locator(".modal label")
    await boxes.nth(0).click()
    await boxes.nth(1).click()
    await visitor.page.locator(".modal").get_by_role("button", name="Send").click()

    await expect(visitor.answer("liked")).to_contain_text(",")
    await expect(visitor.page.locator(".modal")).to_have_count(0)


async def test_a_slash_command_and_the_home_tab_in_slack(visit: Any) -> None:
    visitor = await (await visit()).choose("slack")

    await visitor.says("/survey")
    await visitor.hears("Only visible to you")
    await visitor.page.get_by_role("tab", name="Home").click()

    await expect(visitor.page.locator(".home").get_by_role("button").first).to_be_visible()


async def test_keys_on_the_telephone(visit: Any) -> None:
    visitor = await (await (await visit()).choose("voice")).start()

    await visitor.hears("Press a key from 0 to 10")
    await visitor.dials("10")

    await expect(visitor.answer("score").locator(".given")).to_have_text("10")


async def test_a_customer_rings_us_and_goes_on_by_text_message(visit: Any) -> None:
    visitor = await (await visit()).choose("voice")

    await visitor.page.get_by_role("button", name="Call Hazelmoor").click()
    await visitor.hears("recommend")
    await visitor.says("text me instead")

    await expect(visitor.page.locator(".caller .status")).to_have_text("Call ended", timeout=20_000)
    await visitor.choose("sms")
    await visitor.hears("recommend")
    await visitor.says("9")
    await expect(visitor.answer("score")).to_contain_text("promoter")


async def test_a_declined_call_is_over_and_nothing_was_asked(visit: Any) -> None:
    visitor = await (await visit()).choose("voice")
    await visitor.page.get_by_role("button", name="Start survey").click()

    await visitor.page.get_by_role("button", name="Decline").click()

    await expect(visitor.page.get_by_role("button", name="Call Hazelmoor")).to_be_visible()
    await expect(visitor.page.locator("#answers li")).to_have_count(0)


async def test_where_the_real_provider_is_connected_the_phone_is_off(visit: Any) -> None:
    visitor = await visit()

    async def telegram_is_connected(route: Route) -> None:
        answer = await (await route.fetch()).json()
        await route.fulfill(json={**answer, "phones": {**answer["phones"], "telegram": "off"}})

    await visitor.page.route("**/playground/api/surveys", telegram_is_connected)
    await visitor.open()
    await visitor.choose("telegram")

    await expect(visitor.page.locator(".off")).to_contain_text("nothing here pretends to be a customer")
    await expect(visitor.page.locator("#start")).to_be_disabled()
    await (await visitor.choose("sms")).start()
