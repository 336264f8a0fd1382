"""Customers with telephones, and the provider between them and a server: signed webhooks go in, replies come out
through the provider's API. Every time is that from the webhook's first byte to the reply's arrival at the provider."""

from __future__ import annotations

import asyncio
import random
import re
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import count
from urllib.parse import urlencode

import aiohttp
from aiohttp import web

from benchmarks.parts.servers import ACCOUNT, Running
from channels.twilio.form import Form
from channels.twilio.local_provider import LocalTwilio, Sent
from channels.twilio.verify import sign

OPENING = "I want to give feedback"
ANSWERS: Sequence[Sequence[str]] = (
    ("3", "6", "7", "8", "9", "9", "10"),
    ("1", "2", "3", "4"),
    ("4", "5", "3"),
    ("5", "4", "2"),
    ("3", "4", "5"),
    ("6", "7", "5"),
    ("yes", "no"),
    ("answer the telephone faster please.", "the box was wet when it came.", "nothing, it was all fine."),
)
"""What customers say to each of the eight questions of `benchmarks/surveys/relationship_nps.yml`. Sentences have their
full stop: without it ours waits three seconds for more (docs/adr/0019)."""
REPLY_SECONDS = 60.0
SILENT = ("floor", "floor with Rasa")
"""Servers that answer the webhook and send nothing."""


@dataclass
class Provider(LocalTwilio):
    """The local provider that knows who waits for which reply."""

    waiting: dict[str, tuple[re.Pattern[str], asyncio.Future[float]]] = field(default_factory=dict)
    heard: dict[str, str] = field(default_factory=dict)
    """The first message to each number, of those who wait."""

    def keep(self, form: Form) -> Sent:
        """Take a message, and tell who waits for it. It is not kept: a million of them would be our own memory."""
        sent = Sent(self.sid("SM"), form)
        if sent.to in self.waiting:
            self.heard.setdefault(sent.to, sent.body)
            pattern, reply = self.waiting[sent.to]
            if pattern.search(sent.body) and not reply.done():
                reply.set_result(time.perf_counter())
        return sent

    async def messages(self, request: web.Request) -> web.Response:
        """POST …/Messages.json, without the checks of `LocalTwilio`: they are tested elsewhere, and cost our core."""
        form = Form({name: [str(value)] for name, value in (await request.post()).items()})
        return web.json_response(self.resource(self.keep(form)), status=201)

    async def say(self, server: Running, number: str, text: str, until: str | None) -> float:
        """A customer sends `text`; wait for a reply that contains `until` (None: only for the webhook's answer).
        Returns seconds."""
        fields = {
            "MessageSid": self.sid("SM"),
            "AccountSid": ACCOUNT["TWILIO_ACCOUNT_SID"],
            "From": number,
            "To": ACCOUNT["TWILIO_SMS_FROM"],
            "Body": text,
            "NumMedia": "0",
            "NumSegments": "1",
            "FromCountry": "US",
            "FromCity": "",
            "ApiVersion": "2010-04-01",
        }
        form = Form({name: [value] for name, value in fields.items()})
        url = server.url + server.webhook
        headers = {
            "Content-Type": "application/x-www-form-urlencoded; charset=UTF-8",
            "X-Twilio-Signature": sign(ACCOUNT["TWILIO_AUTH_TOKEN"], url, form),
            "I-Twilio-Idempotency-Token": self.sid("EV"),
        }
        reply: asyncio.Future[float] = asyncio.get_running_loop().create_future()
        if until is not None:
            self.waiting[number] = (re.compile(until), reply)
        body, begun = urlencode(fields), time.perf_counter()
        async with self._session.post(url, data=body, headers=headers) as answer:
            await answer.read()
            if answer.status >= 300:
                raise RuntimeError(f"{server.name}: {answer.status}")
        if until is None:
            return time.perf_counter() - begun
        try:
            return await asyncio.wait_for(reply, REPLY_SECONDS) - begun
        except asyncio.TimeoutError as error:
            raise RuntimeError(f"{server.name}: no reply with {until!r} to {text!r} for {number}") from error


_FRESH = count(1_000_000)
_RESERVED: deque[str] = deque()


def number() -> str:
    """Of somebody who has not written yet. Everybody has a number of their own, in the whole run."""
    return _RESERVED.popleft() if _RESERVED else f"+1415{next(_FRESH)}"


def reserve(many: int) -> list[str]:
    """The numbers of the next customers, so that they can be given a past."""
    made = [f"+1415{next(_FRESH)}" for _ in range(many)]
    _RESERVED.extend(made)
    return made


@dataclass(frozen=True)
class Load:
    """`customers` at once, each taking `surveys` surveys, the next with another number. `think`: seconds, from and to,
    between a reply and the answer to it. `stays`: where several servers take messages, each customer's go to one."""

    customers: int
    surveys: int
    think: tuple[float, float] = (0.0, 0.0)
    seed: int = 1
    stays: bool = False


async def survey(provider: Provider, server: Running, load: Load, chance: random.Random) -> list[float]:
    """One customer, one whole survey. Returns the seconds of each message."""
    mine = number()
    silent = server.name in SILENT
    says = [OPENING, *(chance.choice(options) for options in ANSWERS)]
    times = []
    for position, text in enumerate(says, 1):
        until = f"\\({position} of {len(ANSWERS)}\\)" if position < len(says) else "That was all"
        await asyncio.sleep(chance.uniform(*load.think))
        times.append(await provider.say(server.taking(position), mine, text, None if silent else until))
    provider.waiting.pop(mine, None)
    provider.heard.pop(mine, None)
    return times


async def run(provider: Provider, server: Running, load: Load) -> list[float]:
    """All customers at once. Returns the seconds of all messages."""

    async def customer(nth: int) -> list[float]:
        chance = random.Random(load.seed * 1000 + nth)
        mine = server.taking(nth) if load.stays else server
        await asyncio.sleep(chance.uniform(0, load.think[1]))
        return [s for _ in range(load.surveys) for s in await survey(provider, mine, load, chance)]

    return [s for times in await asyncio.gather(*map(customer, range(load.customers))) for s in times]


def provider(port: int = 0) -> Provider:
    """The stand-in for Twilio. `async with` starts it."""
    made = Provider(ACCOUNT["TWILIO_ACCOUNT_SID"], ACCOUNT["TWILIO_AUTH_TOKEN"], port=port)
    made.url = made.server.bind(port)
    return made


async def patient_session(made: Provider) -> None:
    """As many connections at once as there are customers."""
    await made._session.close()
    made._session = aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0))
