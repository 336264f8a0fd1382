"""Which ways to tell a team this installation has, and for the others why not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from bot.conversation.chores import Chores
from bot.conversation.ports import Clock
from bot.errors import ConductorError
from bot.notifiers.mail import MailNotifier, read_server
from bot.notifiers.slack import SlackNotifier
from bot.notifiers.webhook import WebhookNotifier
from bot.recovery.casework import Casework
from bot.recovery.desk import Desk
from bot.recovery.mirroring import Mirroring
from bot.recovery.notifying import Notifier, Notifying
from bot.recovery.takeover import Takeover
from bot.recovery.workplace import AgentsAtWork
from bot.storage.agents import SqlAgents
from bot.storage.case_threads import SqlThreads
from bot.storage.deeds import SqlColleagues, SqlDeeds
from bot.storage.engine import Database
from bot.storage.notifications import SqlNotifications
from channels.slack.client import SlackClient
from channels.slack.room import SlackRoom

NO_MAIL = "E-mail is not set up: set CONDUCTOR_SMTP_URL and CONDUCTOR_MAIL_FROM."
NO_WEBHOOK = "Webhooks are not set up: set CONDUCTOR_WEBHOOK_SECRET, with which they are signed."
NO_SLACK = "Slack is not connected: set SLACK_BOT_TOKEN (channels/slack/README.md)."


@dataclass
class Ways:
    """`missing`: way → why it is not there, and how to mend it."""

    notifiers: dict[str, Notifier] = field(default_factory=dict)
    missing: dict[str, str] = field(default_factory=dict)


def ways(smtp_url: str, mail_from: str, webhook_secret: str, now: Callable[[], str]) -> Ways:
    """E-mail and webhook. A mistake in their settings is a reason, too: nobody's chat ends because of it."""
    found = Ways(missing={"email": NO_MAIL, "webhook": NO_WEBHOOK, "slack": NO_SLACK})
    if smtp_url and mail_from:
        try:
            found.notifiers["email"] = MailNotifier(read_server(smtp_url), mail_from)
        except ConductorError as error:
            found.missing["email"] = str(error)
    if webhook_secret:
        found.notifiers["webhook"] = WebhookNotifier(webhook_secret, now)
    for way in found.notifiers:
        del found.missing[way]
    return found


@dataclass(frozen=True)
class Work:
    """What telling teams, and their work in Slack, needs of the house."""

    database: Database
    casework: Casework
    takeover: Takeover
    desk: Desk
    clock: Clock
    address: str


@dataclass(frozen=True)
class Errands:
    """`telling` and `working` run while the server does; `workplace` is None where no Slack is connected."""

    telling: Chores
    working: Chores
    workplace: AgentsAtWork | None

    def start(self) -> None:
        self.telling.start()
        self.working.start()

    async def stop(self) -> None:
        """Finish what is under way."""
        await self.working.stop()
        await self.telling.stop()


def errands(
    found: Ways,
    house: Work,
    slack: SlackClient | None,
    mine: Callable[[], bool] = lambda: True,
    woken: Callable[[], None] = lambda: None,
) -> Errands:
    """Notifications, threads and agents' deeds, wired. `mine`: whether this process does them by itself; `woken`: tells
    the one that does that an agent has done something."""
    address, database = house.address.rstrip("/"), house.database
    store, chores = SqlNotifications(database), []
    working, workplace = Chores([]), None
    if slack is not None:
        room, threads = SlackRoom(slack), SqlThreads(database)
        found.notifiers["slack"] = SlackNotifier(room, threads)
        chores.append(Mirroring(threads, room, house.desk, house.clock, address).look)
        workplace = AgentsAtWork(
            SqlDeeds(database),
            threads,
            store,
            SqlColleagues(SqlAgents(database)),
            house.casework,
            house.takeover,
            room,
            house.clock,
            lambda: woken() if not mine() else working.wake(),
        )
        working = Chores([workplace.look], mine=mine)
    notifying = Notifying(store, found.notifiers, found.missing, house.desk, house.clock, address)
    return Errands(Chores([notifying.look, *chores], mine=mine), working, workplace)
