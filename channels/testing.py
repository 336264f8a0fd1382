"""The harness that every channel passes: what may arrive at a webhook, as a table, through the real connector on a real
server.

A channel declares its own cases as data: real-shaped payloads in `payloads/*.json` (what arrives, and what is
understood), and in `cases.yml` what configures it, what proves its requests, and which payloads are malformed or of a
kind that means nothing to us. `CHECKS` is the table; `tests/channels/test_every_channel.py` runs it for each folder.
"""

from __future__ import annotations

import hashlib
import ipaddress
import json
import logging
import socket
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from importlib import import_module
from pathlib import Path
from typing import Any, Protocol
from unittest.mock import patch
from urllib.parse import parse_qsl, urlencode

import aiohttp
import yaml

from channels.contract import Inbound

FOLDER = Path(__file__).parent
PUBLIC_URL = "https://surveys.example"
"""Where the provider finds the server, through a proxy. Requests are signed for it and sent to a port of this
machine."""
FORM, JSON = "application/x-www-form-urlencoded", "application/json"
HUGE = 1_000_000
"""Bytes of a body that nobody reads to its end."""


@dataclass(frozen=True)
class Request:
    """What a provider sends. `path` is behind /webhooks/<provider>/, with its query."""

    body: bytes
    kind: str
    path: str = "webhook"


def request_of(case: Mapping[str, Any]) -> Request:
    """A payload or a case as a request: `fields` a form, `form` a form with one JSON `payload`, `json` (or `update`,
    `body`) an object, `raw` a text as it stands, under the content type `kind`. `address`: where it goes, with its
    query, when that is not the webhook."""
    path = str(case.get("address", "webhook"))
    if "raw" in case:
        return Request(str(case["raw"]).encode(), case.get("kind", JSON), path)
    if "fields" in case:
        return Request(urlencode(case["fields"]).encode(), FORM, path)
    if "form" in case:
        return Request(urlencode({"payload": json.dumps(case["form"])}).encode(), FORM, path)
    content = next(case[name] for name in ("json", "update", "body") if name in case)
    return Request(json.dumps(content).encode(), case.get("kind", JSON), path)


