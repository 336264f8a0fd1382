"""What goes wrong in a real visit: a reload, a lost connection, an impatient double click, a wrong key."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.async_api import Route, expect

pytestmark = pytest.mark.browser

DEEDS = "**/conversations/*/phone"


async def test_the_first_ever_conversation_survives_a_reload_and_is_in_a_second_tab(visit: Any) -> None:
    visitor = await (await visit()).start()
    await visitor.says("9")
    await expect(visitor.answer("score")).to_contain_text("promoter")

    await visitor.open()
    await expect(visitor.answer("score")).to_contain_text("promoter")
    tab = await visitor.page.context.new_page()
    await tab.goto(visitor.url)

    await expect(tab.locator("#answers li")).to_contain_text(["promoter"])


async def test_what_could_not_be_sent_is_kept_and_sent_once_when_the_server_is_back(visit: Any) -> None:
    visitor = await (await (await visit()).choose("telegram")).start()
    ids: list[str] = []

    async def unreachable_once(route: Route) -> None:
        ids.append(route.request.post_data_json["deed"])
        await (route.abort() if len(ids) == 1 else route.continue_())

    visitor.forgive("ERR_FAILED")
    await visitor.page.route(DEEDS, unreachable_once)
    await visitor.says("9")

    await expect(visitor.page.locator(".unsent")).to_contain_text("Not sent yet")
    await expect(visitor.page.locator(".unsent")).to_have_count(0)
    await expect(visitor.answer("score")).to_contain_text("promoter")
    await expect(visitor.page.locator(".bubble.out")).to_have_count(1)
    assert len(ids) == 2
    assert len(set(ids)) == 1


async def test_a_draft_waits_while_another_channel_is_open(visit: Any) -> None:
    visitor = await (await visit()).choose("sms")
    await visitor.page.locator(".compose").fill("half a thou")

    await visitor.choose("voice")
    await visitor.choose("sms")

    await expect(visitor.page.locator(".compose")).to_have_value("half a thou")


async def test_a_double_click_hands_back_once(visit: Any) -> None:
    visitor = await (await (await visit()).choose("telegram")).start()
    await visitor.page.get_by_role("button", name="Take over").click()

    await visitor.page.get_by_role("button", name="Hand back").dblclick()

    await expect(visitor.page.get_by_role("button", name="Take over")).to_be_visible()
    await expect(visitor.page.locator("#toast")).to_be_hidden()


async def test_an_invited_customer_of_the_web_is_played_by_their_link(visit: Any) -> None:
    """`conductor invite --channel web --to ada` prints it; the address is theirs, not a made up one."""
    visitor = await visit()
    ada = {"channel": "web", "address": "ada", "language": "en", "survey": "delivery_nps"}
    assert (await visitor.page.request.post(f"{visitor.url}/playground/api/start", data=ada)).ok
    await visitor.page.goto(f"{visitor.url}/?channel=web&as=ada")
    await visitor.page.wait_for_selector("body[data-ready=yes]")
    await expect(visitor.page.locator("#phone")).to_have_attribute("data-channel", "web")
    kept = await visitor.page.evaluate("JSON.parse(localStorage.getItem('survey-conductor-playground')).customers.web")
    assert kept == "ada"
    assert "as=" not in visitor.page.url
    await visitor.says("9")
    await visitor.hears("What did you like best?")


async def test_a_link_with_a_name_that_nobody_invited_makes_no_customer_of_that_name(visit: Any) -> None:
    visitor = await visit()
    visitor.forgiven.append("404")
    await visitor.page.goto(f"{visitor.url}/?channel=web&as=bob")
    await visitor.page.wait_for_selector("body[data-ready=yes]")
    await expect(visitor.page.locator("#toast")).to_contain_text("Nobody called “bob” was invited here")
    kept = "JSON.parse(localStorage.getItem('survey-conductor-playground')).customers.web.startsWith('playground-')"
    await visitor.page.wait_for_function(kept)
    bob = {"channel": "web", "address": "bob", "language": "en", "known": True}
    assert (await visitor.page.request.post(f"{visitor.url}/playground/api/conversations", data=bob)).status == 404


async def test_a_start_in_the_middle_of_a_survey_says_that_it_is_a_new_customers(visit: Any) -> None:
    visitor = await (await (await visit()).choose("sms")).start()
    await visitor.says("9")
    await visitor.hears("What did you like best?")

    await visitor.page.locator("#start").click()

    await expect(visitor.page.locator("#toast")).to_contain_text("You are a new customer now")
    await expect(visitor.page.locator("#answers li")).to_have_count(0)


async def test_no_survey_starts_while_a_person_has_the_chat_and_the_page_says_why(visit: Any) -> None:
    visitor = await (await (await visit()).choose("telegram")).start()
    await visitor.page.get_by_role("button", name="Take over").click()
    await expect(visitor.page.locator("#phone .banner")).to_be_visible()

    await visitor.page.get_by_role("button", name="Start survey").click()

    await expect(visitor.page.locator("#toast")).to_contain_text("hand it back first")
    await visitor.hears("How likely")


async def test_after_stop_no_survey_starts_and_the_page_says_why(visit: Any) -> None:
    visitor = await (await (await visit()).choose("sms")).start()
    await visitor.says("STOP")
    await expect(visitor.page.locator("#opted")).to_be_visible()

    await visitor.page.get_by_role("button", name="Start survey").click()

    await expect(visitor.page.locator("#toast")).to_contain_text("wrote STOP")
    await visitor.hears("STOP")


@pytest.mark.parametrize(
    ("code", "words", "question"),
    [
        ("de", "auf Deutsch bitte", "Wie wahrscheinlich"),
        ("fr", "en français svp", "Quelle est la probabilité"),
        ("es", "en español por favor", "recomiende"),
        ("it", "in italiano per favore", "Con quale probabilità"),
        ("nl", "in het Nederlands graag", "Hoe waarschijnlijk"),
        ("pt", "em português por favor", "Qual é a probabilidade"),
        ("pl", "po polsku proszę", "Jak prawdopodobne"),
    ],
)
async def test_the_language_menu_asks_for_the_language_in_the_middle_of_a_survey(
    visit: Any, code: str, words: str, question: str
) -> None:
    visitor = await (await (await visit()).choose("telegram")).start()
    chooser = visitor.page.locator("#language")
    await chooser.select_option(code)

    await visitor.hears(words)
    await visitor.hears(question)
    await expect(chooser).to_have_value(code)
    await expect(visitor.page.locator("#answers")).not_to_contain_text(words)  # it was no answer


async def test_a_wrong_key_among_several_options_is_asked_again(visit: Any) -> None:
    visitor = await (await (await visit()).choose("voice")).start()
    await visitor.dials("9")
    await visitor.hears("What did you like best?")
    questions = visitor.page.locator(".captions .theirs")
    before = await questions.count()

    await visitor.dials("0")

    said = visitor.page.locator(".captions .mine").last
    await expect(said).to_have_text("0", timeout=15_000)  # the telephone waits some seconds for a further key
    await expect(questions).not_to_have_count(before)


async def test_the_star_key_asks_to_repeat(visit: Any) -> None:
    visitor = await (await (await visit()).choose("voice")).start()

    await visitor.dials("*")

    await visitor.hears("*")
    await expect(visitor.log.get_by_text("How likely")).to_have_count(2)


async def test_after_the_goodbye_the_call_ends_by_itself(visit: Any) -> None:
    visitor = await (await (await visit()).choose("voice")).start()

    await visitor.dials("9")
    await visitor.hears("What did you like best?")
    await visitor.dials("5#")
    await visitor.hears("promised day")
    await visitor.dials("1")

    await expect(visitor.page.locator(".caller .status")).to_have_text("Call ended", timeout=15_000)
    await expect(visitor.page.get_by_role("button", name="Call back")).to_be_visible()
    await expect(visitor.page.locator(".last-words")).to_contain_text("Our delivery team")  # the survey's own thanks


async def test_an_easy_effort_is_called_easy(visit: Any) -> None:
    visitor = await (await (await visit()).choose("telegram", "support_ces")).start("easy")
    await visitor.says("6")
    await expect(visitor.answer("score").locator(".band")).to_have_text("easy")


async def test_a_stored_yes_is_shown_as_yes(visit: Any) -> None:
    visitor = await (await (await visit()).choose("telegram")).start()
    await visitor.presses("3")
    await visitor.hears("What went wrong?")
    await visitor.says("The parcel was late and the box was open")
    await visitor.hears("promised day")

    await visitor.presses("Yes")

    await expect(visitor.answer("on_day").locator(".given")).to_have_text("Yes")


@pytest.mark.parametrize(("width", "height"), [(1280, 720), (1440, 900), (1000, 768), (390, 844)])
async def test_on_each_screen_the_choice_is_at_hand_and_the_picture_whole(visit: Any, width: int, height: int) -> None:
    visitor = await (await (await visit(width=width, height=height)).choose("telegram")).start()
    await visitor.says("a solid 3, where is my refund?")
    await expect(visitor.understood).to_contain_text("survey_answer")

    start = await visitor.page.locator("#start").bounding_box()
    choice = await visitor.page.locator("[data-survey=delivery_nps]").bounding_box()
    phone = await visitor.page.locator("#phone").bounding_box()
    assert start
    assert choice
    assert phone
    assert start["y"] + start["height"] <= height
    assert choice["y"] <= phone["y"] + phone["height"] / 2
    cut_off = "el => el.scrollWidth > el.clientWidth"
    assert not await visitor.page.locator(".canvas").evaluate(cut_off)
    assert not await visitor.page.locator("#understood code.tag:not(.warm)").evaluate(cut_off)
    if width > 720:
        assert not await visitor.page.locator("#surveys").evaluate("el => el.scrollHeight > el.clientHeight")
