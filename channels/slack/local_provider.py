"""Slack on this machine: takes what we send as strictly as Slack does, and sends what Slack would send, signed.

For tests, and for trying the channel out with SLACK_API_BASE_URL and no account.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections import deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import aiohttp
from aiohttp import web
from slack_sdk.signature import SignatureVerifier

from channels.loopback import Loopback
from channels.slack.block_rules import problems, problems_of_ephemeral, problems_of_view
from channels.slack.limits import ANSWER_SECONDS
from channels.slack.local_events import BOT, TEAM, Events, Triggers, direct
from channels.slack.local_socket import Sockets

__all__ = ["BOT", "TEAM", "LocalSlack", "Trouble", "direct"]

RETRY_SECONDS = (0.0, 60.0, 300.0)
"""When Slack sends an event again: https://docs.slack.dev/apis/events-api#retries"""
RESPONSES = 5
"""How often one response_url may be used: https://docs.slack.dev/interactivity/handling-user-interaction"""


@dataclass(frozen=True)
class Trouble:
    """What to answer instead: an error `code` of Slack's, or an HTTP `status`, or nothing for `hang` seconds."""

    code: str = ""
    status: int = 200
    retry_after: int | None = None
    hang: float = 0.0


@dataclass
class LocalSlack:
    """A workspace. `people` are its members' ids, `channels` those the app was invited to, `locales` the members'
    languages (en-US unless given), `emails` their addresses, `facts` what else users.info says of them.

    `posted` are the messages as they look now, in order; `views` the modals that were opened; `homes` each person's
    Home tab; `whispered` what only one person saw; `calls` the methods called. `clock` (seconds) and `sleep` are handed
    in where a test must not wait.
    """

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
    app_token: str = "xapp-local"  # noqa: S105
    channels: set[str] = field(default_factory=set)
    locales: dict[str, str] = field(default_factory=dict)
    emails: dict[str, str] = field(default_factory=dict)
    facts: dict[str, dict[str, Any]] = field(default_factory=dict)
    views: list[dict[str, Any]] = field(default_factory=list)
    homes: dict[str, dict[str, Any]] = field(default_factory=dict)
    whispered: list[dict[str, Any]] = field(default_factory=list)
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep

    def __post_init__(self) -> None:
        self.events = Events(self.first, Triggers(lambda: self.clock()))
        self.sockets = Sockets()
        self._responses: dict[str, int] = {}
        # What Slack sends, under the names that tests read best.
        self.event, self.press, self.submit = self.events.event, self.events.press, self.events.submit
        router = self.server.app.router
        router.add_route("*", "/api/{method}", self._api)
        router.add_post("/respond/{number}", self._respond)
        router.add_get("/socket/{ticket}", self.sockets.serve)

    async def start(self, port: int = 0) -> str:
        """Listens on loopback. Returns what to set SLACK_API_BASE_URL to."""
        self.events.base = self.server.bind(port)
        self.url = f"{self.events.base}/api/"
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
            return await self._in_trouble(self.trouble.popleft()[1])
        token = self.app_token if method == "apps.connections.open" else self.token
        if request.headers.get("Authorization") != f"Bearer {token}":
            return _error("invalid_auth")
        if request.content_type == "application/json":
            body = await request.json()
        else:
            body = {**request.query, **await request.post()}
        known: Mapping[str, Callable[[dict[str, Any]], web.Response]] = {
            "chat.postMessage": lambda body: self._post(body),
            "chat.update": self._update,
            "conversations.open": self._open,
            "users.info": self._who,
            "views.open": self._open_view,
            "views.update": self._update_view,
            "views.publish": self._publish,
            "apps.connections.open": self._connect,
            "chat.postEphemeral": self._whisper_in_channel,
            "conversations.replies": self._replies,
            "conversations.history": self._history,
            "auth.test": lambda body: _ok(team_id=TEAM, user_id=BOT),
        }
        return known[method](body) if method in known else _error("unknown_method")

    async def _in_trouble(self, trouble: Trouble) -> web.Response:
        await asyncio.sleep(trouble.hang)
        headers = {} if trouble.retry_after is None else {"Retry-After": str(trouble.retry_after)}
        if not trouble.code:
            return web.Response(status=trouble.status, text="<html>", content_type="text/html", headers=headers)
        return web.json_response({"ok": False, "error": trouble.code}, status=trouble.status, headers=headers)

    def _post(self, body: dict[str, Any]) -> web.Response:
        if not self._is_open(body.get("channel")):
            return _error("channel_not_found")
        if wrong := problems({k: v for k, v in body.items() if k != "ts"}):
            return _error("invalid_blocks", wrong)
        message = {**body, "ts": self.events.stamp()}
        for number, block in enumerate(message.get("blocks", ())):
            block.setdefault("block_id", f"b{message['ts']}-{number}")
        self.posted.append(message)
        return _ok(channel=body["channel"], ts=message["ts"], message=message)

    def _update(self, body: dict[str, Any]) -> web.Response:
        old = next((m for m in self.posted if (m["channel"], m["ts"]) == (body.get("channel"), body.get("ts"))), None)
        if old is None:
            return _error("message_not_found")
        if wrong := problems(body):
            return _error("invalid_blocks", wrong)
        old.update(body)
        return _ok(channel=old["channel"], ts=old["ts"], text=old["text"])

    def _open(self, body: Mapping[str, Any]) -> web.Response:
        user = str(body.get("users", ""))
        if user not in self.people:
            return _error("user_not_found")
        return _ok(channel={"id": direct(user)})

    def _is_open(self, channel: Any) -> bool:
        return channel in self.channels or any(channel == direct(user) for user in self.people)

    def _who(self, body: Mapping[str, Any]) -> web.Response:
        user = str(body.get("user", ""))
        if user not in self.people:
            return _error("user_not_found")
        who: dict[str, Any] = {"id": user, "name": user.lower(), "real_name": f"{user} Local", "team_id": TEAM}
        who |= {
            "is_email_confirmed": True,
            "deleted": False,
            "is_bot": False,
            "profile": {},
            **self.facts.get(user, {}),
        }
        if user in self.emails:
            who["profile"] = {"email": self.emails[user]}
        if str(body.get("include_locale", "")).lower() in ("1", "true"):
            who["locale"] = self.locales.get(user, "en-US")
        return _ok(user=who)

    def _open_view(self, body: dict[str, Any]) -> web.Response:
        if wrong := self.events.triggers.use(body.get("trigger_id")):
            return _error(wrong)
        if problem := problems_of_view(body.get("view"), "modal"):
            return _error("invalid_arguments", problem)
        view = {**body["view"], "id": f"V{self.events.number():08d}", "team_id": TEAM}
        self.views.append(view)
        return _ok(view=view)

    def _update_view(self, body: dict[str, Any]) -> web.Response:
        old = next((view for view in self.views if view["id"] == body.get("view_id")), None)
        if old is None:
            return _error("not_found")
        if problem := problems_of_view(body.get("view"), "modal"):
            return _error("invalid_arguments", problem)
        old.update(body["view"])
        return _ok(view=old)

    def _publish(self, body: dict[str, Any]) -> web.Response:
        user = str(body.get("user_id", ""))
        if user not in self.people:
            return _error("user_not_found")
        if problem := problems_of_view(body.get("view"), "home"):
            return _error("invalid_arguments", problem)
        self.homes[user] = {**body["view"], "id": f"V{self.events.number():08d}"}
        return _ok(view=self.homes[user])

    def _connect(self, body: Mapping[str, Any]) -> web.Response:
        return _ok(url=f"{self.events.base.replace('http', 'ws', 1)}/socket/{self.sockets.ticket()}")

    def _whisper_in_channel(self, body: dict[str, Any]) -> web.Response:
        if not self._is_open(body.get("channel")) or body.get("user") not in self.people:
            return _error("channel_not_found")
        if not body.get("text") or body.keys() - {"channel", "user", "text", "thread_ts"}:
            return _error("invalid_arguments")
        self.whispered.append(body)
        return _ok(message_ts=self.events.stamp())

    def _replies(self, body: Mapping[str, Any]) -> web.Response:
        found = [m for m in self.posted if m["channel"] == body.get("channel")]
        return _ok(messages=[m for m in found if body.get("ts") in (m["ts"], m.get("thread_ts"))])

    def _history(self, body: Mapping[str, Any]) -> web.Response:
        """Messages of the channel itself, the newest first. (Its clock stands still, so `oldest` is not looked at.)"""
        found = [m for m in self.posted if m["channel"] == body.get("channel")]
        return _ok(messages=[m for m in reversed(found) if "thread_ts" not in m or m.get("reply_broadcast")])

    async def _respond(self, request: web.Request) -> web.Response:
        number = request.match_info["number"]
        self._responses[number] = self._responses.get(number, 0) + 1
        if self._responses[number] > RESPONSES:
            return web.Response(status=404, text="used_url")
        return self._whisper(await request.json())

    def _whisper(self, body: dict[str, Any]) -> web.Response:
        if wrong := problems_of_ephemeral(body):
            return web.Response(status=400, text="; ".join(wrong))
        self.whispered.append(body)
        return web.Response(text="ok")

    # What Slack sends

    async def deliver(
        self, webhook: str, payload: Mapping[str, Any], retries: Sequence[float] = RETRY_SECONDS
    ) -> tuple[int, str]:
        """Sends `payload` as Slack does: an event as JSON and again when it fails, anything else as a form and once.
        Returns the last answer's status and text; no answer within three seconds is the status 0."""
        event = payload.get("type") in ("event_callback", "url_verification", "app_rate_limited")
        if event:
            body, kind = json.dumps(payload), "application/json"
        else:
            form = {"payload": json.dumps(payload)} if "command" not in payload else payload
            body, kind = urlencode(form), "application/x-www-form-urlencoded"
        status, text = 0, ""
        timeout = aiohttp.ClientTimeout(total=ANSWER_SECONDS)
        async with aiohttp.ClientSession(timeout=timeout) as session:
            for attempt, wait in enumerate((0.0, *(retries if event else ()))):
                await self.sleep(wait)
                headers = {"Content-Type": kind, **self.signed(body.encode())}
                if attempt:
                    reason = "http_error" if status else "http_timeout"
                    headers |= {"X-Slack-Retry-Num": str(attempt), "X-Slack-Retry-Reason": reason}
                try:
                    async with session.post(webhook, data=body.encode(), headers=headers) as answer:
                        status, text = answer.status, await answer.text()
                        no_more = answer.headers.get("X-Slack-No-Retry") == "1"
                except asyncio.TimeoutError:
                    status, text, no_more = 0, "", False
                if status == 200 or no_more:
                    break
        if status == 200:
            self._answered(payload, json.loads(text) if text.startswith("{") else {})
        return status, text

    async def push(self, payload: Mapping[str, Any], retries: Sequence[float] = RETRY_SECONDS) -> dict[str, Any] | None:
        """The same through the app's socket. Returns what its acknowledgement holds; None: there was none."""
        kind = "events_api" if payload.get("type") == "event_callback" else "interactive"
        kind = "slash_commands" if "command" in payload else kind
        for attempt, wait in enumerate((0.0, *(retries if kind == "events_api" else ()))):
            await self.sleep(wait)
            try:
                answer = await self.sockets.send(kind, payload, attempt)
            except (asyncio.TimeoutError, ConnectionError):
                continue
            self._answered(payload, answer)
            return answer
        return None

    def _answered(self, payload: Mapping[str, Any], answer: dict[str, Any]) -> None:
        """Looks at the answer as Slack does: what only they see, and what is wrong in a form. Raises AssertionError
        for one that Slack would not take, as it would show the person an error."""
        if "command" in payload and answer:
            wrong = problems_of_ephemeral(answer)
            assert not wrong, wrong
            self.whispered.append(answer)
        elif payload.get("type") == "view_submission" and answer:
            blocks = {b.get("block_id") for b in payload["view"]["blocks"] if b["type"] == "input"}
            assert answer.get("response_action") == "errors", answer
            assert answer["errors"].keys() <= blocks, answer
            assert all(answer["errors"].values()), answer

    def signed(self, body: bytes, at: float | None = None) -> dict[str, str]:
        """The two headers that prove where `body` comes from, as of `at` (seconds since 1970; now unless given)."""
        timestamp = str(int(time.time() if at is None else at))
        signature = SignatureVerifier(self.signing_secret).generate_signature(timestamp=timestamp, body=body)
        return {"X-Slack-Request-Timestamp": timestamp, "X-Slack-Signature": str(signature)}


def _ok(**more: Any) -> web.Response:
    return web.json_response({"ok": True, **more})


def _error(code: str, details: Sequence[str] = ()) -> web.Response:
    return web.json_response({"ok": False, "error": code, "response_metadata": {"messages": list(details)}})
