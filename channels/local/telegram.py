"""Telegram's customers at the local Telegram."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from aiohttp import web

from channels.local.phone import Line, Now, Phone, choice, utc
from channels.telegram.local_provider import LocalTelegram

_CHATS = (10**15, 2 * 10**15)
"""Ids of our chats: far above what Telegram gives, below 2^52, its limit (https://core.telegram.org/bots/api#chat)."""


class TelegramPhone(Phone):
    """Chats with the bot. Its customers have pressed Start already."""

    provider, channel = "telegram", "telegram"

    def __init__(self, telegram: LocalTelegram, now: Now = utc) -> None:
        super().__init__(now)
        self.telegram = telegram
        self._known: set[tuple[int, int]] = set()
        telegram.server.told.append(self._look)

    def meet(self) -> str:
        return str(_CHATS[0] + secrets.randbelow(_CHATS[1] - _CHATS[0]))

    def ours(self, address: str) -> bool:
        return address.isdecimal() and address.isascii() and _CHATS[0] <= int(address[:17]) < _CHATS[1]

    async def _say(self, address: str, text: str) -> int:
        language = self._threads[address].language
        answering = self.telegram.say(int(address), text, language)
        return await self._noticing(address, answering)

    async def _press(self, address: str, message: str, labels: Sequence[str]) -> int:
        language = self._threads[address].language
        number = int(message) if message.isdecimal() else 0  # no message has the number 0
        return await self.telegram.press(int(address), number, labels[0], language)

    async def _noticing(self, address: str, answering: Any) -> int:
        status = int(await answering)
        self._notice()
        return status

    def _look(self, request: web.Request, status: int) -> None:
        self._notice()
        if request.match_info.get("method") == "sendMessage" or status != 200:
            return
        self._changed(*self._threads)  # an edit: few pages are open, and each reads again

    def _notice(self) -> None:
        """Puts messages that are new in the chats on their screens."""
        for (chat, number), message in self.telegram.messages.items():
            if (chat, number) in self._known:
                continue
            self._known.add((chat, number))
            mine = not message["from"]["is_bot"]
            content = partial(_said if mine else _drawn, message)
            ref = "" if mine else f"{chat}:{number}"
            self._keep(str(chat), Line(str(number), "in" if mine else "out", self._at(), content, ref))
            self._changed(str(chat))


def _said(message: Mapping[str, Any]) -> Mapping[str, Any]:
    return {"text": message["text"]}


def _drawn(message: Mapping[str, Any]) -> Mapping[str, Any]:
    """A message of the bot's, with the keyboard that is below it now."""
    text = str(message.get("text", ""))
    rows = message.get("reply_markup", {}).get("inline_keyboard", [])
    drawing: dict[str, Any] = {"form": "buttons" if rows else "plain", "text": text, "speech": text}
    if rows:
        drawing["rows"] = [[choice(str(button["text"])) for button in row] for row in rows]
    return {"text": text, "drawing": drawing, "live": bool(rows)}
