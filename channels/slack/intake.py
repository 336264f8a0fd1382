"""The way of everything that Slack sends, whether it comes as a webhook or through a socket: read, committed, and only
then acknowledged."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from channels.contract import DeliveryStatus, FrontDesk, Inbound, Receiver
from channels.receive import Acknowledgement, Delivery, Objection, Seam, Verify, storable
from channels.slack.client import SlackClient
from channels.slack.form import ANSWER
from channels.slack.found import PROVIDER, Read
from channels.slack.parse import parse_all, read
from channels.slack.people import People
from channels.slack.phrases import say
from channels.slack.reception import Reception
from channels.workplace import HasWorkplace, Workplace

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Answer:
    """What Slack is answered. `again`: sending the same again may help."""

    status: int = 200
    body: Mapping[str, Any] | str = ""
    again: bool = False


class Intake:
    """One app's way in."""

    def __init__(self, client: SlackClient) -> None:
        self.seam = Seam(PROVIDER, parse_all)
        self.reception = Reception(client, self.seam.counters)
        self._people = client.people

    async def take(self, delivery: Delivery, verify: Verify, receiver: Receiver | None, retried: bool) -> Answer:
        """`verify` raises Refused; `retried`: Slack says that it sends this again."""
        return await self.answer(delivery, await self.commit(delivery, verify, receiver, retried), receiver)

    async def commit(
        self, delivery: Delivery, verify: Verify, receiver: Receiver | None, retried: bool
    ) -> Acknowledgement:
        """The first half: the message is committed, or there is none."""
        if retried:
            self.seam.counters["retried"] += 1
        door = None if receiver is None else _Door(receiver, delivery, self._people)
        return await self.seam.receive(delivery, verify, door)

    async def answer(self, delivery: Delivery, done: Acknowledgement, receiver: Receiver | None) -> Answer:
        """The second half: what Slack is answered, and what is shown behind its back."""
        if done.status != 200:
            return Answer(done.status, {"error": done.message}, again=done.status == 503)
        found = read(delivery)
        if found.ignored:
            logger.debug("Slack sent what is no message for us: %r", found.ignored)
        if found.challenge is not None:
            return Answer(body=found.challenge)
        if done.message:
            return Answer(body={"response_action": "errors", "errors": {ANSWER: done.message}})
        if found.pressed is not None:
            self.reception.show(found.pressed)
        return await self._granted(found, receiver, fresh=bool(done.accepted))

    async def _granted(self, found: Read, receiver: Receiver | None, fresh: bool) -> Answer:
        desk = _desk(receiver)
        if found.wish is not None and found.wish.kind == "case":
            self.reception.ask_first(found.wish, workplace_of(receiver))
            return Answer()
        if found.wish is None or desk is None:
            return Answer()
        try:
            return Answer(body=await self.reception.grant(found.wish, desk, fresh) or "")
        except Exception as error:
            # What the house could not do is not done: the person is told, and may try again.
            way = "".join(traceback.format_tb(error.__traceback__))
            logger.error("What was asked of Slack's %s failed: %s\n%s", found.wish.kind, type(error).__name__, way)
            self.seam.counters["unavailable"] += 1
            if found.wish.kind == "command":
                return Answer(body={"response_type": "ephemeral", "text": say("en", "sorry")})
            return Answer(503, {"error": say("en", "sorry")}, again=True)


class _Door:
    """The house's receiver, as messages of this delivery meet it: a form's answer is looked at first, and whoever we
    have looked up has a name and a language."""

    def __init__(self, receiver: Receiver, delivery: Delivery, people: People) -> None:
        self._receiver, self._delivery, self._people = receiver, delivery, people

    async def accept(self, message: Inbound) -> bool:
        found = read(self._delivery)
        deed = storable(found.deed) if found.deed is not None else None
        if deed is not None and (found.message is None or await self._at_a_case(deed)):
            return await self._take(deed, found.form)
        desk = _desk(self._receiver)
        if desk is not None and found.form and (objection := await desk.objection(message)):
            raise Objection(objection)
        person = self._people.known(message.address)
        if person is not None:
            message = replace(message, name=person.name or message.name, language=message.language or person.language)
        return await self._receiver.accept(message)

    async def _at_a_case(self, deed: Inbound) -> bool:
        workplace = workplace_of(self._receiver)
        at = deed.extra["channel"], deed.extra["thread"]
        return workplace is not None and await workplace.case_at(*at) is not None

    async def _take(self, deed: Inbound, form: bool) -> bool:
        """What an agent did; nothing where the thread is not a case's, or nobody works here."""
        workplace = workplace_of(self._receiver)
        if workplace is None or deed.extra["does"] == "mentioned":
            return False
        if not deed.extra["case"] and not await self._at_a_case(deed):
            return False
        if form and (objection := await workplace.objection(deed)):
            raise Objection(objection)
        return await workplace.take(deed)

    async def status(self, status: DeliveryStatus) -> bool:
        return await self._receiver.status(status)


def workplace_of(receiver: Receiver | None) -> Workplace | None:
    """The receiver's, where agents work, too."""
    return receiver.workplace if isinstance(receiver, HasWorkplace) else None


def _desk(receiver: Receiver | None) -> FrontDesk | None:
    """The receiver, where it is more than that. One that only takes messages shows no menus."""
    return receiver if isinstance(receiver, FrontDesk) else None
