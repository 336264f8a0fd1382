"""The only place where the parts are wired. `Conductor` is a running installation; `attach` mounts it on Rasa's
server."""

from __future__ import annotations

import asyncio
import logging
import os
import secrets
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timezone
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from bot.connected import senders as connected_senders
from bot.conversation.calling import Calling
from bot.conversation.chores import Chores
from bot.conversation.delivery import Delivery
from bot.conversation.direct import Direct
from bot.conversation.faq_turns import FaqTurns
from bot.conversation.faults import arm, fault
from bot.conversation.handler import Handler
from bot.conversation.live import InProcessEvents
from bot.conversation.ports import Accepted, Clock, DialogueAgent
from bot.conversation.spooling import Spooling
from bot.conversation.use_cases import House
from bot.conversation.worker import Worker
from bot.coordination.jobs import CHORE
from bot.errors import ConductorError
from bot.faq.read import read_all
from bot.identity.account import Account
from bot.identity.openid import OpenId, Provider
from bot.identity.sign_in import SignIn
from bot.identity.staff import Staff
from bot.notifiers.wiring import Errands, Work, errands, ways
from bot.outreach.front_desk import AtOnce, Reception
from bot.outreach.invite import Invitee, invite_all
from bot.outreach.linking import Linking
from bot.recovery.casework import Casework
from bot.recovery.clocks import CaseNow
from bot.recovery.desk import Desk
from bot.recovery.desk_file import read_desk
from bot.recovery.escalation import Escalation
from bot.recovery.leaving import Leaving
from bot.recovery.takeover import Takeover
from bot.running_model import one_turn, swapping
from bot.settings import Settings, load_settings
from bot.storage.agents import SqlAgents
from bot.storage.audit import SqlAudit
from bot.storage.calls import SqlCalls
from bot.storage.case_clocks import SqlClocks
from bot.storage.casework import SqlCasework
from bot.storage.catalogue import SqlCatalogue
from bot.storage.engine import Database
from bot.storage.invitations import SqlInvitations
from bot.storage.leaving import SqlLeaving
from bot.storage.links import SqlLinks
from bot.storage.migrate import migrate
from bot.storage.outbox import SqlOutbox
from bot.storage.spool import Spool
from bot.storage.store import SqlStore
from bot.storage.takeover import SqlTakeoverStore
from bot.storage.views import Views
from bot.telemetry.tracing import span
from bot.together import pace, together
from channels.contract import Beginning, DeliveryStatus, Heard, Inbound, Overview, Sender
from channels.slack.client import SlackClient
from channels.web.client import WebClient
from survey_flows import draw
from survey_flows.duration import longest_path
from survey_flows.problems import SurveyError

log = logging.getLogger(__name__)

FAQ = Path("dialogues/faq")
STOP_SECONDS = 15.0
"""So long a process that is told to stop finishes what it has in hand. Longer than a provider or Slack takes on a good
day; supervisors wait 30."""
TEXTS = "twilio_sms"
"""By whom a call goes on in text messages."""


class SystemClock:
    """The machine's clock, in UTC to the microsecond."""

    def now(self) -> str:
        return datetime.now(timezone.utc).isoformat(timespec="microseconds")


