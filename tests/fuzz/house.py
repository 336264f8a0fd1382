"""The whole server in this process, as it faces the internet: every channel's webhook, the playground and the console,
with a conductor over an SQLite file and somebody signed in. Only what talks to other machines is none."""

from __future__ import annotations

import asyncio
import logging
import os
import shutil
import tempfile
import uuid
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, cast
from unittest.mock import patch

import sqlalchemy as sa
from argon2 import PasswordHasher
from rasa.core.channels.channel import register
from sanic import Sanic

from bot.bootstrap import Conductor
from bot.console.mount import ConsoleInput
from bot.console.operations.limits import Limits, keep, refuse_the_unreadable
from bot.console.playground.stream import Closing
from bot.identity import passwords
from bot.identity.roles import Role
from bot.identity.sign_in import Session
from bot.settings import load_settings
from bot.storage.migrate import migrate
from channels.contract import DeliveryStatus, Heard, Inbound, Offer, Outbound, Overview, SendError
from channels.testing import Declared, declared
from survey_flows.prompt import Choice, Prompt
from tests.doubles import FrozenClock
from tests.fuzz.storable import must_be_storable
from tests.fuzz.wire import exchange
from tests.sanic_once import touch_up_once
from tests.storage.inbox_house import NOW
from tests.storage.inbox_house import House as Rows

PASSWORD = "correct horse battery"
FRESH_AFTER = 5000
"""Requests; then the database is as at the beginning again, so that it does not grow with what a fuzzer wrote."""

_ASKED = Prompt(
    "score", "scale", "How likely?", "en", choices=tuple(Choice(n, str(n), keypad=str(n)) for n in range(11))
)


class Taken:
    """Whom connectors hand their news to: it keeps nothing, and lets pass only what the database would keep."""

    async def accept(self, message: Inbound) -> bool:
        must_be_storable(message)
        return True

    async def status(self, status: DeliveryStatus) -> bool:
        must_be_storable(status)
        return True

    async def converse(self, message: Inbound, within: float) -> Heard:
        must_be_storable(message)
        return Heard((Outbound(prompt=_ASKED, role="question"),), owner="survey", survey_open=True)

    async def open_question(self, provider: str, address: str) -> Heard:
        return Heard((Outbound(prompt=_ASKED, role="question"),), owner="survey", survey_open=True)

    async def call_ended(self, provider: str, address: str, call: str) -> None: ...

    async def transcribed(self, provider: str, message_id: str, text: str) -> bool:
        return True

    async def overview(self, channel: str, address: str, language: str) -> Overview:
        return Overview(language or "en", question=_ASKED, offers=(Offer("nps", "Score"),))

    async def begin(self, wish: Inbound, survey: str) -> str:
        must_be_storable(wish)
        return "started"

    async def objection(self, message: Inbound) -> str:
        must_be_storable(message)
        return ""


async def _nobody(*_: Any, **__: Any) -> Any:
    raise SendError("Nobody is called from here.", "later")


