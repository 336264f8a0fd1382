"""Every part of an installation, wired. Nothing runs yet."""

from __future__ import annotations

import asyncio
import os
import secrets
from collections.abc import Mapping

from bot.bootstrap.clock import SystemClock
from bot.bootstrap.configured import desk_of, faq_of, openid_of
from bot.connected import senders as connected_senders
from bot.conversation.calling import Calling
from bot.conversation.chores import Chores
from bot.conversation.delivery import Delivery
from bot.conversation.handled import Handled
from bot.conversation.handler import Handler
from bot.conversation.intake import Intake
from bot.conversation.live import InProcessEvents
from bot.conversation.ports import Clock, DialogueAgent
from bot.conversation.spooling import Spooling
from bot.conversation.worker import Worker
from bot.coordination.jobs import BACKLOG, CHORE, LETTERS
from bot.identity.account import Account
from bot.identity.sign_in import SignIn
from bot.identity.staff import Staff
from bot.notifiers.wiring import Errands, Work, errands, ways
from bot.outreach.campaign import Planning
from bot.outreach.front_desk import Reception
from bot.outreach.linking import Linking
from bot.recovery.casework import Casework
from bot.recovery.clocks import CaseNow
from bot.recovery.escalation import Escalation
from bot.recovery.leaving import Leaving
from bot.recovery.takeover import Takeover
from bot.running_model import one_turn
from bot.settings import Settings
from bot.storage.agents import SqlAgents
from bot.storage.audit import SqlAudit
from bot.storage.calls import SqlCalls
from bot.storage.campaigns import SqlCampaigns
from bot.storage.case_clocks import SqlClocks
from bot.storage.casework import SqlCasework
from bot.storage.catalogue import SqlCatalogue
from bot.storage.engine import Database
from bot.storage.invitations import SqlInvitations
from bot.storage.leaving import SqlLeaving
from bot.storage.links import SqlLinks
from bot.storage.outage import outage_there
from bot.storage.outbox import SqlOutbox
from bot.storage.spool import Spool
from bot.storage.store import SqlStore
from bot.storage.takeover import SqlTakeoverStore
from bot.storage.views import Views
from bot.telemetry.away import DATABASE
from bot.telemetry.figures import expect
from bot.together import pace, together
from channels.contract import Sender
from channels.slack.client import SlackClient
from channels.web.client import WebClient

PLANNING_SECONDS = 5.0
"""How often a process without workers looks for campaigns that were left."""


