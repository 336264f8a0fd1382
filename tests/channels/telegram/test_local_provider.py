"""The stand-in is strict; and where there is a copy of the Bot API as data, all that we send fits it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from channels.contract import Outbound
from channels.telegram.client import TelegramClient
from channels.telegram.keyboard import closed
from channels.telegram.local_checks import METHODS, Unacceptable, check, decode, violations
from channels.telegram.local_provider import BOT, LocalTelegram
from channels.telegram.parse import Press
from channels.telegram.set_up import set_up
from tests.channels.telegram.support import CHAT, scale, settings, several

_COPY = Path(__file__).parents[4] / "shared/contracts/telegram_bot_api.json"
API: dict[str, Any] = json.loads(_COPY.read_text(encoding="utf-8")) if _COPY.exists() else {}
SMALL = {
    "methods": {
        "sendMessage": {
            "fields": [
                {"name": "chat_id", "types": ["Integer", "String"], "required": True},
                {"name": "text", "types": ["String"], "required": True},
                {"name": "reply_markup", "types": ["InlineKeyboardMarkup", "ForceReply"], "required": False},
            ]
        }
    },
    "types": {
        "InlineKeyboardMarkup": {
            "fields": [{"name": "inline_keyboard", "types": ["Array of Array of Button"], "required": True}]
        },
        "ForceReply": {"fields": [{"name": "force_reply", "types": ["Boolean"], "required": True}]},
        "Button": {"fields": [{"name": "text", "types": ["String"], "required": True}]},
    },
}
"""The Bot API in small, so that these tests need no copy of it."""


def markup(**button: str) -> str:
    return json.dumps({"inline_keyboard": [[button]]})


@pytest.mark.parametrize(
    ("method", "form"),
    [
        ("sendMessage", {"chat_id": "1"}),
        ("sendMessage", {"chat_id": "1", "text": "a", "colour": "red"}),
        ("sendMessage", {"chat_id": "1", "text": " "}),
        ("sendMessage", {"chat_id": "1", "text": "😀" * 2049}),
        ("sendMessage", {"chat_id": "1", "text": "a", "reply_markup": "{"}),
        ("sendMessage", {"chat_id": "1", "text": "a", "reply_markup": "{}"}),
        ("sendMessage", {"chat_id": "1", "text": "a", "reply_markup": markup(text="", callback_data="a")}),
        ("sendMessage", {"chat_id": "1", "text": "a", "reply_markup": markup(text="a")}),
        ("sendMessage", {"chat_id": "1", "text": "a", "reply_markup": markup(text="a", callback_data="é" * 33)}),
        ("editMessageReplyMarkup", {"chat_id": "1"}),
        ("answerCallbackQuery", {}),
        ("setMyCommands", {"commands": "{}"}),
        ("setMyCommands", {"commands": json.dumps([{"command": "/stop", "description": "a"}])}),
        ("setMyCommands", {"commands": json.dumps([{"command": "stop", "description": ""}])}),
        ("setMyCommands", {"commands": json.dumps([{"command": "stop", "description": "a" * 257}])}),
    ],
)
def test_what_telegram_would_refuse_is_refused(method: str, form: dict[str, str]) -> None:
    with pytest.raises(Unacceptable, match="Bad Request"):
        check(method, decode(method, form))


@pytest.mark.parametrize(
    ("values", "wrong"),
    [
        ({"chat_id": "1", "text": "a"}, []),
        ({"chat_id": "1", "text": "a", "reply_markup": {"inline_keyboard": [[{"text": "a"}]]}}, []),
        ({"text": "a"}, ["sendMessage: chat_id is missing"]),
        ({"chat_id": "1", "text": "a", "x": 1}, ["sendMessage: x is unknown"]),
        (
            {"chat_id": "1", "text": "a", "reply_markup": {"inline_keyboard": [[{"text": 3}]]}},
            ["sendMessage.reply_markup.inline_keyboard.text is no String"],
        ),
        (
            {"chat_id": "1", "text": "a", "reply_markup": {"inline_keyboard": [3]}},
            ["sendMessage.reply_markup.inline_keyboard is no list"],
        ),
    ],
)
def test_a_call_that_differs_from_the_contract_is_told_where(values: dict[str, Any], wrong: list[str]) -> None:
    assert violations("sendMessage", values, SMALL) == wrong


class TestAgainstTheBotApi:
    """Collected only where there is a copy of the Bot API as data."""

    __test__ = _COPY.exists()

    async def test_all_that_we_send_fits_the_bot_api(self) -> None:
        async with LocalTelegram(settings(), API) as telegram:
            client = TelegramClient(settings(telegram.url))
            for number, message in enumerate([Outbound("a"), Outbound(prompt=scale()), Outbound(prompt=several())], 1):
                assert await client.send("telegram", str(CHAT), message, str(number)) == f"{CHAT}:{number}"
            await set_up(settings(telegram.url), "https://example.com")
            assert await client.user_name() == BOT

            assert await client.acknowledge(Press("1", CHAT, 2, closed(["9"])))
            assert await client.acknowledge(Press("2", CHAT, 3, ()))
            await client.close()
        assert {method for method, _ in telegram.calls} == set(METHODS)

    def test_the_parameters_that_we_know_are_those_of_the_bot_api(self) -> None:
        for method, (needed, allowed) in METHODS.items():
            assert needed | allowed <= {field["name"] for field in API["methods"][method].get("fields", [])}
