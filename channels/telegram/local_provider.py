"""A stand-in for Telegram on this machine: the Bot API's methods that we call, and a customer who writes and presses.

It is strict: what Telegram would refuse, it refuses. For tests and for trying the channel without an account:
TELEGRAM_API_BASE_URL = `url`. It binds to loopback only.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import aiohttp
from aiohttp import web

from channels.loopback import Loopback
from channels.telegram.local_checks import METHODS, Unacceptable, check, decode
from channels.telegram.settings import TelegramSettings
from channels.telegram.verify import HEADER

BOT = "local_survey_bot"
"""The bot's name in links."""

_RETRIES = 3
"""How often an update is sent again when the webhook does not say 2xx."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """What the next call gets instead of an answer. `seconds`: how long to wait first (the call is carried out)."""

    status: int = 0
    description: str = ""
    retry_after: int = 0
    seconds: float = 0.0


class LocalTelegram:
    """Use as ``async with LocalTelegram(settings) as telegram``.

    `commands` is the bot's menu by language, `calls` remembers each (method, parameters) that was accepted, `messages`
    what stands in the chats, `troubles` what the next calls are to fail with, `blocked` the chats that have blocked the
    bot."""

    def __init__(self, settings: TelegramSettings, contract: Mapping[str, Any] | None = None) -> None:
        self._settings, self._contract = settings, contract
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self.messages: dict[tuple[int, int], dict[str, Any]] = {}
        self.troubles: deque[Trouble] = deque()
        self.blocked: set[int] = set()
        self.webhook = ""
        self.commands: dict[str, dict[str, str]] = {}
        self.url = ""
        self._reactions: dict[tuple[int, int], list[dict[str, str]]] = {}
        self.first = 1
        """The number of the first message; updates are numbered from 1000 on behind it."""
        self.server = Loopback()
        self.server.app.router.add_post("/bot{token}/{method}", self._serve)
        self._updates = 0
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> LocalTelegram:
        self.url = self.server.bind()
        await self.server.start()
        self._session = aiohttp.ClientSession()
        return self

    async def __aexit__(self, *problem: object) -> None:
        if self._session is not None:
            await self._session.close()
        await self.server.stop()

    # What the customer does

    async def say(self, chat: int, text: str, language: str = "en") -> int:
        """The customer writes; returns the status that the webhook answered."""
        message = self._keep(chat, {"text": text}, sender=_person(chat, language))
        return await self.deliver({"message": message})

    async def edit(self, chat: int, message: int, text: str, language: str = "en") -> int:
        """The customer edits an earlier message; returns the status that the webhook answered."""
        kept = self.messages[chat, message]
        kept.update(text=text, edit_date=int(time.time()))
        return await self.deliver({"edited_message": {**kept, "from": _person(chat, language)}})

    async def react(self, chat: int, message: int, emoji: str, language: str = "en") -> int:
        """The customer reacts to a message with `emoji` ("": takes the reaction away)."""
        before = self._reactions.get((chat, message), [])
        now = [{"type": "emoji", "emoji": emoji}] if emoji else []
        self._reactions[chat, message] = now
        place = {"chat": self.messages[chat, message]["chat"], "message_id": message, "date": int(time.time())}
        changed = {"user": _person(chat, language), "old_reaction": before, "new_reaction": now}
        return await self.deliver({"message_reaction": {**place, **changed}})

    async def press(self, chat: int, message: int, label: str, language: str = "en") -> int:
        """The customer presses the button that says `label`. Raises LookupError when there is none."""
        shown = self.messages[chat, message]
        rows = shown.get("reply_markup", {}).get("inline_keyboard", [])
        found = [button["callback_data"] for row in rows for button in row if button["text"] == label]
        if not found:
            raise LookupError(f"No button says {label!r}.")
        query = {"id": str(self.update + 1), "from": _person(chat, language), "chat_instance": "1", "data": found[0]}
        return await self.deliver({"callback_query": {**query, "message": shown}})

    async def deliver(self, content: Mapping[str, Any]) -> int:
        """Send an update to the webhook, again while it does not say 2xx; returns its last status."""
        self._updates += 1
        body = json.dumps({"update_id": self.update, **content}).encode()
        headers = {"Content-Type": "application/json", HEADER: self._settings.secret}
        status = 0
        for _ in range(1 + _RETRIES):
            assert self._session is not None
            async with self._session.post(self.webhook, data=body, headers=headers) as answer:
                status = answer.status
            if 200 <= status < 300:
                break
        return status

    def keyboard(self, chat: int, message: int) -> list[list[str]]:
        """The labels of the buttons below a message."""
        rows = self.messages[chat, message].get("reply_markup", {}).get("inline_keyboard", [])
        return [[button["text"] for button in row] for row in rows]

    @property
    def update(self) -> int:
        """The number of the last update."""
        return self.first + 999 + self._updates

    # What the bot calls

    async def _serve(self, request: web.Request) -> web.Response:
        method = request.match_info["method"]
        if request.match_info["token"] != self._settings.token:
            return _refusal(401, "Unauthorized")
        if method not in METHODS:
            return _refusal(404, "Not Found")
        trouble = self.troubles.popleft() if self.troubles else Trouble()
        if trouble.status:
            return _refusal(trouble.status, trouble.description or "Trouble on demand", trouble.retry_after)
        try:
            form = {name: str(value) for name, value in (await request.post()).items()}
            parameters = decode(method, form)
            check(method, parameters, self._contract)
            result = self._carry_out(method, parameters)
        except Unacceptable as reason:
            return _refusal(400, str(reason))
        except PermissionError as reason:
            return _refusal(403, str(reason))
        self.calls.append((method, parameters))
        await asyncio.sleep(trouble.seconds)
        return web.json_response({"ok": True, "result": result})

    def _carry_out(self, method: str, parameters: Mapping[str, Any]) -> Any:
        if method == "sendMessage":
            return self._send(parameters)
        if method == "editMessageReplyMarkup":
            return self._edit(parameters)
        if method == "setWebhook":
            self.webhook = parameters["url"]
        if method == "setMyCommands":
            described = {one["command"]: one["description"] for one in parameters["commands"]}
            self.commands[parameters.get("language_code", "")] = described
        if method == "getMe":
            return {"id": 1, "is_bot": True, "first_name": "Bot", "username": BOT}
        return True

    def _send(self, parameters: Mapping[str, Any]) -> dict[str, Any]:
        if not parameters["chat_id"].lstrip("-").isdecimal():
            raise Unacceptable("Bad Request: chat not found")
        chat = int(parameters["chat_id"])
        if chat in self.blocked:
            raise PermissionError("Forbidden: bot was blocked by the user")
        content = {name: parameters[name] for name in ("text", "reply_markup") if name in parameters}
        return self._keep(chat, content, sender={"id": 1, "is_bot": True, "first_name": "Bot"})

    def _edit(self, parameters: Mapping[str, Any]) -> dict[str, Any]:
        message = self.messages.get((int(parameters["chat_id"]), int(parameters["message_id"])))
        if message is None:
            raise Unacceptable("Bad Request: message to edit not found")
        if message.get("reply_markup") == parameters.get("reply_markup"):
            raise Unacceptable("Bad Request: message is not modified")
        message.pop("reply_markup", None)
        if "reply_markup" in parameters:
            message["reply_markup"] = parameters["reply_markup"]
        return message

    def _keep(self, chat: int, content: Mapping[str, Any], sender: Mapping[str, Any]) -> dict[str, Any]:
        number = self.first + len(self.messages)
        message = {
            "message_id": number,
            "date": int(time.time()),
            "chat": {"id": chat, "type": "private", "first_name": "Ada"},
            "from": dict(sender),
            **content,
        }
        self.messages[chat, number] = message
        return message


def _person(chat: int, language: str) -> dict[str, Any]:
    return {"id": chat, "is_bot": False, "first_name": "Ada", "language_code": language}


def _refusal(status: int, description: str, retry_after: int = 0) -> web.Response:
    body: dict[str, Any] = {"ok": False, "error_code": status, "description": description}
    if retry_after:
        body["parameters"] = {"retry_after": retry_after}
    return web.json_response(body, status=status)
