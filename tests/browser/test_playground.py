"""The playground in a browser, on the real server: what a newcomer does in the first minutes."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.async_api import expect

pytestmark = pytest.mark.browser

CHAT = ["sms", "whatsapp", "telegram", "slack", "web"]


@pytest.mark.parametrize("channel", CHAT)
async def test_an_unhappy_customer_who_asks_something_gets_an_answer_a_question_and_a_case(
    visit: Any, channel: str
) -> None:
    visitor = await (await (await visit()).choose(channel)).start()

    await visitor.says("a solid 3, where is my refund?")

    await visitor.hears("A refund takes up to")
    await visitor.hears("What went wrong?")
    await expect(visitor.case).to_contain_text("left to respond")
    await expect(visitor.case.get_by_role("timer")).to_have_text(re.compile(r"^[34]:\d\d:\d\d$"))
    await expect(visitor.answer("score")).to_contain_text("detractor")
    await expect(visitor.understood).to_contain_text("faq/refund")
    lit = visitor.page.locator(".canvas .sf-current")
    await expect(lit).to_have_attribute("data-node", "why")


async def test_a_pressed_button_is_an_answer(visit: Any) -> None:
    visitor = await (await (await visit()).choose("telegram")).start()

    await visitor.presses("10")

    await expect(visitor.answer("score")).to_contain_text("promoter")
    await expect(visitor.understood).to_contain_text("Button pressed")
    await expect(visitor.case).to_have_count(0)


async def test_several_options_are_ticked_and_then_sent(visit: Any) -> None:
    visitor = await (await (await visit()).choose("web")).start()
    await visitor.presses("9")
    await visitor.hears("What did you like best?")

    await visitor.page.locator(".toggles .choice").nth(0).click()
    await visitor.page.locator(".toggles .choice").nth(1).click()
    await visitor.page.locator(".toggles .done").click()

    await expect(visitor.answer("liked")).to_contain_text(",")


DRAWN_TWICE = """async () => {
    const { Chat } = await import("/playground/static/phone.js");
    const screen = document.body.appendChild(document.createElement("div"));
    const option = (value) => ({ value, label: value, full: value });
    const rows = [[option("a"), option("b")]];
    const drawing = { text: "Which?", form: "toggles", question: "liked", send: "Done", rows };
    const message = { id: 1, direction: "out", role: "question", sender: "bot", at: "2026-11-26T10:00:00Z", drawing };
    const chat = new Chat(screen, { channel: "web", company: "Us", say() {}, pick() {}, act: null });
    const draw = (status) => chat.draw({ transcript: [{ ...message, status }], pending: [], current: "liked" });
    draw("queued");
    screen.querySelector(".toggles .choice").click();
    screen.querySelector(".toggles .choice").focus();
    draw("sent");
    const first = screen.querySelector(".toggles .choice");
    const done = screen.querySelector(".done");
    return [first.getAttribute("aria-pressed"), done.disabled, document.activeElement === first];
}"""


async def test_what_is_ticked_stays_ticked_when_the_question_is_drawn_anew(visit: Any) -> None:
    """News of a message (it was sent) draws it again, maybe between two ticks."""
    visitor = await visit()

    assert await visitor.page.evaluate(DRAWN_TWICE) == ["true", False, True]


async def test_whatsapp_opens_a_list_for_more_than_three_options(visit: Any) -> None:
    visitor = await (await (await visit()).choose("whatsapp", "support_ces")).start("How far do you agree")

    await visitor.page.locator(".opener button").click()
    await visitor.page.get_by_role("menuitem").nth(5).click()

    await expect(visitor.answer("score")).to_contain_text("6")


@pytest.mark.parametrize(("keys", "value"), [("3", "3"), ("10", "10")])
async def test_a_telephone_takes_a_key_at_once_and_waits_for_the_0_of_a_10(visit: Any, keys: str, value: str) -> None:
    visitor = await (await (await visit()).choose("voice")).start()

    await visitor.dials(keys)

    await expect(visitor.answer("score").locator(".given")).to_have_text(value)


async def test_a_1_alone_is_asked_about(visit: Any) -> None:
    """A 0 that got lost must not make a 10 a 1."""
    visitor = await (await (await visit()).choose("voice")).start()

    await visitor.dials("1")
    await visitor.hears("press 1 again")
    await visitor.dials("1")

    await expect(visitor.answer("score").locator(".given")).to_have_text("1")


async def test_a_changed_answer_is_struck_through(visit: Any) -> None:
    visitor = await (await (await visit()).choose("sms")).start()
    await visitor.says("9")
    await expect(visitor.answer("score")).to_contain_text("promoter")

    await visitor.says("back")
    await expect(visitor.page.locator(".canvas .sf-current")).to_have_attribute("data-node", "score")
    await visitor.says("3")

    await expect(visitor.page.locator("#answers .superseded s")).to_have_text("9")


async def test_after_a_reload_the_conversation_is_still_there(visit: Any) -> None:
    visitor = await (await (await visit()).choose("whatsapp")).start()
    await visitor.says("a solid 3, where is my refund?")
    await visitor.hears("What went wrong?")

    await visitor.open()

    await visitor.hears("a solid 3, where is my refund?")
    await expect(visitor.case).to_be_visible()


async def test_each_channel_keeps_a_conversation_of_its_own(visit: Any) -> None:
    visitor = await (await (await visit()).choose("sms")).start()
    await visitor.says("7")
    await expect(visitor.answer("score")).to_contain_text("passive")

    await visitor.choose("slack")
    await expect(visitor.page.locator(".empty")).to_be_visible()
    await visitor.choose("sms")

    await expect(visitor.answer("score")).to_contain_text("passive")


async def test_while_a_person_has_the_chat_the_bot_is_silent_and_afterwards_it_goes_on(visit: Any) -> None:
    visitor = await (await (await visit()).choose("telegram")).start()
    page = visitor.page

    await page.get_by_role("button", name="Take over").click()
    await expect(page.locator("#phone .banner")).to_be_visible()
    await expect(page.locator("#agent .notice")).to_contain_text("The bot is silent")
    await visitor.says("9")
    await expect(page.locator(".ticks.read")).to_be_visible()
    await expect(page.locator("#answers li")).to_have_count(0)
    await page.get_by_label("Reply as").fill("Hello, I am a person.")
    await page.get_by_label("Reply as").press("Enter")
    await visitor.hears("Hello, I am a person.")
    await page.get_by_role("button", name="Hand back").click()

    await expect(page.locator("#phone .banner")).to_be_hidden()
    await expect(page.locator(".message").last).to_contain_text(re.compile("0 to 10|How likely"))


async def test_who_asks_for_a_person_waits_until_one_takes_over_and_is_then_answered(visit: Any) -> None:
    """Nobody has the chat yet: the page doesn't say that somebody has, and "Take over" is the way to answer."""
    visitor = await (await (await visit()).choose("whatsapp")).start()
    page = visitor.page

    await visitor.says("agent")
    await expect(page.locator("#phone .banner")).to_have_text("A person has been asked for. The bot is silent.")
    await expect(page.get_by_label("Reply as")).to_be_hidden()
    await expect(visitor.case).to_contain_text("left to respond")
    await page.get_by_role("button", name="Take over").click()
    await page.get_by_label("Reply as").fill("Hello, I am a person.")
    await page.get_by_label("Reply as").press("Enter")

    await visitor.hears("Hello, I am a person.")
    await expect(page.locator("#phone .banner")).to_contain_text("Dana is with you now")
    await expect(visitor.case).to_contain_text("left to resolve")