class _Failures(logging.Handler):
    """Exceptions that were caught and logged on the way: what is behind an answer of 500."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[BaseException] = []

    def emit(self, record: logging.LogRecord) -> None:
        if record.exc_info and record.exc_info[1]:
            self.found.append(record.exc_info[1])


@dataclass
class House:
    """`send` one request and learn whether the server stumbled."""

    folder: Path
    loop: asyncio.AbstractEventLoop
    app: Sanic
    conductor: Conductor = field(init=False)
    session: Session = field(init=False)
    case: int = 0
    sent: int = 0

    @classmethod
    def build(cls) -> House:
        cheap = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
        passwords._hasher, passwords._NOBODY = cheap, cheap.hash("nobody has this password")
        folder = Path(tempfile.mkdtemp(prefix="fuzz-"))
        migrate(f"sqlite+aiosqlite:///{folder}/empty.db")
        loop = asyncio.new_event_loop()
        house = cls(folder, loop, _server())
        loop.run_until_complete(house._open())
        return house

    async def _open(self) -> None:
        self.failures = _Failures()
        for name in ("sanic.error", "bot", "channels"):
            logging.getLogger(name).addHandler(self.failures)
        with patch("sanic.app.TouchUp.run", touch_up_once):
            await self.app._startup()
        keep(self.app, Limits())
        refuse_the_unreadable()
        self.app.ctx.playground_closing = Closing()
        self.app.ctx.playground_closing.now.set()  # no stream stays open
        self.app.ctx.receiver = Taken()
        await self._refresh()

    async def _refresh(self) -> None:
        """Everything as at the beginning."""
        if self.sent:
            await self.conductor.database.close()
        for old in self.folder.glob("now.db*"):
            old.unlink()
        shutil.copy(self.folder / "empty.db", self.folder / "now.db")
        settings = load_settings(database_url=f"sqlite+aiosqlite:///{self.folder}/now.db", metrics_token="m" * 40)
        self.conductor = Conductor(settings, cast(Any, None), FrozenClock(NOW), {})
        sa.event.listen(self.conductor.database.engine.sync_engine, "before_cursor_execute", _as_strict_as_postgres)
        self.app.ctx.conductor = self.conductor
        rows = Rows(self.conductor.database)
        customer = await rows.customer("sms", "Ada Lovelace")
        await rows.said(customer[1], "It came broken", "11:00")
        self.case = await rows.case(customer=customer, metric="nps", score=2.0, band="detractor")
        self.kim = await self.conductor.staff.add(Role.ADMIN, "kim@example.com", "Kim", Role.ADMIN)
        token = await self.conductor.sign_in.invite(self.kim.id)
        self.session = await self.conductor.sign_in.accept_invitation(token, PASSWORD, "192.0.2.9")

    async def _signed_in(self) -> Session:
        """Kim, whatever happened to her session or herself."""
        if await self.conductor.sign_in.session(self.session.token) is None:
            await self._refresh()
        return self.session

    def cookie(self) -> tuple[str, str]:
        """The cookie and the CSRF token of somebody signed in."""
        session = self.loop.run_until_complete(self._signed_in())
        return session.token, session.csrf

    def send(self, request: bytes) -> list[int]:
        """The statuses of the answers. Raises what made the server fail."""
        self.sent += 1
        if self.sent % FRESH_AFTER == 0:
            self.loop.run_until_complete(self._refresh())
        self.failures.found.clear()
        statuses, answer = self.loop.run_until_complete(exchange(self.app, request))
        failed = b'"checks":' not in answer and any(status >= 500 for status in statuses)
        if failed and self.failures.found:
            raise self.failures.found[-1]
        assert not failed, answer[:500]
        return statuses


def _server() -> Sanic:
    app = Sanic(f"fuzz_{uuid.uuid4().hex}", configure_logging=False)
    channels = []
    for name in declared():
        known = Declared(name)
        with patch.dict(os.environ, known.environment):
            channels.append(known.connector())
    for channel in channels:
        if hasattr(channel, "intake"):
            channel.intake.reception._client._slack = _Silent()
            channel.intake.reception._client.respond = _nobody
        if hasattr(channel, "_answerer"):
            channel._answerer.acknowledge = _nothing
    register([*channels, ConsoleInput()], app, "/webhooks/")
    return app


async def _nothing(*_: Any) -> bool:
    return True


class _Silent:
    """Slack's web client: it can't be reached."""

    def __getattr__(self, name: str) -> Any:
        return _nobody


def _as_strict_as_postgres(_connection: Any, _cursor: Any, _statement: str, parameters: Any, *_: Any) -> None:
    """SQLite keeps whatever it is given."""
    given = parameters.values() if isinstance(parameters, dict) else parameters
    for value in given:
        assert not isinstance(value, str) or "\0" not in value, "PostgreSQL keeps no NUL"
        assert not isinstance(value, int) or abs(value) < 2**63, "PostgreSQL keeps no such number"


@cache
def house() -> House:
    """One a process."""
    return House.build()
