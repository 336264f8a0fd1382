"""The playground and a customer who writes through a real provider: what they said is not for whoever knows their
address."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from channels.contract import Inbound
from channels.web.client import WebClient
from tests.console.desk.client import Browser, Desk

WHO = {"channel": "sms", "address": "+491701234567", "language": "en"}
AS_AGENT = {"agent": "Dana", "text": "Hello", "cause": "late", "action": "Sent again."}


async def writes(desk: Desk, words: str = "my own words") -> None:
    await desk.conductor.accept(Inbound("twilio_sms", "sms", f"SM {words}", WHO["address"], words))


async def opened(browser: Browser) -> str:
    """The conversation's path in the API."""
    answer = await browser.send("/playground/api/conversations", WHO)
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
