"""The inbox's search: it finds what a person sees in a case, and nothing else."""

from __future__ import annotations

import json

import pytest
import sqlalchemy as sa

from bot.conversation.state import TO_A_PERSON
from bot.storage.case_events import log
from bot.storage.engine import Database
from bot.storage.tables import conversations
from tests.storage.inbox_house import House, at


@pytest.fixture
def house(database: Database) -> House:
    return House(database)


@pytest.mark.parametrize("words", ["LOVELACE", "+4930901800", "Broken", "sorry", "#1", "1", "100% wool"])
async def test_a_search_finds_name_address_words_and_number(house: House, words: str) -> None:
    customer = await house.customer("sms", "Ada Lovelace")
    found = await house.case(customer=customer)
    await house.said(customer[1], "It came broken, 100% wool", "11:00")
    await house.sent(customer[1], "We are so sorry", "11:01")
    assert await house.listed(search=words) == [found]


@pytest.mark.parametrize("words", ["nobody", "100_ wool", "%", "2"])
async def test_a_search_finds_nothing_else(house: House, words: str) -> None:
    customer = await house.customer("sms", "Ada Lovelace")
    await house.case(customer=customer)
    await house.said(customer[1], "It came broken, 1000 wool", "11:00")
    assert await house.listed(search=words) == []


@pytest.mark.parametrize(
    "words", ["grüße", "🙏", "müller", "MÜLLER", "zurückruf", "recommend", "broken müller", "ersatz", "strasse"]
)
async def test_a_search_finds_what_a_person_sees(house: House, words: str) -> None:
    """Umlauts and emoji in what was said and sent, notes, the question, how it was resolved; several words anywhere."""
    customer = await house.customer("sms", "Jürgen Müller")
    case = await house.case(customer=customer, action_taken="Ersatz gesendet")
    await house.said(customer[1], "It came broken 🙏, Hauptstrasse 3", "11:00")
    payload = json.dumps({"text": "", "prompt": {"text": "Would you recommend us?", "choices": []}})
    await house.sent(customer[1], "Viele Grüße", "11:01")
    await house.sent(customer[1], "", "11:02", payload=payload)
    async with house.database.write() as connection:
        await log(connection, case, at("11:05"), "Kim", "note", {"text": "Rückruf, bitte: Zurückruf um 3"})
    assert await house.listed(search=words) == [case]


@pytest.mark.parametrize(
    ("written", "typed"),
    [
        (written, typed)
        for written in ("Große Straße", "GROSSE STRASSE", "große Strasse", "GROẞE STRAẞE")
        for typed in ("straße", "strasse", "STRASSE", "Straße", "STRAẞE", "grosse straße")
    ]
    + [("süße Grüße", "süsse"), ("süße Grüße", "GRÜSSE"), ("Süsse Grüsse", "grüße"), ("SÜSSE GRÜSSE", "süße")],
)
async def test_a_sharp_s_is_a_double_s(house: House, written: str, typed: str) -> None:
    """In what a customer said and in what was sent, which is kept as JSON."""
    said, sent = await house.customer("sms", "Ada"), await house.customer("sms", "Ben")
    found = [await house.case(customer=said), await house.case(customer=sent)]
    await house.said(said[1], written, "11:00")
    await house.sent(sent[1], written, "11:01")
    assert sorted(await house.listed(search=typed)) == sorted(found)


@pytest.mark.parametrize("words", ["prompt", "sender", "u00fc", "broken lovelace", "notice", "null"])
async def test_a_search_finds_nothing_that_only_the_database_sees(house: House, words: str) -> None:
    customer = await house.customer("sms", "Jürgen Müller")
    await house.case(customer=customer)
    await house.said(customer[1], "It came broken", "11:00")
    await house.sent(customer[1], "Viele Grüße \x00", "11:01")
    assert await house.listed(search=words) == []


async def test_a_search_finds_the_lines_of_an_anonymous_case(house: House) -> None:
    lines = json.dumps([{"direction": "in", "text": "Die Tür klemmt"}])
    case = await house.case(contact_id=None, conversation_id=None, transcript=lines)
    assert await house.listed(search="tür") == [case]
    assert await house.listed(search="direction") == []


async def test_nobody_is_found_by_what_they_said_to_an_anonymous_survey(house: House) -> None:
    customer = await house.customer("sms", "Ada")
    response = await house.response(customer, contact_id=None, status="active", started_at=at("10:00"))
    async with house.database.write() as connection:
        mine = conversations.c.id == customer[1]
        await connection.execute(sa.update(conversations).where(mine).values(response_id=response))
    case = await house.case(customer=customer)
    await house.said(customer[1], "my boss is rude", "10:30")
    await house.said(customer[1], "a person please", "11:30", understood=json.dumps(TO_A_PERSON))
    assert await house.listed(search="rude") == []
    assert await house.listed(search="person") == [case]