class Conductor:
    """One process of a running installation: storage, the Rasa agent, the worker and the delivery."""

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
        self.together = together(settings, works)
        self.clock = clock or SystemClock()
        self.database = Database(settings.database_url)
        self.catalogue = SqlCatalogue(self.database)
        self.store = SqlStore(self.database, settings.default_language)
        self.views = Views(self.database, self.catalogue)
        self.events = self.together.events if self.together else InProcessEvents()
        connected = senders if senders is not None else {"web": WebClient(), **connected_senders(os.environ)}
        self.senders: dict[str, Sender] = dict(connected)
        collected = {name for name, sender in self.senders.items() if getattr(sender, "collected", False)}
        self.desk = desk_of(settings)
        self.linking = Linking(SqlLinks(self.database), secrets.token_bytes)
        self.handler = Handler(
            self.store,
            agent,
            self.catalogue,
            self.events,
            self.clock,
            self.desk,
            collected,
            self.linking,
            faq_of(settings),
            settings.join_seconds,
            self._look_later,
        )
        locks = self.together.locks if self.together else None
        elsewhere = self.together.wake_servers if self.together and works else None
        self.worker = Worker(self.store, self._handle_next, self.clock, locks, self._mine, elsewhere)
        self.outbox = SqlOutbox(self.database, self.desk.idle_minutes)
        limits = pace(self.senders, settings.limits, self.together)
        self.delivery = Delivery(self.outbox, self.senders, self.clock, self.events, limits, self._mine)
        self.takeover = Takeover(
            SqlTakeoverStore(self.database), self.desk, self.clock, self.events, self.worker.exclusive, self._woken
        )
        self.casework = Casework(SqlCasework(self.database), self.takeover, self.desk, self.clock, self.events)
        self.escalation = Escalation(
            SqlClocks(self.database), self.desk, self.clock, self.takeover.hand_back_idle, self._case_changed
        )
        self.agents = SqlAgents(self.database)
        self.account, self.audit = Account(self.agents, self.clock), SqlAudit(self.database)
        self.openid = openid_of(settings, self.clock)
        self.sign_in, self.staff = SignIn(self.agents, self.clock), Staff(self.agents, self.clock)
        leaving = Leaving(SqlLeaving(self.database), self.desk, self.clock, self._case_changed)
        self.chores = Chores([self.escalation.look], mine=self._mine, seldom=[leaving.look, self._recover])
        once = [name for name, sender in self.senders.items() if getattr(sender, "sends_once", False)]
        self.spooling = Spooling(Spool(settings.spool, self.clock), once, self._commit, self.database.reachable)
        self.replaying = Chores([self.spooling.look])
        self.errands = self._errands()
        self.workplace = self.errands.workplace

        calls = SqlCalls(self.database)
        self.calling = Calling(
            calls, self._take, self.worker.idle_in, self.catalogue, self._woken, self.clock, self.events.wait
        )
        self.reception = Reception(
            self.store.known,
            self.catalogue,
            SqlInvitations(self.database),
            self._take,
            self._woken,
            self.clock,
            self.store.message,
            settings.offered,
        )

    def _errands(self) -> Errands:
        known, slack = self.settings, self.senders.get("slack")
        secrets_of = known.smtp_url.get_secret_value(), known.mail_from, known.webhook_secret.get_secret_value()
        house = Work(self.database, self.casework, self.takeover, self.desk, self.clock, known.public_url)
        mirror = slack if isinstance(slack, SlackClient) else None
        return errands(ways(*secrets_of, self.clock.now), house, mirror, self._mine, self._agent_did)

    def _mine(self) -> bool:
        """Whether this process sends and looks after things itself, and hands nothing over to workers."""
        return self.together is None or not self.together.hands_over

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
        with one_turn(self.handler.agent):
            handled = await self.handler.handle_next(conversation)
        if handled:
            self._letters(conversation)
        return handled

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

    async def prepare(self) -> None:
        """Migrate the database and publish the surveys of the folder that it does not know yet."""
        await asyncio.to_thread(migrate, self.settings.database_url)
        await publish_folder(self.catalogue, self.settings.surveys, self.clock.now())

    async def start(self) -> None:
        """Finish what an earlier process left, then take up the work. The first text warms the NLU up: nobody's message
        should pay for it."""
        await self.handler.agent.understand("hello", self.settings.default_language)
        await self.delivery.recover(alone=self.database.sqlite)
        await self.start_together()
        self.worker.start()
        self.replaying.start()
        self.start_looking()

    async def start_together(self) -> None:
        """Meet the other processes, if there are any."""
        if self.together is None:
            return
        self.together.link.on_change(lambda _up: self.delivery.wake())
        if not self.together.works:
            self.together.on_wake(self.worker.wake)
        web = self.senders.get("web")
        if isinstance(web, WebClient):
            self.together.share_pages(web)
        await self.together.start()

    def start_looking(self) -> None:
        """Send, and look after things, as far as that is this process's work."""
        self.delivery.start()
        self.chores.start()
        self.errands.start()

    async def stop(self, within: float = STOP_SECONDS) -> None:
        """Finish what is in hand, take no more. What takes longer is left to the next process, as after a crash."""
        try:
            await asyncio.wait_for(self._finish(), within)
        except asyncio.TimeoutError:
            log.warning("After %s s something was still in hand: whoever goes on takes it up.", within)
        finally:
            if self.together is not None:
                await self.together.stop()  # its locks are free at once
            await self.database.close()

    async def _finish(self) -> None:
        await self.replaying.stop()
        await asyncio.gather(self.chores.stop(), self.errands.stop(), self.worker.stop())
        await self.delivery.stop()

    async def settle(self) -> None:
        """Handle and send everything that is waiting now; for tests and commands that have no server."""
        await self.replaying.look()
        await self.errands.working.look()
        await self.chores.look()
        await self.worker.look()
        await self.worker.idle()
        await self.delivery.drain()
        await self.errands.telling.look()

    # What pages and connectors use

    async def accept(self, message: Inbound) -> bool:
        """Implements `channels.contract.Receiver`: committed (or, while the database is gone, on disk) before the
        provider is acknowledged."""
        return await self.spooling.receive(message)

    async def _commit(self, news: Inbound | DeliveryStatus, at: str) -> bool:
        if isinstance(news, DeliveryStatus):
            return await self._status(news)
        return (await self._take(news, at)).fresh

    async def _take(self, message: Inbound, at: str = "") -> Accepted:
        fault("received")
        with span("accept", channel=message.provider) as accepting:
            accepted = await self.store.accept(message, at or self.clock.now())
            here = {"conversation.id": accepted.conversation}
            accepting.becomes(("message", accepted.message), **here)
        fault("accepted")
        if accepted.fresh:
            self.events.publish(accepted.conversation, "inbound", {"text": message.text})
            self.worker.wake(accepted.conversation)
        return accepted

    async def status(self, status: DeliveryStatus) -> bool:
        """Implements `channels.contract.Receiver`: what a provider says became of a message."""
        return await self.spooling.receive(status)

    async def _status(self, status: DeliveryStatus) -> bool:
        if status.status == "unreached":
            return await self.outbox.not_reached(status, self.settings.call_retry_minutes, self.clock.now())
        return await self.outbox.status(status, self.clock.now())

    async def converse(self, message: Inbound, within: float) -> Heard:
        """Implements `channels.contract.Converser`. Who rings us without a reason of ours hears the survey for
        callers."""
        if message.kind == "call" and not message.extra.get("survey"):
            message = replace(message, extra={**message.extra, "survey": self.settings.call_survey})
        return await self.calling.converse(message, within)

    async def open_question(self, provider: str, address: str) -> Heard:
        """Implements `channels.contract.Converser`."""
        return await self.calling.open_question(provider, address)

    async def call_ended(self, provider: str, address: str, call: str) -> None:
        """Implements `channels.contract.Converser`: what is not said yet goes on by SMS, where that is connected."""
        by_text = self.settings.call_continue_by_sms and TEXTS in self.senders
        await self.calling.call_ended(provider, address, call, by_text)

    async def transcribed(self, provider: str, message_id: str, text: str) -> bool:
        """Implements `channels.contract.Converser`."""
        return await self.calling.transcribed(provider, message_id, text)

    async def overview(self, channel: str, address: str, language: str) -> Overview:
        """Implements `channels.contract.FrontDesk`."""
        return await self.reception.overview(channel, address, language or self.settings.default_language)

    async def begin(self, wish: Inbound, survey: str) -> Beginning:
        """Implements `channels.contract.FrontDesk`."""
        return await self.reception.begin(wish, survey)

    async def objection(self, message: Inbound) -> str:
        """Implements `channels.contract.FrontDesk`."""
        return await self.reception.objection(message)

    async def ensure_conversation(
        self, provider: str, channel: str, address: str, language: str, name: str | None = None
    ) -> int:
        """The conversation with this address, made if it is new."""
        opening = Inbound(provider, channel, "", address, "", name=name, language=language)
        return await self.store.ensure_conversation(opening, self.clock.now())

    async def start_survey(
        self,
        key: str,
        *,
        provider: str,
        channel: str,
        address: str,
        language: str,
        name: str | None = None,
        attributes: Mapping[str, Any] | None = None,
    ) -> dict[str, Any]:
        """Invite somebody now, as the playground does: the address is taken as it is, and nobody is asked too often.
        Returns whether it started, and if not, why."""
        here = await self.ensure_conversation(provider, channel, address, language, name)
        survey = await self.catalogue.live(key)
        invitee = Invitee(channel, address, name, language, dict(attributes or {}), provider)
        invitations = SqlInvitations(self.database)
        [invited] = await invite_all(invitations, survey, self.clock, AtOnce(), [invitee])
        self.worker.wake(here)
        return {"started": not invited.reason, "reason": invited.reason, "conversation": here}

    @property
    def model(self) -> str:
        """The Rasa model's file name."""
        return str(getattr(self.handler.agent, "model", ""))

    async def view(self, conversation: int) -> dict[str, Any] | None:
        return await self.views.conversation(conversation)

    async def surveys(self) -> list[dict[str, Any]]:
        """Live surveys, as pickers show them."""
        return [
            {
                "key": p.survey.key,
                "title": dict(p.survey.title),
                "languages": list(p.survey.languages),
                "questions": longest_path(p.survey),
            }
            for p in await self.catalogue.published()
        ]

    async def drawing(self, key_or_fingerprint: str, language: str) -> str:
        """The picture of a survey as SVG."""
        try:
            survey = await self.catalogue.version(key_or_fingerprint)
        except ConductorError:
            survey = await self.catalogue.live(key_or_fingerprint)
        return draw.svg(survey, language if language in survey.languages else survey.language)


