"""Signing in and out: password, second factor, one-time links, companies' own identity provider.

Every refusal reads the same, whatever was wrong: nobody learns which logins exist.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

import pyotp

from bot.conversation.ports import Clock
from bot.identity.agent import Agent, normal_login
from bot.identity.attempts import LOOK_BACK, wait_until
from bot.identity.errors import Told
from bot.identity.passwords import hash_password, outdated, right_password
from bot.identity.tokens import hashed, new_token

SESSION_HOURS = 12
"""A working day; it ends earlier when nobody has used it for `IDLE_HOURS`."""
IDLE_HOURS = 4
STEP_MINUTES = 5
"""Between the password and the code."""
LINK_HOURS = 48
"""How long a one-time link works."""

REFUSED = "Login, password or code is wrong."
TOTP_STEPS = 1
"""Codes of the step before and after count as well: clocks differ (RFC 6238, 5.2)."""


class Refused(Told):
    """Not signed in. `retry_at`: when the next attempt is allowed, if it has to wait. `code_needed`: the password was
    right, and the second factor is missing or wrong."""

    def __init__(
        self, message: str, retry_at: datetime | None = None, *, code_needed: bool = False, reason: str = "wrong"
    ) -> None:
        super().__init__("too_many" if retry_at else reason, message)
        self.retry_at = retry_at
        self.code_needed = code_needed


class CodeNeeded(Refused):
    """The password was right, and no code came with it. `step` is a token with which `with_code` goes on, so that
    nobody keeps the password meanwhile."""

    def __init__(self, step: str) -> None:
        super().__init__("Please enter the code of your authenticator app.", code_needed=True, reason="code_needed")
        self.step = step


@dataclass(frozen=True)
class Credentials:
    """What is kept of an agent's secrets. `last_totp`: the step of the last code that was taken; each counts once."""

    agent: Agent
    password: str | None
    totp: str | None
    last_totp: int


@dataclass(frozen=True)
class Session:
    """A signed-in agent. `token` is known to the browser alone (only at sign-in here); `csrf` goes with every form."""

    id: int
    agent: Agent
    csrf: str
    token: str = ""


class AgentStore(Protocol):
    """Where agents and sessions are kept (`bot/storage/agents.py`). Each method is one transaction."""

    async def credentials(self, login: str) -> Credentials | None: ...
    async def credentials_of(self, agent: int) -> Credentials | None: ...
    async def failures(self, login: str, address: str, since: str) -> tuple[list[str], list[str]]:
        """Times of failed attempts since then: of the account, and of the address."""

    async def attempted(self, login: str, address: str, ok: bool, now: str) -> None: ...
    async def totp_used(self, agent: int, step: int) -> bool:
        """Take the code of this step. False: it was taken before."""

    async def open_session(self, agent: int, token: str, csrf: str, expires_at: str, address: str, now: str) -> int: ...
    async def session(self, token: str, now: str, idle_since: str) -> Session | None:
        """The session of a hashed token, if it is alive; marks it as used now."""

    async def alive(self, session: int, now: str, idle_since: str) -> bool: ...
    async def close_session(self, session: int) -> None: ...
    async def open_step(self, agent: int, token: str, expires_at: str, now: str) -> None:
        """The password was right; the code is awaited."""

    async def step(self, token: str, now: str) -> Credentials | None:
        """Whose step this is; None: it is over."""

    async def close_step(self, token: str) -> None: ...
    async def set_password(self, agent: int, password: str) -> None:
        """All sessions of the agent end with it."""

    async def rehash(self, agent: int, password: str) -> None: ...
    async def set_totp(self, agent: int, secret: str | None) -> None: ...
    async def make_link(self, agent: int, token: str, expires_at: str, now: str) -> None:
        """Earlier links of the agent stop working."""

    async def link(self, token: str, now: str) -> Agent | None: ...
    async def use_link(self, token: str, password: str, now: str) -> Agent | None:
        """Set the password, once; None: it was used, or is too old."""

    async def note(self, actor: str, kind: str, data: Mapping[str, object], now: str) -> None:
        """One line of the audit."""

    async def by_subject(self, subject: str) -> Agent | None: ...
    async def bind_subject(self, agent: int, subject: str) -> bool:
        """False: the agent is known by another subject already. An address may become somebody else's."""


