"""Who works here: adding, changing and removing agents."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Protocol

from bot.conversation.ports import Clock
from bot.errors import ConductorError
from bot.identity.agent import Agent, normal_login
from bot.identity.errors import Told
from bot.identity.names import must_be_free, normal_name
from bot.identity.roles import Role, must_grant, must_reach

COMMAND_LINE = "command line"
_SLACK = re.compile(r"[UW][A-Z0-9]{2,30}")


class StaffStore(Protocol):
    """Where agents are kept (`bot/storage/agents.py`)."""

    async def agents(self) -> Sequence[Agent]:
        """All that are not removed, by name."""

    async def given_up(self, but: int) -> Sequence[str]:
        """Names that stand in the audit for somebody who has another one now, or is gone; not those of the agent `but`
        themselves."""

    async def agent(self, agent: int) -> Agent | None: ...
    async def add(self, login: str, name: str, role: Role, teams: Sequence[str], language: str, now: str) -> Agent:
        """Raises `Told` when the login or the name is taken."""

    async def change(self, agent: int, role: Role, teams: Sequence[str]) -> None:
        """With a lower role all sessions end, so that nothing goes on with the old one."""

    async def note(self, actor: str, kind: str, data: Mapping[str, object], now: str) -> None:
        """One line of the audit."""

    async def name_in_slack(self, agent: int, who: str | None) -> None:
        """Raises ConductorError when somebody else has that id."""

    async def remove(self, agent: int, now: str) -> None:
        """They can't sign in any more; what they did stays in the audit."""


class Staff:
    """`granter`: the role of who does it, `by` their name, `borders` their teams (none: all); the command line acts as
    admin."""

    def __init__(self, store: StaffStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def list(self) -> Sequence[Agent]:
        return await self._store.agents()

    async def must_be_free(self, name: str) -> None:
        """Raises `Told` when somebody here has the name, or had it."""
        must_be_free(name, await self._store.agents(), await self._store.given_up(but=0), but=0)

    async def add(
        self,
        granter: Role,
        login: str,
        name: str,
        role: Role,
        teams: Sequence[str] = (),
        language: str = "en",
        by: str = COMMAND_LINE,
        borders: Sequence[str] = (),
    ) -> Agent:
        """Raises `Told` when the role is not the granter's to give, or the login or the name is taken."""
        must_grant(granter, role)
        must_reach(borders, teams)
        where = normal_login(login), normal_name(name)
        await self.must_be_free(where[1])
        agent = await self._store.add(*where, role, teams, language, self._clock.now())
        await self._note(by, "added", agent, role=role.value, teams=list(teams))
        return agent

    async def change(
        self,
        granter: Role,
        agent: int,
        role: Role,
        teams: Sequence[str],
        by: str = COMMAND_LINE,
        borders: Sequence[str] = (),
    ) -> None:
        found = await self._found(agent)
        must_grant(granter, role, found.role)
        must_reach(borders, teams, found.teams)
        if found.role is Role.ADMIN and role is not Role.ADMIN:
            await self._must_keep_an_admin(agent)
        await self._store.change(agent, role, teams)
        before = {"from": found.role.value, "to": role.value} if role is not found.role else {}
        await self._note(by, "changed", found, **before, teams=list(teams))

    async def may_invite(self, granter: Role, agent: int, by: str = COMMAND_LINE, borders: Sequence[str] = ()) -> Agent:
        """Whom a new one-time link may be made for: it opens the account, so the role must be the granter's to give.
        Raises `Told`."""
        found = await self._found(agent)
        must_grant(granter, found.role)
        must_reach(borders, found.teams)
        await self._note(by, "link_made", found)
        return found

    async def _note(self, by: str, kind: str, agent: Agent, **data: object) -> None:
        await self._store.note(by, kind, {"agent": agent.name, **data}, self._clock.now())

    async def name_in_slack(self, granter: Role, agent: int, who: str, by: str = COMMAND_LINE) -> None:
        """Which member of Slack an agent is ("": whoever has their login as e-mail address). Whoever is named can do
        there all that the agent may."""
        found = await self._found(agent)
        must_grant(granter, found.role)
        if who and not _SLACK.fullmatch(who):
            raise ConductorError(f'"{who}" is no member of Slack.', "Their profile there has it: Copy member ID (U…).")
        await self._store.name_in_slack(agent, who or None)
        await self._note(by, "changed", found, slack=who)

    async def remove(self, granter: Role, agent: int, by: str = COMMAND_LINE, borders: Sequence[str] = ()) -> None:
        found = await self._found(agent)
        must_grant(granter, found.role)
        must_reach(borders, found.teams)
        if found.role is Role.ADMIN:
            await self._must_keep_an_admin(agent)
        await self._store.remove(agent, self._clock.now())
        await self._note(by, "removed", found)

    async def _found(self, agent: int) -> Agent:
        found = await self._store.agent(agent)
        if found is None:
            raise Told("no_agent", f"There is no agent {agent}.")
        return found

    async def _must_keep_an_admin(self, agent: int) -> None:
        others = [a for a in await self._store.agents() if a.role is Role.ADMIN and a.id != agent]
        if not others:
            raise Told("last_admin", "This is the last admin.", "Make somebody else an admin first.")
