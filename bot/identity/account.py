"""What somebody changes of their own: name, language, sessions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from bot.conversation.ports import Clock
from bot.identity.agent import Agent
from bot.identity.names import must_be_free, normal_name
from bot.identity.sign_in import Session

LANGUAGES = ("en", "de")
"""The console's."""


@dataclass(frozen=True)
class SessionSeen:
    """One of somebody's sessions, as they see it. Times are ISO 8601; `address`: where it began."""

    id: int
    address: str
    created_at: str
    seen_at: str


class AccountStore(Protocol):
    """Implemented by `bot/storage/agents.py`. Each method is one transaction."""

    async def agents(self) -> Sequence[Agent]: ...
    async def given_up(self, but: int) -> Sequence[str]: ...
    async def rename(self, agent: int, name: str, language: str) -> None:
        """Conversations and cases in hand go by the new name; the audit keeps what stood there. Raises `Told` when the
        name is taken."""

    async def sessions_of(self, agent: int, now: str) -> Sequence[SessionSeen]:
        """Those that are alive, the one used last first."""

    async def end_session_of(self, agent: int, session: int) -> bool:
        """False: it is not theirs, or over already."""

    async def note(self, actor: str, kind: str, data: Mapping[str, object], now: str) -> None:
        """One line of the audit of those who work here."""


class Account:
    def __init__(self, store: AccountStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def change(self, session: Session, name: str, language: str) -> None:
        agent, name = session.agent, normal_name(name)
        must_be_free(name, await self._store.agents(), await self._store.given_up(but=agent.id), but=agent.id)
        await self._store.rename(agent.id, name, language if language in LANGUAGES else agent.language)
        if name != agent.name:
            await self._store.note(name, "renamed", {"from": agent.name, "to": name}, self._clock.now())

    async def sessions(self, session: Session) -> Sequence[SessionSeen]:
        return await self._store.sessions_of(session.agent.id, self._clock.now())

    async def end(self, session: Session, other: int) -> None:
        """End one of one's own sessions."""
        if await self._store.end_session_of(session.agent.id, other):
            await self._store.note(session.agent.name, "session_ended", {}, self._clock.now())