class SignIn:
    """Raises `Refused` when somebody may not come in, `Told` for input that can be mended."""

    def __init__(self, store: AgentStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._one_by_one = asyncio.Lock()  # so that no burst of attempts is tried before the first of them counts

    async def with_password(self, login: str, password: str, code: str, address: str) -> Session:
        """A session for the right password, and the right code where a second factor is set up."""
        async with self._one_by_one:
            return await self._with_password(login.strip().lower()[:120], password, code, address)

    async def _with_password(self, login: str, password: str, code: str, address: str) -> Session:
        await self._may_try(login, address)
        found = await self._store.credentials(login)
        # In a thread: it takes tens of milliseconds on purpose, and conversations go on meanwhile.
        right = await asyncio.to_thread(right_password, found.password if found else None, password)
        if found is None or not right:
            await self._store.attempted(login, address, False, self._clock.now())
            raise Refused(REFUSED)
        if found.totp is not None and not code.strip():
            raise CodeNeeded(await self._open_step(found.agent))
        if found.totp is not None:
            await self._second_factor(found, code, address)
        if found.password is not None and outdated(found.password):
            await self._store.rehash(found.agent.id, hash_password(password))
        await self._store.attempted(login, address, True, self._clock.now())
        return await self._open(found.agent, address)

    async def _may_try(self, login: str, address: str) -> None:
        since = _shift(self._clock.now(), -LOOK_BACK)
        of_account, of_address = await self._store.failures(login, address, since)
        waits = [until for f in (of_account, of_address) if (until := wait_until(f, self._clock.now()))]
        if waits:
            raise Refused("Too many attempts. Please wait a few minutes.", max(waits))

    async def _open_step(self, agent: Agent) -> str:
        step, now = new_token(), self._clock.now()
        await self._store.open_step(agent.id, hashed(step), _shift(now, timedelta(minutes=STEP_MINUTES)), now)
        return step

    async def with_code(self, step: str, code: str, address: str) -> Session:
        """A session for somebody whose password was right (`CodeNeeded.step`), and whose code is."""
        async with self._one_by_one:
            return await self._with_code(step, code, address)

    async def _with_code(self, step: str, code: str, address: str) -> Session:
        found = await self._store.step(hashed(step), self._clock.now())
        if found is None or found.totp is None:
            raise Refused("That took too long. Please start again.", reason="step_over")
        await self._may_try(found.agent.login, address)
        await self._second_factor(found, code, address)
        await self._store.close_step(hashed(step))
        await self._store.attempted(found.agent.login, address, True, self._clock.now())
        return await self._open(found.agent, address)

    async def _second_factor(self, found: Credentials, code: str, address: str) -> None:
        step = _step_of(found.totp or "", code, self._clock.now())
        if step is None or step <= found.last_totp or not await self._store.totp_used(found.agent.id, step):
            await self._store.attempted(found.agent.login, address, False, self._clock.now())
            raise Refused(REFUSED, code_needed=True)

    async def with_subject(self, subject: str, email: str | None, address: str) -> Session:
        """A session for somebody whom the company's identity provider vouches for (`issuer subject`): known by that
        subject, or by a verified e-mail address that is a login here. Nobody is made by signing in."""
        agent = await self._store.by_subject(subject)
        if agent is None and email:
            found = await self._store.credentials(email.strip().lower())
            if found is not None:
                agent = found.agent if await self._store.bind_subject(found.agent.id, subject) else None
        if agent is None:
            raise Refused("Nobody here has this account. Ask an admin to add you.", reason="unknown")
        await self._store.attempted(agent.login, address, True, self._clock.now())
        return await self._open(agent, address)

    async def _open(self, agent: Agent, address: str) -> Session:
        now, token, csrf = self._clock.now(), new_token(), new_token()
        expires = _shift(now, timedelta(hours=SESSION_HOURS))
        number = await self._store.open_session(agent.id, hashed(token), csrf, expires, address, now)
        return Session(number, agent, csrf, token)

    async def session(self, token: str) -> Session | None:
        """Who holds this token; None: nobody any more."""
        now = self._clock.now()
        return await self._store.session(hashed(token), now, _shift(now, -timedelta(hours=IDLE_HOURS)))

    async def alive(self, session: Session) -> bool:
        """Whether it goes on, for a connection that stays open; that counts as no use."""
        now = self._clock.now()
        return await self._store.alive(session.id, now, _shift(now, -timedelta(hours=IDLE_HOURS)))

    async def sign_out(self, session: Session) -> None:
        await self._store.close_session(session.id)

    async def invite(self, agent: int) -> str:
        """A token for a one-time link with which the agent chooses a password."""
        token, now = new_token(), self._clock.now()
        await self._store.make_link(agent, hashed(token), _shift(now, timedelta(hours=LINK_HOURS)), now)
        return token

    async def invited(self, token: str) -> Agent | None:
        """Whom a one-time link is for; None: it does not work (any more)."""
        return await self._store.link(hashed(token), self._clock.now())

    async def accept_invitation(self, token: str, password: str, address: str) -> Session:
        """Choose a password by a one-time link, and come in."""
        agent = await self.invited(token)
        if agent is None:
            raise Refused("This link does not work any more. Ask for a new one.", reason="link_over")
        if await self._store.use_link(hashed(token), hash_password(password, agent.login), self._clock.now()) is None:
            raise Refused("This link does not work any more. Ask for a new one.", reason="link_over")
        await self._note(agent, "password_set")
        return await self._open(agent, address)

    async def change_password(self, session: Session, old: str, new: str) -> None:
        """All sessions end, this one as well."""
        await self._prove(session.agent, old, Told("old_password", "The old password is wrong."))
        await self._store.set_password(session.agent.id, hash_password(new, session.agent.login))
        await self._note(session.agent, "password_changed")

    async def _prove(self, agent: Agent, password: str, wrong: Told) -> None:
        """Raises `wrong` unless it is the agent's password. Who holds somebody's open session may not guess for long
        either; what counts here as the address is the account itself."""
        here = f"agent {agent.id}"
        async with self._one_by_one:
            await self._may_try(agent.login, here)
            found = await self._store.credentials_of(agent.id)
            if not await asyncio.to_thread(right_password, found.password if found else None, password):
                await self._store.attempted(agent.login, here, False, self._clock.now())
                raise wrong

    def new_totp(self, session: Session) -> tuple[str, str]:
        """A secret for an authenticator app, and the address that its QR code holds. It counts once confirmed."""
        secret = pyotp.random_base32()
        return secret, self.totp_address(session, secret)

    def totp_address(self, session: Session, secret: str, issuer: str = "Survey Conductor") -> str:
        return pyotp.TOTP(secret).provisioning_uri(name=session.agent.login, issuer_name=issuer)

    async def confirm_totp(self, session: Session, secret: str, code: str, password: str) -> None:
        """From now on a code is asked for. Raises `Told` unless the app shows the right one, and it is the agent who
        asks: whoever sits at an open session could lock them out."""
        await self._prove(session.agent, password, Told("password", "The password is wrong."))
        if _step_of(secret, code, self._clock.now()) is None:
            raise Told("code", "That code is wrong.", "Check the clock of your telephone, and type the newest code.")
        await self._store.set_totp(session.agent.id, secret)
        await self._note(session.agent, "factor_set")

    async def drop_totp(self, session: Session, password: str) -> None:
        await self._prove(session.agent, password, Told("password", "The password is wrong."))
        await self._store.set_totp(session.agent.id, None)
        await self._note(session.agent, "factor_dropped")

    async def _note(self, agent: Agent, kind: str) -> None:
        await self._store.note(agent.name, kind, {}, self._clock.now())


def is_secret(text: str) -> bool:
    """Whether an app can make codes of it. Nobody types it, but it comes back in a form."""
    try:
        pyotp.TOTP(text).generate_otp(0)
    except ValueError:
        return False
    return True


def _step_of(secret: str, code: str, now: str) -> int | None:
    """The time step that `code` is right for, or None."""
    digits = "".join(c for c in code if c.isdecimal())
    totp = pyotp.TOTP(secret)
    here = int(datetime.fromisoformat(now).timestamp()) // totp.interval
    steps = range(here - TOTP_STEPS, here + TOTP_STEPS + 1)
    return next((step for step in steps if pyotp.utils.strings_equal(totp.generate_otp(step), digits)), None)


def _shift(at: str, by: timedelta) -> str:
    return (datetime.fromisoformat(at) + by).isoformat(timespec="microseconds")


__all__ = ["AgentStore", "CodeNeeded", "Credentials", "Refused", "Session", "SignIn", "is_secret", "normal_login"]
