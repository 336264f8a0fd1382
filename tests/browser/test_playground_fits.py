"""What the playground shows can be read: nothing is cut off, covered, or out of its box, in English and in German."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.async_api import expect

from tests.browser.visitor import Visitor

pytestmark = pytest.mark.browser

FIRST = {"en-GB": "How likely", "de-DE": "Wie wahrscheinlich"}
LOCALES = sorted(FIRST)

CUT_OFF = """(root) => [...root.querySelectorAll("*")].filter((el) => {
    const { visibility, overflowX } = getComputedStyle(el);
    return el.innerText?.trim() && visibility !== "hidden" && overflowX !== "visible"
        && !el.matches(".log, .captions, .last-words, .home, .unseen")
        && (el.scrollWidth > el.clientWidth + 1 || el.scrollHeight > el.clientHeight + 1);
}).map((el) => `${el.className}: ${el.innerText.slice(0, 60)}`)"""

OVERRUN = """(canvas) => [...canvas.shadowRoot.querySelectorAll("g.sf-node, g.sf-pill")].flatMap((group) => {
    const box = group.querySelector("rect").getBoundingClientRect();
    return [...group.querySelectorAll("text")].filter((text) => {
        const words = text.getBoundingClientRect();
        return words.right > box.right || words.left < box.left;
    }).map((text) => text.textContent);
})"""

ENDS = """() => {
    const scale = document.querySelector(".kind-scale"), buttons = [...scale.querySelectorAll("button")];
    const [low, high] = [".low", ".high"].map((end) => scale.querySelector(end));
    const tops = [low, buttons[0], buttons.at(-1), high].map((el) => el.getBoundingClientRect().top);
    return [[low.innerText, high.innerText], tops];
}"""


async def asked(visit: Any, channel: str, locale: str, **size: int) -> Visitor:
    visitor: Visitor = await (await visit(locale=locale, **size)).choose(channel)
    return await visitor.start(FIRST[locale])


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("channel", ["sms", "whatsapp", "telegram", "slack", "voice", "web"])
async def test_nothing_on_the_phone_is_cut_off(visit: Any, channel: str, locale: str) -> None:
    visitor = await asked(visit, channel, locale)

    assert await visitor.page.locator("#screen").evaluate(CUT_OFF) == []


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("survey", ["delivery_nps", "support_ces"])
async def test_the_words_of_the_picture_stay_in_their_boxes(visit: Any, survey: str, locale: str) -> None:
    visitor = await (await visit(locale=locale)).choose("telegram", survey)
    await expect(visitor.page.locator(".canvas .sf-node").first).to_be_visible()

    assert await visitor.page.locator(".canvas").evaluate(OVERRUN) == []


@pytest.mark.parametrize("locale", LOCALES)
async def test_each_end_of_a_scale_says_which_number_it_is(visit: Any, locale: str) -> None:
    visitor = await asked(visit, "web", locale)

    ends, tops = await visitor.page.evaluate(ENDS)

    assert [text.split(" = ")[0] for text in ends] == ["0", "10"]
    assert tops == sorted(tops)  # the low end, 0, 10, the high end


@pytest.mark.parametrize(("width", "height"), [(1440, 900), (1000, 768), (390, 844)])
async def test_a_note_of_the_page_covers_nothing(visit: Any, width: int, height: int) -> None:
    visitor = await asked(visit, "telegram", "en-GB", width=width, height=height)
    await visitor.page.get_by_role("button", name="New customer").click()
    toast = visitor.page.locator("#toast")
    await expect(toast).to_be_visible()
    await visitor.page.evaluate("scrollTo(0, 0)")

    note = await toast.bounding_box()
    assert note
    for part in ("h1", "#page", "#surveys", "#channels", "#phone", "#understood", "#agent"):
        box = await visitor.page.locator(part).bounding_box()
        assert box
        apart = box["y"] >= note["y"] + note["height"] or box["y"] + box["height"] <= note["y"]
        beside = box["x"] >= note["x"] + note["width"] or box["x"] + box["width"] <= note["x"]
        assert apart or beside, part


@pytest.mark.parametrize("channel", ["sms", "whatsapp", "telegram", "slack", "web", "voice"])
async def test_the_last_message_is_in_view_also_when_the_phone_grows_smaller(visit: Any, channel: str) -> None:
    visitor = await asked(visit, channel, "en-GB")
    await visitor.says("2")
    await visitor.hears("What went wrong?")

    await visitor.page.set_viewport_size({"width": 1440, "height": 720})

    await expect(visitor.log.locator(".message, p").last).to_be_in_viewport(ratio=0.9)


@pytest.mark.parametrize("locale", LOCALES)
async def test_on_a_low_screen_the_answer_is_seen_below_its_case_and_the_agents_button_too(
    visit: Any, locale: str
) -> None:
    visitor = await asked(visit, "telegram", locale, width=1280, height=720)
    await visitor.says("2")
    await expect(visitor.case).to_be_visible()

    await expect(visitor.answer("score")).to_be_in_viewport(ratio=0.9)
    await expect(visitor.page.locator("#agent button").first).to_be_in_viewport(ratio=0.9)
