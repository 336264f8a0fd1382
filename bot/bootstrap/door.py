"""What connectors and pages ask of an installation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from bot.bootstrap.parts import Parts
from bot.errors import ConductorError
from bot.outreach.front_desk import AtOnce
from bot.outreach.invite import Invitee, invite_all
from bot.storage.invitations import SqlInvitations
from bot.storage.outage import outage
from channels.contract import Beginning, DeliveryStatus, Heard, Inbound, Overview
from channels.receive import Objection
from survey_flows import draw
from survey_flows.duration import longest_path

TEXTS = "twilio_sms"
"""By whom a call goes on in text messages."""

UNSIGNED = "web"
"""The provider that proves nothing."""
ANOTHERS = "This address is a customer's of a real provider: nobody else writes for them."


class Door(Parts):
    """Implements `channels.contract.Receiver`, `Converser` and `FrontDesk`, and what pages and commands need beside
    them."""

    async def accept(self, message: Inbound) -> bool:
        """Implements `channels.contract.Receiver`: committed (or, while the database is gone, on disk) before the
        provider is acknowledged. Raises Objection where the web speaks for a customer of another provider."""
        if message.provider == UNSIGNED:
            await self._must_be_its_own(message)
        return await self.spooling.receive(message)

    async def _must_be_its_own(self, message: Inbound) -> None:
        """Nothing proves whose words the web's are: they would pass for the customer's, and the answers go to the page
        from then on."""
        try:
            here = await self.store.known(message.channel, message.address)
        except Exception as error:
            if outage(error):
                return  # what comes meanwhile waits on disk, as everything does
            raise
        if here is not None and here.provider != UNSIGNED:
            raise Objection(ANOTHERS)

    async def status(self, status: DeliveryStatus) -> bool:
        """Implements `channels.contract.Receiver`: what a provider says became of a message."""
        return await self.spooling.receive(status)

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

    async def fetched(self, conversation: int) -> None:
        """A page of the web channel has read what was sent there."""
        await self.outbox.fetched(conversation)

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
