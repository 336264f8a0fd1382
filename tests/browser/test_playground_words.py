"""The playground speaks the reader's language: every word of it, in German as in English."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.async_api import Page, expect

pytestmark = pytest.mark.browser

SAME_KEYS = """async () => {
    const [en, de] = await Promise.all(["en", "de"].map((code) => import(`/playground/static/words/${code}.js`)));
    const keys = (part, at = "") => Object.entries(part).flatMap(([key, value]) =>
        typeof value === "object" ? keys(value, `${at}${key}.`) : [`${at}${key} ${typeof value}`]);
    return [keys(en.default), keys(de.default)];
}"""

LEFT_IN_ENGLISH = """async () => {
    const [en, de] = await Promise.all(["en", "de"].map((code) => import(`/playground/static/words/${code}.js`)));
    const texts = (part) => Object.values(part).flatMap((one) => typeof one === "object" ? texts(one) : [one])
        .filter((one) => typeof one === "string");
    const german = new Set(texts(de.default));
    const english = new Set(texts(en.default).filter((text) => !german.has(text)));
    const shown = [...document.querySelectorAll("body *")].flatMap((el) => [
        ...[...el.childNodes].filter((node) => node.nodeType === 3).map((node) => node.data.trim()),
        ...["aria-label", "placeholder", "title"].map((name) => el.getAttribute(name))]);
    return shown.filter((text) => english.has(text));
}"""


async def left_in_english(page: Page) -> list[str]:
    return list(await page.evaluate(LEFT_IN_ENGLISH))


async def test_both_languages_have_the_same_words(visit: Any) -> None:
    english, german = await (await visit()).page.evaluate(SAME_KEYS)

    assert english == german
    assert len(english) > 100


@pytest.mark.parametrize("channel", ["telegram", "slack", "voice", "web"])
async def test_for_a_german_reader_nothing_stays_english(visit: Any, channel: str) -> None:
    visitor = await (await visit(locale="de-DE")).choose(channel)
    page = visitor.page
    assert await left_in_english(page) == []

    await visitor.start("Wie wahrscheinlich")
    await visitor.says("2, der Fahrer hat es geworfen")
    await expect(visitor.case).to_contain_text("bis zur ersten Antwort")
    await expect(visitor.case).to_contain_text("Kundenservice")
    await page.get_by_role("button", name="Übernehmen").click()

    await expect(page.get_by_role("button", name="Zurückgeben")).to_be_visible()
    await expect(visitor.answer("score").locator(".band")).to_have_text("Kritiker")
    assert await left_in_english(page) == []
    picture = page.locator(".canvas")
    await expect(picture.get_by_text("ein Mensch übernimmt")).to_be_visible()
    await expect(picture.get_by_text("required")).to_have_count(0)


async def test_languages_are_named_in_themselves(visit: Any) -> None:
    visitor = await (await visit()).choose("telegram")

    named = await visitor.page.get_by_label("Language").locator("option").all_inner_texts()

    assert {"English", "Deutsch", "Français", "Español", "Italiano", "Nederlands", "Português", "Polski"} == set(named)


async def test_the_page_follows_the_customers_language_until_one_is_chosen_for_it(visit: Any) -> None:
    visitor = await (await visit()).choose("sms")
    page = visitor.page
    await page.get_by_label("Language").select_option("de")
    await expect(page.locator("#agent")).to_contain_text("Übernehmen Sie das Gespräch")
    await expect(page.locator("html")).to_have_attribute("lang", "de")

    await page.get_by_label("Diese Seite auf").select_option("en")
    await expect(page.locator("#agent")).to_contain_text("Take the conversation over")
    await visitor.open()

    await expect(page.get_by_role("button", name="Start survey")).to_be_visible()
    await expect(page.get_by_label("Language")).to_have_value("de")


async def test_a_half_written_message_survives_a_change_of_the_pages_language(visit: Any) -> None:
    visitor = await (await visit()).choose("sms")
    await visitor.page.locator(".compose").fill("half a thou")

    await visitor.page.get_by_label("This page in").select_option("de")

    await expect(visitor.page.locator(".compose")).to_have_value("half a thou")
    await expect(visitor.page.locator(".compose")).to_have_attribute("aria-label", "Nachricht schreiben")
