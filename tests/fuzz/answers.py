"""What others answer to our own requests: providers of channels, teams' receivers, the company's sign-in. Each door is
a server on this machine that answers with the bytes of the fuzzer, and the real client that asks it."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from datetime import datetime
from functools import cache
from typing import Any
from unittest.mock import patch

import httpx
from authlib.jose import JsonWebKey, jwt

from bot.identity.openid import Beginning, OpenId, Provider
from bot.identity.sign_in import Refused
from bot.notifiers.webhook import WebhookNotifier
from bot.telemetry import exposed
from channels.contract import LONGEST_WAIT, Outbound, SendError
from channels.slack.client import SlackClient
from channels.slack.settings import SlackSettings
from channels.telegram.client import TelegramClient
from channels.telegram.settings import TelegramSettings
from channels.twilio.client import create_message, sdk
from channels.twilio.http import HttpClient
from channels.twilio.settings import Account
from tests.doubles import NOON, FrozenClock
from tests.fuzz.storable import must_be_text
from tests.notifiers.stories import told

CLIENT, NONCE, STATE = "conductor", "a-nonce", "a-state"
ACCOUNT = "AC" + "0" * 32
HELLO = Outbound("Hello")
SECONDS = 20.0
"""Whoever makes nothing of an answer for so long hangs."""


class Answering:
    """A server that answers each request with the next of `answers`, whatever they are, and hangs up."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self.answers: list[bytes] = []
        self._server = self.loop.run_until_complete(asyncio.start_server(self._answer, "127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            await reader.readuntil(b"\r\n\r\n")
            writer.write(self.answers.pop(0) if self.answers else b"")
        writer.close()

    def ask(self, client: Callable[[str], Awaitable[Any]], *answers: bytes) -> None:
        """Raises what is a finding: neither an understood answer nor an error of ours."""
        self.answers = list(answers)
        with patch("httpx._transports.default.create_ssl_context", lambda *_, **__: _encrypted()):
            made = self.loop.run_until_complete(_outcome(client(self.url)))
        if isinstance(made, SendError):
            must_be_text("error", str(made))
            assert made.retry_after is None or 0 <= made.retry_after <= LONGEST_WAIT, "waits for ever"
        else:
            must_be_text("provider_message_id", made)


async def _outcome(asked: Awaitable[Any]) -> Any:
    """What the client makes of it: an id, or the error of ours that it raised."""
    try:
        return await asyncio.wait_for(asked, SECONDS)
    except (SendError, TimeoutError, Refused) as error:
        return error


@cache
def here() -> Answering:
    for name in ("asyncio", "telegram"):  # they tell of each damaged answer
        logging.getLogger(name).setLevel(logging.CRITICAL)
    return Answering()


def _door(client: Callable[[str], Awaitable[Any]]) -> Callable[[bytes], None]:
    return lambda data: here().ask(client, data)


async def _twilio(url: str) -> str:
    http = HttpClient(url)
    try:
        client = sdk(Account(ACCOUNT, "secret", "https://a.example"), http)
        return await create_message(client, {"to": "+1", "body": "x"})
    finally:
        await http.close()


async def _recording(url: str) -> None:
    http = HttpClient(url)
    try:
        await http.sound(f"https://api.twilio.com/2010-04-01/Accounts/{ACCOUNT}/Recordings/RE1", ("a", "b"), 1000)
    finally:
        await http.close()


async def _telegram(url: str) -> str:
    client = TelegramClient(TelegramSettings("1:" + "a" * 30, "secret", url))
    try:
        return await client.send("telegram", "7", HELLO, "k")
    finally:
        await client.close()


async def _slack(url: str) -> str:
    return await SlackClient(SlackSettings("xoxb-1", "secret", f"{url}/api/")).send("slack", "C1", HELLO, "k")


async def _slack_opened(url: str) -> str:
    return await SlackClient(SlackSettings("xoxb-1", "secret", f"{url}/api/")).conversation("U1")


async def _slack_person(url: str) -> None:
    await SlackClient(SlackSettings("xoxb-1", "secret", f"{url}/api/")).person("U1")


async def _receiver(url: str) -> str:
    return await WebhookNotifier("0123456789abcdef", lambda: NOON).send(told("webhook", f"{url}/hook"))


def plain(body: bytes, status: bytes = b"200 OK") -> bytes:
    """An answer of HTTP around `body`."""
    head = b"HTTP/1.1 %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
    return head % (status, len(body)) + body


@cache
def _key() -> Any:
    return JsonWebKey.generate_key("EC", "P-256", {"kid": "k"}, is_private=True)


def _keys() -> bytes:
    return json.dumps({"keys": [_key().as_dict(is_private=False)]}).encode()


def _finish(*answers: bytes) -> None:
    """Somebody comes back from the company's sign-in; the provider's `answers` are its description, token and keys."""

    async def finish(url: str) -> str:
        openid = OpenId(Provider(url, CLIENT, "secret", "x"), FrozenClock())
        back = {"code": "c", "state": STATE}
        vouched = await openid.finish(back, Beginning(STATE, NONCE, "v" * 43), "https://a.example/back")
        must_be_text("email", vouched.email or "")
        return vouched.subject

    here().ask(finish, *answers)


@cache
def _encrypted() -> Any:
    """One for all: to read all the world's certificates takes longer than everything else."""
    return httpx.create_ssl_context()


def about() -> dict[str, str]:
    url = here().url
    return {"issuer": url, "authorization_endpoint": url, "token_endpoint": f"{url}/token", "jwks_uri": f"{url}/keys"}


def _oidc_answers(data: bytes) -> None:
    """Three lines: the provider's description of itself, the token, the keys. An empty one, or none, is the right one;
    `URL` is the provider's address."""
    url = here().url.encode()
    lines = [line.replace(b"URL", url) for line in data.split(b"\n")] + [b""] * 3
    right = [json.dumps(about()).encode(), _token({}), _keys()]
    _finish(*(plain(line or usual) for line, usual in zip(lines, right, strict=False)))


def _oidc_claims(data: bytes) -> None:
    """What the ID token says, rightly signed: JSON, laid over the right claims."""
    with suppress(ValueError, RecursionError):
        said = json.loads(data)
        if isinstance(said, dict):
            token = _token(said)
            keys = plain(_keys())
            _finish(plain(json.dumps(about()).encode()), plain(token), keys, keys)


def _token(said: Mapping[str, Any]) -> bytes:
    now = int(datetime.fromisoformat(NOON).timestamp())
    claims = {"iss": here().url, "aud": CLIENT, "iat": now, "exp": now + 300, "nonce": NONCE, "sub": "4711", **said}
    token = jwt.encode({"alg": "ES256", "kid": "k"}, claims, _key()).decode()
    return json.dumps({"access_token": "x", "token_type": "Bearer", "id_token": token}).encode()


class _Written:
    """A StreamWriter's side that a worker's answer needs."""

    def __init__(self) -> None:
        self.sent, self.closed = b"", False

    def write(self, data: bytes) -> None:
        self.sent += data

    def close(self) -> None:
        self.closed = True

    def get_extra_info(self, name: str) -> tuple[str, int]:
        return ("192.0.2.1", 40000)


def worker_http(data: bytes) -> None:
    """Whatever somebody sends to a worker's port; then they hang up."""

    async def serve() -> None:
        reader = asyncio.StreamReader(limit=exposed.HEAD_BYTES)
        reader.feed_data(data)
        reader.feed_eof()
        written: Any = _Written()
        await exposed.answer(reader, written, exposed.Shown("m" * 16, lambda: b"figures"))
        assert written.closed
        assert written.sent.startswith(b"HTTP/1.1 ")
        assert not written.sent.endswith(b"figures") or b"m" * 16 in data, "figures without the token"

    here().loop.run_until_complete(asyncio.wait_for(serve(), SECONDS))


DOORS: Mapping[str, Callable[[bytes], object]] = {
    "worker_http": worker_http,
    "twilio_answer": _door(_twilio),
    "twilio_recording": _door(_recording),
    "telegram_answer": _door(_telegram),
    "slack_answer": _door(_slack),
    "slack_opened": _door(_slack_opened),
    "slack_person": _door(_slack_person),
    "webhook_answer": _door(_receiver),
    "oidc_answers": _oidc_answers,
    "oidc_claims": _oidc_claims,
}
