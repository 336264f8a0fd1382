"""`conductor worker`: sends what the servers hand over, and looks after what strikes and waits. Any number may run.

Jobs come from Redis; what is to be done stands in the database. One of the workers leads: each second it hands over
what has become due meanwhile, and what nobody took up. While Redis is gone each worker looks for work itself.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from bot.bootstrap import Conductor
from bot.conversation.failure import tell
from bot.coordination.jobs import BACKLOG, CHORE, LETTERS, Hands
from bot.telemetry.away import DATABASE

log = logging.getLogger(__name__)

TICK_SECONDS = 1.0
PLAN = "plan "
"""How the chores are called that plan campaigns: as many as there are workers, numbered. They are jobs, so that each
worker takes part; what a killed one had in hand is taken up again at the next tick."""
AT_ONCE = 200
"""Conversations with due letters that are handed over at a tick: a few seconds' work. A campaign of 100,000 waits in
the database, not in the queue."""


AT_ONCE_BY_MANY = ("deeds",)
"""Chores that whoever gets them as a job does at once, because somebody waits. The others stay with the leader, so that
what is told to one team is told in order; where two do them all the same, each step is a compare-and-set."""


NO_MODEL = "A worker has no model: turns are the servers'."


class NoAgent:
    """Stands where a server has its agent. Nothing of a worker's own work asks it."""

    def language_of(self, text: str, language: str) -> tuple[str, float]:
        raise NotImplementedError(NO_MODEL)

    async def understand(self, text: str, language: str, chosen: bool = False) -> Mapping[str, Any]:
        raise NotImplementedError(NO_MODEL)

    async def converse(self, turn: Any, parse_data: Mapping[str, Any], tracker: str | None) -> Any:
        raise NotImplementedError(NO_MODEL)

    def forget(self, conversation: int) -> None: ...


class Working:
    """One worker process around `conductor`, which was made with `works=True`."""

    def __init__(self, conductor: Conductor) -> None:
        assert conductor.together is not None
        self._conductor = conductor
        self._together = conductor.together
        letters = conductor.delivery.send_of
        self._hands = Hands(self._together.jobs, {LETTERS: letters, BACKLOG: letters, CHORE: self._chore})
        self._ticking: asyncio.Task[None] | None = None
        self._stopping = False
        self.ready = False
        """Whether it works: it has started, and is not on its way out."""
        self._under_way: set[str] = set()
        self._doing: set[asyncio.Task[None]] = set()

    @property
    def chores(self) -> Mapping[str, Callable[[], Awaitable[Any]]]:
        """What the leader does at each tick, by name."""
        here = self._conductor
        return {
            "clocks": self._clocks,
            "cases": here.chores.look,
            "telling": here.errands.telling.look,
            "deeds": here.errands.working.look,
        }

    async def _chore(self, name: str) -> None:
        """A job: somebody waits for it, there are campaigns to plan, or (from a version before this one) it is due."""
        if name.startswith(PLAN):
            await self._plan(name)
            return
        if name in self.chores and (name in AT_ONCE_BY_MANY or await self._together.crew.leads()):
            await self._once(name)

    async def _plan(self, job: str) -> None:
        """One part of a campaign; then the same job again, behind others that came meanwhile."""
        if await self._conductor.planning.step() is not None:
            self._together.jobs.hand_over(CHORE, [job])

    async def _once(self, name: str) -> None:
        if name in self._under_way:
            return
        self._under_way.add(name)
        try:
            await self.chores[name]()
        finally:
            self._under_way.discard(name)

    async def _guarded(self, name: str) -> None:
        try:
            await self._once(name)
        except Exception as error:
            tell(log, error, "A chore failed; trying again.")

    async def _clocks(self) -> None:
        """Time-outs and expiries become messages of ours, which the servers take up; nobody listens on dead calls."""
        here = self._conductor
        await here.store.due_timers(here.clock.now())
        await here.delivery.withhold_unheard()

    async def start(self) -> None:
        await self._conductor.start_together()
        self._conductor.start_looking()
        self._hands.start()
        self._ticking = asyncio.create_task(self._tick_for_ever())
        self.ready = True

    async def _tick_for_ever(self) -> None:
        while not self._stopping:
            try:
                if self._together.link.up and await self._together.crew.leads():
                    await self.tick()
                    DATABASE.answers()
                elif not self._together.link.up:
                    await self._clocks()
                    DATABASE.answers()
            except Exception as error:
                tell(log, error, "A tick failed; trying again.")
            await asyncio.sleep(TICK_SECONDS)

    async def tick(self) -> None:
        """Do the chores, and hand over the letters that are due. Each chore has its own task: a slow one holds up
        none."""
        for name in self.chores:
            doing = asyncio.create_task(self._guarded(name))
            self._doing.add(doing)
            doing.add_done_callback(self._doing.discard)
        if await self._conductor.planning.campaigns.next() is not None:
            self._together.jobs.hand_over(CHORE, [f"{PLAN}{number}" for number in range(self._together.crew.count)])
        self._together.jobs.hand_over(BACKLOG, await self._conductor.delivery.due_elsewhere(AT_ONCE))

    async def stop(self) -> None:
        """Finish what is in hand, take no more."""
        self._stopping, self.ready = True, False
        self._conductor.delivery.relay_no_more()
        if self._ticking is not None:
            self._ticking.cancel()
            await asyncio.gather(self._ticking, return_exceptions=True)
        await asyncio.gather(*self._doing)
        await self._hands.stop()
        await self._conductor.stop(within=5.0)
