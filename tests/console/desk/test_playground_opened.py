"""What the playground does to a customer of the web whom somebody has invited: it opens them, and what lay ready for
them has arrived."""

from __future__ import annotations

import json
from typing import Any

import pytest
import sqlalchemy as sa

from bot.storage.tables import conversations, invitations, outbox
from tests.console.desk.client import Desk
from tests.storage.inbox_house import House, at

ADA = {"channel": "web", "address": "ada", "language": "en"}


@pytest.fixture
def house(desk: Desk) -> House:
    return House(desk.conductor.database)


async def ada(house: House) -> tuple[int, int]:
    customer = await house.customer("web", "Ada")
    async with house.database.write() as connection:
        here = conversations.c.id == customer[1]
        await connection.execute(sa.update(conversations).where(here).values(address="ada"))
    return customer


async def status(house: House, letter: int) -> str:
    async with house.database.read() as connection:
        query = sa.select(outbox.c.status).where(outbox.c.id == letter)
        return str((await connection.execute(query)).scalar())


async def opened(desk: Desk) -> dict[str, Any]:
    answer = await desk.browser().send("/playground/api/conversations", ADA)
    assert answer.status == 200, answer.text
    return dict(json.loads(answer.text))


async def test_a_page_that_opens_somebody_has_fetched_what_lay_ready(desk: Desk, house: House) -> None:
    customer, other = await ada(house), await house.customer("web", "Ben")
    ready = await house.sent(customer[1], "How was it?", "11:00", status="sent")
    waiting = await house.sent(customer[1], "And why?", "11:01", status="queued")
    elsewhere = await house.sent(other[1], "How was it?", "11:00", status="sent")

    view = (await opened(desk))["view"]

    assert [line["text"] for line in view["transcript"]] == ["How was it?", "And why?"]
    assert [await status(house, letter) for letter in (ready, waiting, elsewhere)] == ["delivered", "queued", "sent"]


async def test_a_case_there_has_its_teams_name(desk: Desk, house: House) -> None:
    await house.case(customer=await ada(house), team="second_line")
    [case] = (await opened(desk))["view"]["cases"]
    assert (case["team"], case["team_name"]["en"]) == ("second_line", "Second line")


async def test_who_is_to_be_played_has_an_invitation_that_was_not_skipped(desk: Desk, house: House) -> None:
    contact, here = await ada(house)
    known = {**ADA, "known": True}
    browser = desk.browser()
    facts = {"contact_id": contact, "conversation_id": here, "survey_key": "parcel", "channel": "web"}

    await house.insert(invitations, **facts, status="skipped", created_at=at("11:00"))
    assert (await browser.send("/playground/api/conversations", known)).status == 404
    await house.insert(invitations, **facts, status="sent", created_at=at("11:01"))
    assert (await browser.send("/playground/api/conversations", known)).status == 200
