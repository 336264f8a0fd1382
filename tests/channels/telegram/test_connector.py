"""The webhook on a real server: what gets in, what doesn't, and that a press is answered only once it is kept."""

from __future__ import annotations

import json
from typing import Any

import pytest

from channels.contract import Outbound
from channels.telegram.local_provider import Trouble
from tests.channels.telegram.conftest import House
from tests.channels.telegram.support import CASES, CHAT, scale, several


def body(name: str = "text", **changes: Any) -> bytes:
    return json.dumps({**CASES[name]["update"], **changes}).encode()


@pytest.mark.parametrize(
    ("sent", "status", "counter"),
    [
        (b"not json", 400, "malformed"),
        (b"\xff\xfe\xfa", 400, "malformed"),
        (b'{"update_id": 1, "message": []}', 400, "malformed"),
        (b"x" * 1_000_000, 413, "too_large"),
        (body("reaction_removed"), 200, "ignored_reaction_removed"),
        (b'{"update_id": 1, "business_message": {}}', 200, "ignored_unknown_type"),
        (body("group"), 200, "ignored_not_private"),
        (body("edited_location"), 200, "ignored_edited"),
    ],
)
async def test_what_is_no_message_is_counted(house: House, sent: bytes, status: int, counter: str) -> None:
    assert (await house.post(sent))[0] == status
    assert house.channel.seam.counters[counter] == 1
    assert house.inbox.messages == {}


async def test_a_press_is_kept_answered_and_shown(house: House) -> None:
    await house.client.send("telegram", str(CHAT), Outbound(prompt=scale()), "k1")

    assert await house.telegram.press(CHAT, 1, "9") == 200
    await house.answered()

    [message] = house.inbox.messages.values()
    assert message.picked == {"question": "score", "value": 9}
    assert house.telegram.keyboard(CHAT, 1) == [["✓ 9"]]
    assert [method for method, _ in house.telegram.calls[1:]] == ["answerCallbackQuery", "editMessageReplyMarkup"]


async def test_a_closed_button_is_answered_and_says_nothing(house: House) -> None:
    await house.client.send("telegram", str(CHAT), Outbound(prompt=scale()), "k1")
    for button in ("9", "✓ 9"):
        await house.telegram.press(CHAT, 1, button)
        await house.answered()

    assert len(house.inbox.messages) == 1
    assert house.client.counters["acknowledged"] == 2


async def test_several_are_ticked_and_then_sent(house: House) -> None:
    await house.client.send("telegram", str(CHAT), Outbound(prompt=several()), "k1")
    for button in ("☐ Speed", "☐ Price", "☑ Speed", "☐ Care", "Send"):
        assert await house.telegram.press(CHAT, 1, button) == 200
        await house.answered()

    [message] = house.inbox.messages.values()
    assert message.picked == {"question": "liked", "value": ["price", "care"]}
    assert house.telegram.keyboard(CHAT, 1) == [["✓ Price"], ["✓ Care"]]


async def test_a_press_that_can_not_be_answered_is_kept_all_the_same(house: House) -> None:
    await house.client.send("telegram", str(CHAT), Outbound(prompt=scale()), "k1")
    house.telegram.troubles.append(Trouble(status=400, description="Bad Request: query is too old"))

    assert await house.telegram.press(CHAT, 1, "3") == 200
    await house.answered()

    assert len(house.inbox.messages) == 1
    assert house.client.counters["acknowledge_failed"] == 1


async def test_a_press_that_is_not_kept_is_not_answered(house: House) -> None:
    await house.client.send("telegram", str(CHAT), Outbound(prompt=scale()), "k1")
    house.inbox.broken = True

    assert await house.telegram.press(CHAT, 1, "3") == 503
    await house.answered()

    assert house.telegram.keyboard(CHAT, 1)[0][0] == "0"
    assert len(house.telegram.calls) == 1