class Parts:
    """What one process of an installation is made of."""

    def __init__(
        self,
        settings: Settings,
        agent: DialogueAgent,
        clock: Clock | None = None,
        senders: Mapping[str, Sender] | None = None,
        works: bool = False,
    ) -> None:
        """`works`: this is a worker (`conductor worker`): turns are left to the servers."""
        self.settings = settings
        self.clock = clock or SystemClock()
        self.together = together(settings, works)
        self.events = self.together.events if self.together else InProcessEvents()
        connected = senders if senders is not None else {"web": WebClient(), **connected_senders(os.environ)}
        self.senders: dict[str, Sender] = dict(connected)
        self.desk = desk_of(settings)
        self._storage()
        self._turns(agent, works)
        self._letters_out()
        self._recovery()
        self._people()
        self._way_in()

    def _storage(self) -> None:
        self.database = Database(self.settings.database_url)
        DATABASE.known_by(outage_there)
        self.catalogue = SqlCatalogue(self.database)
        self.spool = Spool(self.settings.spool, self.clock)
        self.store = SqlStore(self.database, self.settings.default_language, self.spool)
        self.views = Views(self.database, self.catalogue)
        self.outbox = SqlOutbox(self.database, self.desk.idle_minutes)

    def _turns(self, agent: DialogueAgent, works: bool) -> None:
        self.linking = Linking(SqlLinks(self.database), secrets.token_bytes)
        self.handler = Handler(
            self.store,
            agent,
            self.catalogue,
            self.events,
            self.clock,
            self.desk,
            self._senders_that("collected"),
            self.linking,
            faq_of(self.settings),
            self.settings.join_seconds,
            self._look_later,
        )
        locks = self.together.locks if self.together else None
        elsewhere = self.together.wake_servers if self.together and works else None
        self.worker = Worker(self.store, self._handle_next, self.clock, locks, self._mine, elsewhere)

    def _letters_out(self) -> None:
        self.planning = Planning(SqlCampaigns(self.database), self.catalogue, self.clock, self.settings)
        self.campaigning = Chores([self._plan_some], PLANNING_SECONDS, self._mine)
        expect(self.senders)
        limits = pace(self.senders, self.settings.limits, self.together)
        self.delivery = Delivery(
            self.outbox, self.senders, self.clock, self.events, limits, self._mine, self._letters_wait
        )

    async def _plan_some(self) -> int:
        return await self.planning.look(self.campaigning.wake)

    def _recovery(self) -> None:
        self.takeover = Takeover(
            SqlTakeoverStore(self.database), self.desk, self.clock, self.events, self.worker.exclusive, self._woken
        )
        self.casework = Casework(SqlCasework(self.database), self.takeover, self.desk, self.clock, self.events)
        self.escalation = Escalation(
            SqlClocks(self.database), self.desk, self.clock, self.takeover.hand_back_idle, self._case_changed
        )
        leaving = Leaving(SqlLeaving(self.database), self.desk, self.clock, self._case_changed)
        self.chores = Chores([self.escalation.look], mine=self._mine, seldom=[leaving.look, self._recover])
        self.errands = self._errands()
        self.workplace = self.errands.workplace

    def _people(self) -> None:
        self.agents, self.audit = SqlAgents(self.database), SqlAudit(self.database)
        self.account, self.openid = Account(self.agents, self.clock), openid_of(self.settings, self.clock)
        self.sign_in, self.staff = SignIn(self.agents, self.clock), Staff(self.agents, self.clock)

    def _way_in(self) -> None:
        known, clock = self.settings, self.clock
        self.intake = Intake(self.store, self.outbox, clock, self.events, self.worker.wake, known.call_retry_minutes)
        once = self._senders_that("sends_once")
        self.spooling = Spooling(self.spool, once, self.intake.commit, self.database.reachable)
        self.replaying = Chores([self.spooling.look], seldom=[self.spooling.tidy])
        idle_in, wait = self.worker.idle_in, self.events.wait
        self.calling = Calling(
            SqlCalls(self.database), self.intake.take, idle_in, self.catalogue, self._woken, clock, wait
        )
        self.reception = Reception(
            self.store.known,
            self.catalogue,
            SqlInvitations(self.database),
            self.intake.take,
            self._woken,
            clock,
            self.store.message,
            known.offered,
        )

    def _senders_that(self, property_of_theirs: str) -> set[str]:
        return {name for name, sender in self.senders.items() if getattr(sender, property_of_theirs, False)}

    def _errands(self) -> Errands:
        known, slack = self.settings, self.senders.get("slack")
        secrets_of = known.smtp_url.get_secret_value(), known.mail_from, known.webhook_secret.get_secret_value()
        house = Work(self.database, self.casework, self.takeover, self.desk, self.clock, known.public_url)
        mirror = slack if isinstance(slack, SlackClient) else None
        return errands(ways(*secrets_of, self.clock.now), house, mirror, self._mine, self._agent_did)

    def _mine(self) -> bool:
        """Whether this process sends and looks after things itself, and hands nothing over to workers."""
        return self.together is None or not self.together.hands_over

    def _letters_wait(self, conversation: int, awaited: bool) -> None:
        """A worker's hand has done its part."""
        if self.together is not None:
            self.together.jobs.hand_over(LETTERS if awaited else BACKLOG, [conversation])

    def _agent_did(self) -> None:
        if self.together is not None:
            self.together.jobs.hand_over(CHORE, ["deeds"])

    async def _recover(self) -> int:
        """Letters in the hands of a process that died (alone, that is looked for once, at the start), and those of
        which nobody knows whether they left."""
        if not self.database.sqlite:
            await self.delivery.recover(alone=False)
        return await self.delivery.send_once_more()

    async def _handle_next(self, conversation: int) -> bool:
        """Returns whether to look again."""
        with one_turn(self.handler.agent):
            handled = await self.handler.handle_next(conversation)
        if handled:
            self._letters(conversation)
        return handled is Handled.MORE

    def _letters(self, conversation: int) -> None:
        """There may be something to send."""
        if self._mine():
            self.delivery.wake()
        elif self.together is not None:
            self.together.jobs.letters(conversation)

    def _look_later(self, conversation: int, seconds: float) -> None:
        asyncio.get_running_loop().call_later(seconds, self.worker.wake, conversation)

    def _case_changed(self, case: CaseNow, event: str) -> None:
        self.events.publish(case.conversation or 0, "case", {"case": case.id, "event": event})
        if case.conversation is not None:
            self._woken(case.conversation)

    def _woken(self, conversation: int) -> None:
        self.worker.wake(conversation)
        self._letters(conversation)
