"""The webhook on a real server: what gets in, what doesn't, and that a press is answered only once it is kept."""

from __future__ import annotations

import json
from typing import Any

import pytest

from channels.contract import Outbound
from channels.errors import NotConfigured
from channels.telegram.connector import TelegramInput
from channels.telegram.local_provider import Trouble
from channels.telegram.verify import HEADER
from tests.channels.telegram.conftest import House
from tests.channels.telegram.support import CASES, CHAT, SECRET, TOKEN, Inbox, scale, several


def body(name: str = "text", **changes: Any) -> bytes:
    return json.dumps({**CASES[name]["update"], **changes}).encode()


async def test_a_message_is_kept_and_acknowledged(house: House) -> None:
    assert await house.post(body()) == (200, {"ok": True})
    [message] = house.inbox.messages.values()
    assert message.text == "eine glatte 8"


async def test_the_same_update_twice_is_one_message(house: House) -> None:
    assert [(await house.post(body()))[0] for _ in range(2)] == [200, 200]
    assert len(house.inbox.messages) == 1
    assert house.channel.seam.counters["duplicate"] == 1


async def test_updates_out_of_order_are_all_kept(house: House) -> None:
    for number in (12, 10, 11):
        assert (await house.post(body(update_id=number)))[0] == 200
    assert list(house.inbox.messages) == ["12", "10", "11"]


@pytest.mark.parametrize("secret", ["", "wrong", SECRET + "x", "sécret"])
async def test_a_forged_update_changes_nothing(house: House, secret: str) -> None:
    status, answer = await house.post(body(), **{HEADER: secret})
    assert (status, house.inbox.messages) == (403, {})
    assert SECRET not in str(answer)


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
        (body("edited_words"), 200, "ignored_edited"),
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


def test_it_does_not_start_without_its_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(NotConfigured, match="TELEGRAM_BOT_TOKEN"):
        TelegramInput.from_credentials(None)
    monkeypatch.setenv("TELEGRAM_BOT_TOKEN", TOKEN)
    with pytest.raises(NotConfigured, match="TELEGRAM_WEBHOOK_SECRET"):
        TelegramInput.from_credentials({})


async def test_it_starts_with_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TELEGRAM_BOT_TOKEN", TOKEN)
    monkeypatch.setenv("TELEGRAM_WEBHOOK_SECRET", SECRET)
    assert TelegramInput.from_credentials({}).name() == "telegram"


async def test_a_broken_inbox_is_a_503_so_that_telegram_sends_again(house: House) -> None:
    house.inbox.broken = True
    assert (await house.post(body()))[0] == 503
    house.inbox.broken = False
    assert (await house.post(body()))[0] == 200
    assert isinstance(house.inbox, Inbox)
    assert len(house.inbox.messages) == 1