def openid_of(settings: Settings, clock: Clock) -> OpenId | None:
    """The company's own sign-in; None: there is none."""
    if not settings.oidc_issuer:
        return None
    secret = settings.oidc_client_secret.get_secret_value()
    label = settings.oidc_label or urlsplit(settings.oidc_issuer).hostname or ""
    return OpenId(Provider(settings.oidc_issuer, settings.oidc_client_id, secret, label), clock)


async def publish_folder(catalogue: SqlCatalogue, folder: Path, now: str) -> None:
    """Publish each survey of `folder` that has no live version. A broken one is named and left out; the others go
    on."""
    known = {p.survey.key for p in await catalogue.published()}
    for file, source in await asyncio.to_thread(_definitions, folder):
        if file.stem in known:
            continue
        try:
            await catalogue.publish(source, now, str(file), folder)
        except SurveyError as error:
            log.error("The survey %s was not published:\n%s", file, error)


def _definitions(folder: Path) -> list[tuple[Path, str]]:
    return [(file, file.read_text(encoding="utf-8")) for file in sorted(folder.glob("*.yml"))]


# What the Rasa actions use: the running conductor's house, or one of their own in an action server.

_conductor: Conductor | None = None
_house: House | None = None
_direct: Direct | None = None


def use(conductor: Conductor | None) -> None:
    """Make `conductor` the one that actions of this process ask."""
    global _conductor, _house, _direct
    _conductor, _direct = conductor, None
    by_text = conductor is not None and TEXTS in conductor.senders
    _house = _house_of(conductor.catalogue, conductor.settings, by_text) if conductor else None


