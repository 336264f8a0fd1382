"""What the playground keeps and does about an unhappy customer: the comment, the case, its resolution, the console."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.async_api import expect

from tests.browser.visitor import Visitor

pytestmark = pytest.mark.browser


async def unhappy(visit: Any) -> Visitor:
    visitor: Visitor = await (await (await visit()).choose("telegram")).start()
    await visitor.says("2, the driver threw it over the fence")
    await expect(visitor.case).to_be_visible()
    return visitor


async def test_what_was_said_beside_a_score_stands_beside_it(visit: Any) -> None:
    visitor = await unhappy(visit)

    await expect(visitor.answer("score").locator(".given")).to_contain_text("2")
    await expect(visitor.answer("score").locator("q")).to_have_text("the driver threw it over the fence")


async def test_a_case_names_its_team_as_people_do_and_leads_to_the_console(visit: Any) -> None:
    visitor = await unhappy(visit)

    await expect(visitor.case.get_by_role("definition").first).to_have_text("Customer care")
    link = visitor.case.get_by_role("link", name="Open this case in the console")
    number = await visitor.case.get_attribute("data-case")
    assert await link.get_attribute("href") == f"/console/inbox?view=all&case={number}"


async def test_a_case_is_resolved_with_a_cause_and_what_was_done(visit: Any) -> None:
    visitor = await unhappy(visit)
    dialog = visitor.page.get_by_role("dialog", name=re.compile("Resolve case #"))

    await visitor.case.get_by_role("button", name="Resolve…").click()
    await dialog.get_by_label("Why did it go wrong?").select_option("staff")
    await dialog.get_by_label("What was done about it?").fill("A new one is on its way.")
    await dialog.get_by_role("button", name="Resolve").click()

    await expect(dialog).to_be_hidden()
    await expect(visitor.case).to_contain_text("resolved")
    await expect(visitor.case.get_by_role("timer")).to_have_count(0)
    await expect(visitor.case.get_by_role("button", name="Resolve…")).to_have_count(0)


async def test_a_customer_of_the_website_has_a_name_and_not_an_address_as_title(visit: Any) -> None:
    visitor = await (await visit()).choose("web")

    async with visitor.page.expect_response("**/playground/api/start") as answer:
        await visitor.page.get_by_role("button", name="Start survey").click()
    conversation = (await (await answer.value).json())["conversation"]

    view = await (await visitor.page.request.get(f"{visitor.url}/playground/api/conversations/{conversation}")).json()
    assert view["conversation"]["name"].isalpha()
    await visitor.hears(f"Hi {view['conversation']['name']}!")


async def test_who_was_invited_on_the_website_can_be_played(visit: Any, server: Any) -> None:
    who = {"channel": "web", "address": "ada-played", "language": "en", "survey": "delivery_nps", "name": "Ada"}
    server.post("/playground/api/start", who)
    visitor = await (await visit()).choose("web")
    dialog = visitor.page.get_by_role("dialog", name="Play an invited customer")

    await visitor.page.get_by_role("button", name="Play somebody you have invited").click()
    await dialog.get_by_label("The NAME after --to").fill("nobody-at-all")
    visitor.forgive("404")
    await dialog.get_by_role("button", name="Play").click()
    await expect(dialog.get_by_role("alert")).to_contain_text("Nobody called “nobody-at-all”")
    await dialog.get_by_label("The NAME after --to").fill("ada-played")
    await dialog.get_by_role("button", name="Play").click()

    await visitor.hears("Hi Ada!")
    await visitor.presses("9")
    await expect(visitor.answer("score")).to_contain_text("promoter")


async def test_a_question_in_answer_to_an_open_question_is_called_a_question(visit: Any) -> None:
    """Any words answer an open question; these were not stored as an answer, and the page doesn't say so."""
    visitor = await unhappy(visit)

    await visitor.says("where is my parcel?")
    await visitor.hears("Back to your delivery")

    await expect(visitor.understood.locator(".kind")).to_have_text("Question")
    await expect(visitor.answer("why")).to_have_count(0)
