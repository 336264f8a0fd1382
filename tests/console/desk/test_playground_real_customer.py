"""The playground and a customer who writes through a real provider: what they said is not for whoever knows their
address."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from channels.contract import Inbound
from channels.web.client import WebClient
from tests.console.desk.client import Browser, Desk, Page

WHO = {"channel": "sms", "address": "+491701234567", "language": "en"}
AS_AGENT = {"agent": "Dana", "text": "Hello", "cause": "late", "action": "Sent again."}


async def writes(desk: Desk, words: str = "my own words") -> None:
    await desk.conductor.accept(Inbound("twilio_sms", "sms", f"SM {words}", WHO["address"], words))


async def opened(browser: Browser) -> str:
    """The conversation's path in the API."""
    return await opened_as(browser, WHO["address"])


async def opened_as(browser: Browser, address: str) -> str:
    answer = await browser.send("/playground/api/conversations", {**WHO, "address": address})
    assert answer.status == 200, answer.text
    return f"/playground/api/conversations/{json.loads(answer.text)['conversation']}"


async def test_who_writes_in_earnest_is_no_longer_shown_where_their_address_was_opened_before(desk: Desk) -> None:
    browser = desk.browser()
    here = await opened(browser)
    assert (await browser.get(here)).status == 200
    await writes(desk)
    answer = await browser.get(here)
    assert (answer.status, "my own words" in answer.text) == (404, False)
    assert "real provider" in answer.text


@pytest.mark.parametrize("deed", ["claim", "reply", "hand-back", "cases/1/resolve", "phone"])
async def test_nobody_answers_them_from_there(desk: Desk, deed: str) -> None:
    browser = desk.browser()
    here = await opened(browser)
    await writes(desk)
    answer = await browser.send(f"{here}/{deed}", AS_AGENT)
    assert (answer.status, "real provider" in answer.text) == (404, True)


async def test_news_of_them_end(desk: Desk) -> None:
    browser, desk.conductor.senders["web"] = desk.browser(), WebClient()
    here = await opened(browser)
    async with desk.session.get(desk.url + here + "/events") as stream:
        assert b"hello" in await asyncio.wait_for(stream.content.readline(), 10)
        await writes(desk)
        desk.conductor.senders["web"].show("sms", WHO["address"], "out-1")
        assert b"data" not in await asyncio.wait_for(stream.content.read(), 10)
    assert (await browser.get(f"{here}/events")).status == 404


async def test_words_that_come_while_the_page_reads_are_not_shown(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    browser = desk.browser()
    here = await opened(browser)
    view = desk.conductor.view

    async def meanwhile(conversation: int) -> Any:
        await writes(desk)
        return await view(conversation)

    monkeypatch.setattr(desk.conductor, "view", meanwhile)
    assert (await browser.get(here)).status == 404


async def said(browser: Browser, sender: str) -> Page:
    message = {"message_id": f"m-{sender}", "channel": "sms", "sender": sender, "text": "hi"}
    return await browser.send("/webhooks/web/webhook", message)


async def test_nobody_writes_in_their_name_and_has_their_answers_from_then_on(desk: Desk) -> None:
    browser = desk.browser()
    await writes(desk)
    answer = await said(browser, WHO["address"])
    assert (answer.status, "real provider" in answer.text) == (409, True)
    here = await desk.conductor.store.known("sms", WHO["address"])
    assert here is not None
    assert here.provider == "twilio_sms"
    assert (await browser.send("/playground/api/conversations", WHO)).status == 400


async def test_customers_of_the_playground_write_as_before(desk: Desk) -> None:
    browser = desk.browser()
    await writes(desk)
    await opened_as(browser, "playground-sms-1")
    for sender in ("playground-sms-1", "playground-sms-2"):
        assert (await said(browser, sender)).status == 200
