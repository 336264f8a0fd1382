"""What an agent may read of cases: those of their teams and their own, masked for who may not see personal data.

Every page of cases reads through here; nothing else hands out what the read models know.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from bot.console.cases.masking import masked_customer, masked_now, masked_rows, masked_thread
from bot.conversation.ports import Clock
from bot.identity.agent import Agent
from bot.identity.roles import May
from bot.storage.case_list import CaseList, Counts, Page, Wanted
from bot.storage.case_thread import LINES, CaseThread, Line, Thread
from bot.storage.catalogue import SqlCatalogue
from bot.storage.customer_view import Customer, CustomerView
from bot.storage.engine import Database
from bot.storage.live_view import LiveView, Now
from bot.storage.presence import ALIVE_SECONDS, shift


@dataclass(frozen=True)
class Views:
    """The read models of cases, made once for a process."""

    cases: CaseList
    threads: CaseThread
    customers: CustomerView
    live: LiveView

    @classmethod
    def of(cls, database: Database, catalogue: SqlCatalogue) -> Views:
        return cls(
            CaseList(database),
            CaseThread(database, catalogue),
            CustomerView(database, catalogue),
            LiveView(database, catalogue),
        )


class Reading:
    """One agent's eyes. Raises ConductorError for what is not theirs to see."""

    def __init__(self, views: Views, agent: Agent, clock: Clock) -> None:
        self._views = views
        self._agent = agent
        self._clock = clock
        self.private = agent.may(May.SEE_PERSONAL_DATA)

    @property
    def _teams(self) -> tuple[str, ...] | None:
        return self._agent.teams or None

    async def page(
        self, view: str, search: str = "", after: str = "", *, snoozed: bool = False, keep: int | None = None
    ) -> Page:
        wanted = Wanted(self._agent.name, self._teams, view, snoozed, search, after, self.private, keep)
        page = await self._views.cases.page(wanted, self._clock.now())
        return page if self.private else replace(page, rows=masked_rows(page.rows))

    async def counts(self) -> Counts:
        return await self._views.cases.counts(self._agent.name, self._teams, self._clock.now())

    async def thread(self, case: int, lines: int = LINES) -> Thread:
        found = await self._views.threads.thread(case, self._agent.name, self._teams, self._clock.now(), lines)
        return found if self.private else masked_thread(found)

    async def spoken(self, case: int, line: str, lines: int = LINES) -> Line | None:
        """The line of the case's thread with this id, where it was spoken and may be heard."""
        thread = await self.thread(case, lines)
        found = (item for item in thread.items if isinstance(item, Line) and item.id == line and item.recording)
        return next(found, None)

    async def conversation(self, case: int) -> int | None:
        """The conversation of a case that may be seen; None for an anonymous one."""
        return await self._views.threads.conversation(case, self._agent.name, self._teams)

    async def colleagues(self, team: str) -> list[str]:
        """Whom a case of that team can be given to."""
        return await self._views.live.colleagues(team)

    async def customer(self, thread: Thread) -> Customer | None:
        """The customer of a case that was read before; None for an anonymous one."""
        contact = thread.case["contact_id"]
        found = None if contact is None else await self._customer(contact)
        return found if found is None or self.private else masked_customer(found)

    async def _customer(self, contact: int) -> Customer | None:
        return await self._views.customers.customer(contact, self._agent.name, self._teams, self._agent.language)

    async def now(self) -> Now:
        moment = self._clock.now()
        alive = shift(moment, -ALIVE_SECONDS)
        found = await self._views.live.now(self._agent.name, self._teams, moment, alive, self._agent.language)
        return found if self.private else masked_now(found)
