"""Agents, their sessions and attempts in the database. Implements the stores of `bot.identity`."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.errors import ConductorError
from bot.identity.account import SessionSeen
from bot.identity.agent import Agent
from bot.identity.errors import Told
from bot.identity.roles import Role
from bot.identity.sign_in import Credentials, Session
from bot.storage.engine import Database
from bot.storage.former_names import given_up
from bot.storage.tables import (
    agent_links,
    agent_sessions,
    agents,
    cases,
    conversations,
    sign_in_attempts,
    sign_in_steps,
    staff_events,
)

_HERE = agents.c.removed_at.is_(None)


class SqlAgents:
    def __init__(self, database: Database) -> None:
        self._database = database

    # Staff

    async def agents(self) -> Sequence[Agent]:
        async with self._database.read() as connection:
            rows = await connection.execute(sa.select(agents).where(_HERE).order_by(agents.c.name))
            return [_agent(row) for row in rows.mappings()]

    async def given_up(self, but: int) -> Sequence[str]:
        async with self._database.read() as connection:
            return await given_up(connection, but)

    async def agent(self, agent: int) -> Agent | None:
        async with self._database.read() as connection:
            return await _one(connection, agents.c.id == agent)

    async def add(self, login: str, name: str, role: Role, teams: Sequence[str], language: str, now: str) -> Agent:
        row = {"login": login, "name": name, "role": role.value, "teams": json.dumps(list(teams))}
        try:
            async with self._database.write() as connection:
                made = await connection.execute(sa.insert(agents).values(**row, language=language, created_at=now))
                number = int(made.inserted_primary_key[0])
        except IntegrityError as error:
            raise Told(
                "taken",
                f'There is an agent with the login "{login}" or the name "{name}" already.',
                "Choose another.",
            ) from error
        return Agent(number, login, name, role, tuple(teams), language)

    async def change(self, agent: int, role: Role, teams: Sequence[str]) -> None:
        async with self._database.write() as connection:
            values = {"role": role.value, "teams": json.dumps(list(teams))}
            await connection.execute(sa.update(agents).where(agents.c.id == agent).values(**values))
            await _end_sessions(connection, agent)

    async def remove(self, agent: int, now: str) -> None:
        async with self._database.write() as connection:
            # The login is free again; the name stays, because the audit says who it was.
            values = {"removed_at": now, "login": f"removed-{agent}", "password": None, "totp": None, "subject": None}
            values["slack"] = None
            await connection.execute(sa.update(agents).where(agents.c.id == agent).values(**values))
            await _end_sessions(connection, agent)
            await connection.execute(sa.delete(agent_links).where(agent_links.c.agent_id == agent))

    # Sign-in

    async def credentials(self, login: str) -> Credentials | None:
        return await self._credentials(agents.c.login == login)

    async def credentials_of(self, agent: int) -> Credentials | None:
        return await self._credentials(agents.c.id == agent)

    async def _credentials(self, where: Any) -> Credentials | None:
        async with self._database.read() as connection:
            row = (await connection.execute(sa.select(agents).where(where, _HERE))).mappings().first()
        return row and Credentials(_agent(row), row["password"], row["totp"], row["last_totp"])

    async def failures(self, login: str, address: str, since: str) -> tuple[list[str], list[str]]:
        came_in = sign_in_attempts.alias("came_in")  # who came in starts anew
        later = sa.and_(came_in.c.login == sign_in_attempts.c.login, came_in.c.ok, came_in.c.id > sign_in_attempts.c.id)
        forgiven = sa.exists(sa.select(came_in.c.id).where(later))
        failed = sa.and_(sign_in_attempts.c.at > since, ~sign_in_attempts.c.ok, ~forgiven)
        async with self._database.read() as connection:
            found = []
            for mine in (sign_in_attempts.c.login == login, sign_in_attempts.c.address == address):
                rows = await connection.execute(sa.select(sign_in_attempts.c.at).where(mine, failed))
                found.append([str(at) for (at,) in rows])
        return found[0], found[1]

    async def attempted(self, login: str, address: str, ok: bool, now: str) -> None:
        async with self._database.write() as connection:
            await connection.execute(sa.insert(sign_in_attempts).values(login=login, address=address, ok=ok, at=now))

    async def totp_used(self, agent: int, step: int) -> bool:
        fresh = sa.and_(agents.c.id == agent, agents.c.last_totp < step)
        async with self._database.write() as connection:
            taken = await connection.execute(sa.update(agents).where(fresh).values(last_totp=step))
        return bool(taken.rowcount)

    async def open_session(self, agent: int, token: str, csrf: str, expires_at: str, address: str, now: str) -> int:
        row = {"agent_id": agent, "token": token, "csrf": csrf, "expires_at": expires_at, "address": address[:64]}
        async with self._database.write() as connection:
            await connection.execute(sa.delete(agent_sessions).where(agent_sessions.c.expires_at < now))
            made = await connection.execute(sa.insert(agent_sessions).values(**row, created_at=now, seen_at=now))
        return int(made.inserted_primary_key[0])

    async def session(self, token: str, now: str, idle_since: str) -> Session | None:
        alive = sa.and_(
            agent_sessions.c.token == token, agent_sessions.c.expires_at > now, agent_sessions.c.seen_at > idle_since
        )
        query = sa.select(agents, agent_sessions.c.id.label("session"), agent_sessions.c.csrf, agent_sessions.c.seen_at)
        query = query.join(agent_sessions, agent_sessions.c.agent_id == agents.c.id).where(alive, _HERE)
        async with self._database.read() as connection:
            row = (await connection.execute(query)).mappings().first()
        if row is None:
            return None
        if row["seen_at"][:16] != now[:16]:  # once a minute is often enough
            async with self._database.write() as connection:
                mine = agent_sessions.c.id == row["session"]
                await connection.execute(sa.update(agent_sessions).where(mine).values(seen_at=now))
        return Session(row["session"], _agent(row), row["csrf"])

    async def alive(self, session: int, now: str, idle_since: str) -> bool:
        mine = agent_sessions.c.id == session
        lasts = sa.and_(agent_sessions.c.expires_at > now, agent_sessions.c.seen_at > idle_since)
        query = sa.select(agents.c.id).join(agent_sessions, agent_sessions.c.agent_id == agents.c.id)
        async with self._database.read() as connection:
            return (await connection.execute(query.where(mine, lasts, _HERE))).first() is not None

    async def close_session(self, session: int) -> None:
        async with self._database.write() as connection:
            await connection.execute(sa.delete(agent_sessions).where(agent_sessions.c.id == session))

    async def open_step(self, agent: int, token: str, expires_at: str, now: str) -> None:
        row = {"agent_id": agent, "token": token, "expires_at": expires_at}
        async with self._database.write() as connection:
            await connection.execute(sa.delete(sign_in_steps).where(sign_in_steps.c.expires_at < now))
            await connection.execute(sa.insert(sign_in_steps).values(**row))

    async def step(self, token: str, now: str) -> Credentials | None:
        mine = sa.and_(sign_in_steps.c.token == token, sign_in_steps.c.expires_at > now)
        return await self._credentials(agents.c.id.in_(sa.select(sign_in_steps.c.agent_id).where(mine)))

    async def close_step(self, token: str) -> None:
        async with self._database.write() as connection:
            await connection.execute(sa.delete(sign_in_steps).where(sign_in_steps.c.token == token))

    async def set_password(self, agent: int, password: str) -> None:
        async with self._database.write() as connection:
            await connection.execute(sa.update(agents).where(agents.c.id == agent).values(password=password))
            await _end_sessions(connection, agent)

    async def rehash(self, agent: int, password: str) -> None:
        async with self._database.write() as connection:
            await connection.execute(sa.update(agents).where(agents.c.id == agent).values(password=password))

    async def set_totp(self, agent: int, secret: str | None) -> None:
        async with self._database.write() as connection:
            values = {"totp": secret, "last_totp": 0}
            await connection.execute(sa.update(agents).where(agents.c.id == agent).values(**values))

    async def make_link(self, agent: int, token: str, expires_at: str, now: str) -> None:
        async with self._database.write() as connection:
            await connection.execute(sa.delete(agent_links).where(agent_links.c.agent_id == agent))
            row = {"agent_id": agent, "token": token, "expires_at": expires_at, "created_at": now}
            await connection.execute(sa.insert(agent_links).values(**row))

    async def link(self, token: str, now: str) -> Agent | None:
        async with self._database.read() as connection:
            return await _one(connection, agents.c.id.in_(_of_link(token, now)))

    async def use_link(self, token: str, password: str, now: str) -> Agent | None:
        async with self._database.write() as connection:
            agent = await _one(connection, agents.c.id.in_(_of_link(token, now)))
            if agent is None:
                return None
            used = await connection.execute(sa.delete(agent_links).where(agent_links.c.token == token))
            if not used.rowcount:
                return None  # somebody used it at this very moment
            values = {"password": password, "totp": None, "last_totp": 0}
            await connection.execute(sa.update(agents).where(agents.c.id == agent.id).values(**values))
            await _end_sessions(connection, agent.id)
        return agent

    async def by_slack(self, who: str) -> Agent | None:
        async with self._database.read() as connection:
            return await _one(connection, agents.c.slack == who)

    async def by_login(self, login: str) -> Agent | None:
        async with self._database.read() as connection:
            return await _one(connection, agents.c.login == login)

    async def name_in_slack(self, agent: int, who: str | None) -> None:
        """Raises ConductorError when somebody else has that id."""
        try:
            async with self._database.write() as connection:
                await connection.execute(sa.update(agents).where(agents.c.id == agent).values(slack=who))
        except IntegrityError as error:
            raise ConductorError(f"Another agent is {who} in Slack.", "`conductor agents list` shows them.") from error

    async def by_subject(self, subject: str) -> Agent | None:
        async with self._database.read() as connection:
            return await _one(connection, agents.c.subject == subject)

    async def bind_subject(self, agent: int, subject: str) -> bool:
        free = sa.and_(agents.c.id == agent, agents.c.subject.is_(None))
        async with self._database.write() as connection:
            return bool((await connection.execute(sa.update(agents).where(free).values(subject=subject))).rowcount)

    # Account

    async def rename(self, agent: int, name: str, language: str) -> None:
        try:
            async with self._database.write() as connection:
                mine = agents.c.id == agent
                before = (await connection.execute(sa.select(agents.c.name).where(mine))).scalar_one()
                await connection.execute(sa.update(agents).where(mine).values(name=name, language=language))
                for table in (conversations, cases):
                    await connection.execute(sa.update(table).where(table.c.agent == before).values(agent=name))
        except IntegrityError as error:
            raise Told("taken", f'There is an agent with the name "{name}" already.', "Choose another.") from error

    async def sessions_of(self, agent: int, now: str) -> Sequence[SessionSeen]:
        mine = sa.and_(agent_sessions.c.agent_id == agent, agent_sessions.c.expires_at > now)
        query = (
            sa.select(agent_sessions).where(mine).order_by(agent_sessions.c.seen_at.desc(), agent_sessions.c.id.desc())
        )
        async with self._database.read() as connection:
            rows = (await connection.execute(query)).mappings()
            return [SessionSeen(r["id"], r["address"], r["created_at"], r["seen_at"]) for r in rows]

    async def end_session_of(self, agent: int, session: int) -> bool:
        mine = sa.and_(agent_sessions.c.id == session, agent_sessions.c.agent_id == agent)
        async with self._database.write() as connection:
            return bool((await connection.execute(sa.delete(agent_sessions).where(mine))).rowcount)

    async def note(self, actor: str, kind: str, data: Mapping[str, object], now: str) -> None:
        row = {"actor": actor, "kind": kind, "data": json.dumps(dict(data), ensure_ascii=False), "at": now}
        async with self._database.write() as connection:
            await connection.execute(sa.insert(staff_events).values(**row))


def _of_link(token: str, now: str) -> Any:
    return sa.select(agent_links.c.agent_id).where(agent_links.c.token == token, agent_links.c.expires_at > now)


async def _one(connection: AsyncConnection, where: Any) -> Agent | None:
    row = (await connection.execute(sa.select(agents).where(where, _HERE))).mappings().first()
    return _agent(row) if row else None


async def _end_sessions(connection: AsyncConnection, agent: int) -> None:
    """And what was about to become one."""
    for table in (agent_sessions, sign_in_steps):
        await connection.execute(sa.delete(table).where(table.c.agent_id == agent))


def _agent(row: Any) -> Agent:
    return Agent(
        id=row["id"],
        login=row["login"],
        name=row["name"],
        role=Role(row["role"]),
        teams=tuple(json.loads(row["teams"])),
        language=row["language"],
        has_totp=row["totp"] is not None,
    )