def meaning(payload: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The message that a payload holds, by its fields; None: none. `inbound` where `expected` is something else."""
    found: Mapping[str, Any] | None = payload["inbound"] if "inbound" in payload else payload["expected"]
    return found


@dataclass(frozen=True)
class Declared:
    """One channel's folder, and what it declares for the harness."""

    provider: str

    @cached_property
    def cases(self) -> Mapping[str, Any]:
        loaded: Mapping[str, Any] = yaml.safe_load((FOLDER / self.provider / "cases.yml").read_text(encoding="utf-8"))
        return loaded

    @cached_property
    def payloads(self) -> Mapping[str, Mapping[str, Any]]:
        files = sorted((FOLDER / self.provider / "payloads").glob("*.json"))
        return {file.stem: json.loads(file.read_text(encoding="utf-8")) for file in files}

    def request(self, case: Mapping[str, Any]) -> Request:
        """Interactions of Slack's, alone, come as JSON in a form: a payload's own `type` says which."""
        wrapped = self.cases.get("wrapped_in_a_form", ())
        if isinstance(case.get("body"), dict) and case["body"].get("type") in wrapped:
            return request_of({"form": case["body"]})
        return request_of(case)

    @property
    def valid(self) -> Mapping[str, Any]:
        return self.payloads[self.cases["valid"]]

    @property
    def environment(self) -> Mapping[str, str]:
        return {str(name): str(value) for name, value in (self.cases.get("environment") or {}).items()}

    def connector(self) -> Any:
        """The channel as Rasa makes it: from the environment (which the caller has set) and nothing else."""
        module = import_module(f"channels.{self.provider}.connector")
        return getattr(module, self.cases["connector"]).from_credentials({})


def declared() -> tuple[str, ...]:
    """Every folder that has a connector: none can stay out of the table."""
    return tuple(sorted(path.parent.name for path in FOLDER.glob("*/connector.py")))


class Written(Protocol):
    """A receiver that writes down what it is handed. `broken` makes it fail."""

    messages: list[Inbound]
    broken: bool


@dataclass
class Bench:
    """A channel on a server at `url`, whose news go to `receiver`."""

    declared: Declared
    channel: Any
    receiver: Written
    url: str
    away: Callable[[], None]
    """Takes the receiver away, as while the house still starts."""

    @property
    def counters(self) -> Counter[str]:
        counters: Counter[str] = self.channel.seam.counters
        return counters

    async def post(self, request: Request, proof: Mapping[str, str] | None = None) -> tuple[int, str]:
        """Send it as the provider does, or with another `proof`. Status and text of the answer."""
        given = self.proof(request) if proof is None else proof
        where = f"{self.url}/webhooks/{self.declared.provider}/{request.path}"
        headers = {"Content-Type": request.kind, **given}
        async with (
            aiohttp.ClientSession() as session,
            session.post(where, data=request.body, headers=headers) as answer,
        ):
            return answer.status, await answer.text()

    def proof(self, request: Request, age: float = 0.0) -> Mapping[str, str]:
        """The headers that prove where `request` comes from, as of `age` seconds ago."""
        return PROOFS[self.declared.cases["proof"]](self.declared, request, age)

    async def turned_away(self, request: Request, proof: Mapping[str, str] | None, *statuses: int) -> str:
        """It is refused with one of `statuses` and a sentence, counted, and changes nothing. Returns the sentence."""
        before = sum(self.counters[name] for name in ("refused", "malformed", "too_large"))
        with _logged("channels.receive") as lines:
            status, sentence = await self.post(request, proof)
        assert status in statuses, (status, sentence)
        assert [line.partition(":")[0] for line in lines] == [self.declared.provider], lines
        assert sentence.rstrip('}"').endswith("."), sentence
        assert sum(self.counters[name] for name in ("refused", "malformed", "too_large")) == before + 1
        assert not self.receiver.messages
        return sentence


@contextmanager
def _logged(name: str) -> Iterator[list[str]]:
    """The lines that a logger writes meanwhile."""
    lines: list[str] = []
    handler = logging.Handler()
    handler.emit = lambda record: lines.append(record.getMessage())  # type: ignore[method-assign]
    logger = logging.getLogger(name)
    logger.addHandler(handler)
    try:
        yield lines
    finally:
        logger.removeHandler(handler)


# How a provider proves itself


def _twilio(channel: Declared, request: Request, age: float) -> Mapping[str, str]:
    from channels.twilio.form import Form
    from channels.twilio.verify import sign

    fields = Form()
    if request.kind == FORM:
        for name, value in parse_qsl(request.body.decode("utf-8", "replace"), keep_blank_values=True):
            fields.setdefault(name, []).append(value)
    url = f"{PUBLIC_URL}/webhooks/{channel.provider}/{request.path}"
    return {"X-Twilio-Signature": sign(channel.environment["TWILIO_AUTH_TOKEN"], url, fields)}


def _telegram(channel: Declared, request: Request, age: float) -> Mapping[str, str]:
    return {"X-Telegram-Bot-Api-Secret-Token": channel.environment["TELEGRAM_WEBHOOK_SECRET"]}


def _slack(channel: Declared, request: Request, age: float) -> Mapping[str, str]:
    from channels.slack.local_provider import LocalSlack

    readable = request.body.decode("utf-8", "replace").encode()
    return LocalSlack("", channel.environment["SLACK_SIGNING_SECRET"], set()).signed(readable, time.time() - age)


def _same_origin(channel: Declared, request: Request, age: float) -> Mapping[str, str]:
    return {"Sec-Fetch-Site": "same-origin"}


PROOFS: Mapping[str, Callable[[Declared, Request, float], Mapping[str, str]]] = {
    "twilio": _twilio,
    "telegram": _telegram,
    "slack": _slack,
    "same origin": _same_origin,
}


# The table


async def replayed(bench: Bench) -> None:
    """The same delivery three times is answered three times alike, and kept once."""
    answers = [await bench.post(bench.declared.request(bench.declared.valid)) for _ in range(3)]
    assert [status for status, _ in answers] == [200] * 3
    assert len(bench.receiver.messages) == 1


async def out_of_order(bench: Bench) -> None:
    """Whatever comes first is taken first; nothing is lost or refused for coming late."""
    understood = [case for case in bench.declared.payloads.values() if meaning(case) is not None]
    for case in reversed(understood):
        assert (await bench.post(bench.declared.request(case)))[0] == 200
    expected = list(dict.fromkeys((meaning(case) or {}).get("message_id") for case in reversed(understood)))
    kept = [message.message_id for message in bench.receiver.messages]
    assert len(kept) == len(set(kept))
    assert len(kept) >= 2
    if None not in expected:
        assert kept == expected


async def forged(bench: Bench) -> None:
    """No proof, somebody else's, half of one, and bytes that are none: refused, whatever the body says."""
    request = bench.declared.request(bench.declared.valid)
    for proof in bench.declared.cases["forged"]:
        await bench.turned_away(request, proof, 403)
    for path in bench.declared.cases.get("paths", ()):
        await bench.turned_away(replace(request, path=path), bench.declared.cases["forged"][0], 403)


async def changed(bench: Bench) -> None:
    """A proof that covers the body fits no other body."""
    if not bench.declared.cases.get("covers_body"):
        return
    request = bench.declared.request(bench.declared.valid)
    proof = bench.proof(request)
    await bench.turned_away(replace(request, body=request.body + b"&Body=10"), proof, 403)
    await bench.turned_away(replace(request, body=request.body[:-1]), proof, 403)


async def late(bench: Bench) -> None:
    """A proof that ages is refused when it is older than the provider allows, and taken just before."""
    limit = bench.declared.cases.get("stale_after")
    if limit is None:
        return
    request = bench.declared.request(bench.declared.valid)
    await bench.turned_away(request, bench.proof(request, limit + 2), 403)
    assert (await bench.post(request, bench.proof(request, limit - 10)))[0] == 200


async def malformed(bench: Bench) -> None:
    """What the provider never sends, though it is signed: 400 with a sentence that says what is expected."""
    for case in bench.declared.cases["malformed"]:
        sentence = await bench.turned_away(bench.declared.request(case), None, 400)
        assert case.get("says", "") in sentence, (case, sentence)


async def huge(bench: Bench) -> None:
    """A megabyte is not read to its end, signed or not."""
    request = bench.declared.request(bench.declared.valid)
    big = replace(request, body=request.body + b" " * HUGE)
    await bench.turned_away(big, None, 413)
    await bench.turned_away(big, bench.declared.cases["forged"][0], 413)


async def not_utf8(bench: Bench) -> None:
    """Bytes that are no text are turned away, never a crash."""
    request = bench.declared.request(bench.declared.valid)
    for body in (b"\xff\xfe\xfa", request.body[:-2] + b"\xff\xff", b"Body=%FF%FE"):
        await bench.turned_away(replace(request, body=body), None, 400, 403)


async def unknown(bench: Bench) -> None:
    """A kind of event that means nothing to us: acknowledged, counted, ignored."""
    for case in bench.declared.cases["unknown"]:
        before = sum(count for name, count in bench.counters.items() if name.startswith("ignored"))
        assert (await bench.post(bench.declared.request(case)))[0] in (200, 204)
        assert sum(count for name, count in bench.counters.items() if name.startswith("ignored")) > before, case
    assert not bench.receiver.messages


async def not_stored(bench: Bench) -> None:
    """What could not be committed is not acknowledged, so that it comes again, and is then kept. A caller, who can't
    wait for that, hears a sentence."""
    request, spoken = bench.declared.request(bench.declared.valid), bench.declared.cases.get("spoken")
    bench.receiver.broken = True
    status, text = await bench.post(request)
    assert (status, spoken in text if spoken else True) == (200 if spoken else 503, True)
    assert "disk full" not in text
    bench.receiver.broken = False
    assert (await bench.post(request))[0] == 200
    assert len(bench.receiver.messages) == 1


async def still_starting(bench: Bench) -> None:
    """While there is nobody to hand it to, nothing is acknowledged."""
    bench.away()
    status, _ = await bench.post(bench.declared.request(bench.declared.valid))
    assert status == (200 if bench.declared.cases.get("spoken") else 503)
    assert bench.counters["unavailable"] == 1


async def json_body(bench: Bench) -> None:
    """Twilio signs a JSON body by its hash in the address. It passes the door, and is then no message; a wrong hash
    does not pass."""
    if bench.declared.cases["proof"] != "twilio":
        return
    body = b'{"EventType": "x"}'
    path = f"webhook?bodySHA256={hashlib.sha256(body).hexdigest()}"
    await bench.turned_away(Request(body, JSON, path), None, 400)
    await bench.turned_away(Request(body + b" ", JSON, path), None, 403)


Check = Callable[[Bench], Awaitable[None]]
CHECKS: tuple[Check, ...] = (
    replayed,
    out_of_order,
    forged,
    changed,
    late,
    malformed,
    huge,
    not_utf8,
    unknown,
    not_stored,
    still_starting,
    json_body,
)


async def understood(bench: Bench, payload: Mapping[str, Any]) -> None:
    """A payload of the provider's documentation is acknowledged, and means what stands beside it (None: nothing)."""
    status, text = await bench.post(bench.declared.request(payload))
    assert status in (200, 204), text
    expected = meaning(payload)
    if expected is None:
        assert not bench.receiver.messages
        return
    (message,) = bench.receiver.messages
    assert {name: getattr(message, name) for name in expected} == expected
    assert message.provider == bench.declared.provider


# The network


def is_this_machine(address: Any) -> bool:
    """True for Unix sockets and for hosts that are this machine."""
    if not isinstance(address, tuple):
        return True
    host = str(address[0]).partition("%")[0]
    if host in ("", "localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _barred(connect: Any) -> Any:
    def connect_here_only(self: socket.socket, address: Any) -> Any:
        if not is_this_machine(address):
            raise AssertionError(
                f"A test tried to reach {address}. Tests talk to this machine only: use a fake instead."
            )
        return connect(self, address)

    return connect_here_only


@contextmanager
def this_machine_only() -> Iterator[None]:
    """Fails whatever opens a connection to another machine."""
    with (
        patch.object(socket.socket, "connect", _barred(socket.socket.connect)),
        patch.object(socket.socket, "connect_ex", _barred(socket.socket.connect_ex)),
    ):
        yield


def gated(client: Any) -> list[str]:
    """The addresses with which `client` passes its gate from now on (`channels.contract.Gate`)."""
    passed: list[str] = []

    @asynccontextmanager
    async def gate(address: str) -> AsyncIterator[None]:
        passed.append(address)
        yield

    client.gate = gate
    return passed
