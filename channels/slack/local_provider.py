"""Slack on this machine: takes what we send as strictly as Slack does, and sends what Slack would send, signed.

For tests, and for trying the channel out with SLACK_API_BASE_URL and no account.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import aiohttp
from aiohttp import web
from slack_sdk.signature import SignatureVerifier

from channels.loopback import Loopback
from channels.slack.block_rules import problems

BOT = "U0BOT"
TEAM = "T0LOCAL"
RETRY_SECONDS = (0.0, 60.0, 300.0)
"""When Slack sends an event again: https://docs.slack.dev/apis/events-api#retries"""


@dataclass(frozen=True)
class Trouble:
    """What to answer instead: an error `code` of Slack's, or an HTTP `status`, or nothing for `hang` seconds."""

    code: str = ""
    status: int = 200
    retry_after: int | None = None
    hang: float = 0.0


@dataclass
class LocalSlack:
    """A workspace. `people` are its members' ids. `posted` are the messages as they look now, in order; `calls` the
    methods called."""

    token: str
    signing_secret: str
    people: set[str]
    posted: list[dict[str, Any]] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)
    trouble: deque[tuple[str, Trouble]] = field(default_factory=deque)
    url: str = ""
    first: int = 1
    """The number of the first message or event."""
    server: Loopback = field(default_factory=Loopback)

    def __post_init__(self) -> None:
        self._count = self.first - 1
        self.server.app.router.add_post("/api/{method}", self._api)

    async def start(self, port: int = 0) -> str:
        """Listens on loopback. Returns what to set SLACK_API_BASE_URL to."""
        self.url = f"{self.server.bind(port)}/api/"
        await self.server.start()
        return self.url

    async def stop(self) -> None:
        await self.server.stop()

    def fail(self, method: str, trouble: Trouble) -> None:
        """Answer the next call of `method` with `trouble`."""
        self.trouble.append((method, trouble))

    # What we send

    async def _api(self, request: web.Request) -> web.Response:
        method = request.match_info["method"]
        self.calls.append(method)
        if self.trouble and self.trouble[0][0] == method:
            trouble = self.trouble.popleft()[1]
            await asyncio.sleep(trouble.hang)
            headers = {} if trouble.retry_after is None else {"Retry-After": str(trouble.retry_after)}
            if not trouble.code:
                return web.Response(status=trouble.status, text="<html>", content_type="text/html", headers=headers)
            return web.json_response({"ok": False, "error": trouble.code}, status=trouble.status, headers=headers)
        if request.headers.get("Authorization") != f"Bearer {self.token}":
            return _error("invalid_auth")
        if request.content_type == "application/json":
            body = await request.json()
        else:
            body = {**request.query, **await request.post()}
        known = {"chat.postMessage": self._post, "chat.update": self._update, "conversations.open": self._open}
        return known[method](body) if method in known else _error("unknown_method")

    def _post(self, body: dict[str, Any]) -> web.Response:
        if not self._is_open(body.get("channel")):
            return _error("channel_not_found")
        if wrong := problems({k: v for k, v in body.items() if k != "ts"}):
            return _error("invalid_blocks", wrong)
        self._count += 1
        message = {**body, "ts": f"1700000000.{self._count:06d}"}
        for number, block in enumerate(message["blocks"]):
            block.setdefault("block_id", f"b{self._count}{number}")
        self.posted.append(message)
        return web.json_response({"ok": True, "channel": body["channel"], "ts": message["ts"], "message": message})

    def _update(self, body: dict[str, Any]) -> web.Response:
        old = next((m for m in self.posted if (m["channel"], m["ts"]) == (body.get("channel"), body.get("ts"))), None)
        if old is None:
            return _error("message_not_found")
        if wrong := problems(body):
            return _error("invalid_blocks", wrong)
        old.update(body)
        return web.json_response({"ok": True, "channel": old["channel"], "ts": old["ts"], "text": old["text"]})

    def _open(self, body: Mapping[str, Any]) -> web.Response:
        user = str(body.get("users", ""))
        if user not in self.people:
            return _error("user_not_found")
        return web.json_response({"ok": True, "channel": {"id": direct(user)}})

    def _is_open(self, channel: Any) -> bool:
        return any(channel == direct(user) for user in self.people)

    # What Slack sends

    def event(self, user: str, text: str, **more: Any) -> dict[str, Any]:
        """A direct message of `user`; `more` changes its event."""
        self._count += 1
        event = {"type": "message", "channel_type": "im", "channel": direct(user), "user": user, "text": text, **more}
        return {
            "type": "event_callback",
            "team_id": TEAM,
            "event_id": f"Ev{self._count:08d}",
            "event": {"ts": f"1700000000.{self._count:06d}", **event},
            "authorizations": [{"team_id": TEAM, "user_id": BOT, "is_bot": True}],
        }

    def press(self, user: str, message: Mapping[str, Any], label: str, ticked: Sequence[str] = ()) -> dict[str, Any]:
        """`user` presses the button `label` of a posted `message`, having ticked the boxes with these labels."""
        self._count += 1
        actions = next(block for block in message["blocks"] if block["type"] == "actions")
        button = next(e for e in actions["elements"] if e["type"] == "button" and e["text"]["text"] == label)
        groups = {e["action_id"]: e["options"] for e in actions["elements"] if e["type"] == "checkboxes"}
        chosen = {
            name: {"type": "checkboxes", "selected_options": [o for o in options if o["text"]["text"] in ticked]}
            for name, options in groups.items()
        }
        return {
            "type": "block_actions",
            "user": {"id": user, "name": user.lower(), "team_id": TEAM},
            "container": {"type": "message", "message_ts": message["ts"], "channel_id": message["channel"]},
            "channel": {"id": message["channel"], "name": "directmessage"},
            "message": {"type": "message", "user": BOT, **message},
            "state": {"values": {actions["block_id"]: chosen} if groups else {}},
            "actions": [{**button, "block_id": actions["block_id"], "action_ts": f"1700000001.{self._count:06d}"}],
        }

    async def deliver(
        self, webhook: str, payload: Mapping[str, Any], retries: Sequence[float] = RETRY_SECONDS
    ) -> tuple[int, str]:
        """Sends `payload` as Slack does: an event as JSON and again when it fails, an interaction as a form and once.
        Returns the last answer's status and text."""
        interaction = payload["type"] not in ("event_callback", "url_verification")
        if interaction:
            body, kind = urlencode({"payload": json.dumps(payload)}), "application/x-www-form-urlencoded"
        else:
            body, kind = json.dumps(payload), "application/json"
        waits = (0.0, *(() if interaction else retries))
        async with aiohttp.ClientSession() as session:
            for attempt, wait in enumerate(waits):
                await asyncio.sleep(wait)
                headers = {"Content-Type": kind, **self.signed(body.encode())}
                if attempt:
                    headers |= {"X-Slack-Retry-Num": str(attempt), "X-Slack-Retry-Reason": "http_error"}
                async with session.post(webhook, data=body.encode(), headers=headers) as answer:
                    status, text = answer.status, await answer.text()
                    if status == 200 or answer.headers.get("X-Slack-No-Retry") == "1":
                        break
        return status, text

    def signed(self, body: bytes, at: float | None = None) -> dict[str, str]:
        """The two headers that prove where `body` comes from, as of `at` (seconds since 1970; now unless given)."""
        timestamp = str(int(time.time() if at is None else at))
        signature = SignatureVerifier(self.signing_secret).generate_signature(timestamp=timestamp, body=body)
        return {"X-Slack-Request-Timestamp": timestamp, "X-Slack-Signature": str(signature)}


def direct(user: str) -> str:
    """The direct message of `user` with the app."""
    return f"D{user[1:]}"


def _error(code: str, details: Sequence[str] = ()) -> web.Response:
    return web.json_response({"ok": False, "error": code, "response_metadata": {"messages": list(details)}})