def _house_of(catalogue: SqlCatalogue, settings: Settings, by_text: bool) -> House:
    return House(catalogue, desk_of(settings), by_text=by_text)


def faq_of(settings: Settings) -> FaqTurns:
    """The FAQ's entries, each on its days. A file that can't be read is left out here; `conductor faq check` and
    training say what is wrong with it."""
    book, _ = read_all(settings.faq or FAQ)
    return FaqTurns(book, settings.timezone)


def desk_of(settings: Settings) -> Desk:
    """Who takes care of cases, as recovery.yml says."""
    return read_desk(settings.recovery, settings.default_team, settings.timezone)


async def house() -> House:
    """The house that actions work in."""
    global _house
    if _house is None:
        settings = load_settings()
        catalogue = SqlCatalogue(Database(settings.database_url, pooled=False))
        _house = _house_of(catalogue, settings, TEXTS in connected_senders(os.environ))
    return _house


async def direct() -> Direct:
    """For turns that came past our handler (`rasa shell`)."""
    global _direct
    if _direct is None:
        logging.getLogger("alembic").setLevel(logging.WARNING)  # `rasa shell` shows the log between the messages
        settings = load_settings()
        await asyncio.to_thread(migrate, settings.database_url)
        database = Database(settings.database_url, pooled=False)
        clock = SystemClock()
        catalogue = SqlCatalogue(database)
        await publish_folder(catalogue, settings.surveys, clock.now())
        store = SqlStore(database, settings.default_language)
        _direct = Direct(store, _house_of(catalogue, settings, False), clock, faq_of(settings))
    return _direct


