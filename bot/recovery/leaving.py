"""Nobody's case is left with somebody who does not work on cases any more: removed, or given a role that only reads.

Looked for again and again rather than done with the removal: people are removed in many places (console, command line,
the company's directory), and a process that died in between must not strand a customer.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from bot.conversation.ports import Clock
from bot.recovery.clocks import CaseNow
from bot.recovery.desk import Desk, Notices

LEFT = "agent_left"
"""What the audit says."""


class LeavingStore(Protocol):
    """Where cases and agents are kept (`bot/storage/leaving.py`)."""

    async def stranded(self) -> Sequence[CaseNow]:
        """Open cases of agents who do not work on cases any more."""

    async def free(self, case: CaseNow, unassigned_at: str, notify: Notices, now: str) -> bool:
        """The case and its chat are the team's, with the clock of a case that nobody took. False: it is somebody
        else's by now."""


class Leaving:
    """`changed` as in `Escalation`."""

    def __init__(self, store: LeavingStore, desk: Desk, clock: Clock, changed: Callable[[CaseNow, str], None]) -> None:
        self._store, self._desk, self._clock, self._changed = store, desk, clock, changed

    async def look(self) -> int:
        """Give back to their teams what those who left have. Returns how many cases that were."""
        freed = 0
        for case in await self._store.stranded():
            now, team = self._clock.now(), self._desk.team(case.team)
            if await self._store.free(case, self._desk.unassigned_at(case.team, now), team.notify, now):
                self._changed(case, LEFT)
                freed += 1
        return freed