@pytest.mark.parametrize("channel", [*CHAT, "voice"])
async def test_on_a_narrow_screen_nothing_sticks_out(visit: Any, channel: str) -> None:
    visitor = await (await (await visit(width=390, height=844)).choose(channel)).start()

    assert await visitor.page.evaluate("document.documentElement.scrollWidth") <= 390
    phone = await visitor.page.locator("#phone").bounding_box()
    last = await visitor.page.locator(".callbar, .composer").bounding_box()
    assert phone
    assert last
    assert last["y"] + last["height"] <= phone["y"] + phone["height"]


async def test_on_a_laptop_everything_is_on_one_screen(visit: Any) -> None:
    visitor = await (await (await visit()).choose("telegram")).start()
    await visitor.says("a solid 3, where is my refund?")
    await expect(visitor.case).to_be_visible()

    for part in ("#phone", "#understood", "#answers", "#cases", "#agent", "#picture", "#start"):
        box = await visitor.page.locator(part).bounding_box()
        assert box is not None
        assert box["y"] >= 0
        assert box["y"] + box["height"] <= 900, part


async def test_markup_in_a_message_stays_text(visit: Any) -> None:
    visitor = await (await (await visit()).choose("sms")).start()
    markup = "<img src=x onerror=alert(1)>"

    await visitor.says(markup)

    await visitor.hears(markup)
    await expect(visitor.log.locator("img, script")).to_have_count(0)
    await expect(visitor.understood.locator("img")).to_have_count(0)


async def test_the_survey_is_held_in_the_language_that_is_chosen(visit: Any) -> None:
    visitor = await (await visit()).choose("sms")
    await visitor.page.get_by_label("Language").select_option("de")

    await visitor.start("Wie wahrscheinlich")
    await visitor.says("acht")

    await expect(visitor.answer("score")).to_contain_text("8")