# Mounting on Rasa's own server (`bot/console/mount.py` calls these).


async def attach(app: Any) -> None:
    """Wire a conductor around the agent that Rasa loaded, and start it. Idempotent."""
    if getattr(app.ctx, "conductor", None) is not None:
        return
    settings = _listening(load_settings(), app)
    arm(settings.fault)
    if settings.actions_url:  # it may stand in .env; bot.rasa_glue.in_process_actions looks into the environment
        os.environ.setdefault("CONDUCTOR_ACTIONS_URL", settings.actions_url)
    agent, watch = swapping(app, settings, SystemClock())
    conductor = Conductor(settings, agent)
    await conductor.prepare()
    use(conductor)
    app.ctx.conductor = conductor
    app.ctx.receiver = conductor
    await conductor.start()
    from bot.labelling import label_chore  # NumPy: commands need none

    app.ctx.labelling = label_chore(conductor.database, settings.themes)

    async def label() -> int:
        """One server of several does it."""
        leads = conductor.together is None or await conductor.together.crew.leads("labels")
        return await app.ctx.labelling.look() if leads else 0

    async def follow() -> int:
        """With another model come other entries: their titles and days are read anew."""
        changed = await watch.look()
        if changed:
            conductor.handler.faq = await asyncio.to_thread(faq_of, conductor.settings)
        return changed

    app.ctx.beside = Chores([follow, label])
    app.ctx.beside.start()


def _listening(settings: Settings, app: Any) -> Settings:
    """`settings` with the address that the server really listens on: `rasa run` takes all of them and does not ask
    ours, and the playground must know."""
    host = getattr(getattr(app, "state", None), "host", None)
    return settings.copy(update={"host": host}) if host else settings


async def detach(app: Any) -> None:
    """Finish what is in flight, and begin nothing more. From the first moment on it is not ready; webhooks that come
    nevertheless are still committed, for others or the next start to handle: not every provider delivers again."""
    conductor: Conductor | None = getattr(app.ctx, "conductor", None)
    if conductor is not None:
        app.ctx.draining = True
        await app.ctx.beside.stop()
        await app.ctx.labelling.stop()
        await conductor.stop()  # the actions of turns in flight still use it
        app.ctx.conductor = app.ctx.receiver = None
        use(None)
