"""A customer takes a survey by their own wish: what is open, what there is, and starting it. Nobody is asked too often
by asking themselves, so the days between two invitations don't count here."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from bot.conversation.phrases import phrase
from bot.conversation.ports import Accepted
from bot.conversation.state import Conversation
from bot.outreach.invite import Invitee, invite_all
from bot.outreach.ports import Clock, Invitations
from channels.contract import Beginning, Inbound, Offer, Overview
from survey_flows import engine, serialise
from survey_flows.inputs import Picked
from survey_flows.model import Survey


class Published(Protocol):
    @property
    def survey(self) -> Survey: ...


class Surveys(Protocol):
    """Published surveys (`bot/storage/catalogue.py`)."""

    async def version(self, fingerprint: str) -> Survey: ...
    async def published(self) -> Sequence[Published]:
        """All live surveys, by key."""


Known = Callable[[str, str], Awaitable[Conversation | None]]
"""The conversation of a channel and an address, as it stands now."""


@dataclass(frozen=True)
class AtOnce:
    """A policy of invitations that lets the same person be asked again at once."""

    default_region: str = "US"
    ask_again_after_days: int = 0


@dataclass(frozen=True)
class Reception:
    """Implements `channels.contract.FrontDesk`, together with the Conductor. `offered` are the keys of the surveys that
    anybody may start (empty: all that are live); `taken` finds a message that is stored already."""

    known: Known
    surveys: Surveys
    invitations: Invitations
    accept: Callable[[Inbound], Awaitable[Accepted]]
    woken: Callable[[int], None]
    clock: Clock
    taken: Callable[[str, str], Awaitable[object | None]]
    offered: Sequence[str] = ()

    async def overview(self, channel: str, address: str, language: str) -> Overview:
        """See `channels.contract.FrontDesk`."""
        here = await self.known(channel, address)
        language = here.language if here else language
        offers = tuple(Offer(s.key, _title(s, language)) for s in await self._offered())
        if here is None:
            return Overview(language, offers=offers)
        if here.response is None:
            return Overview(language, here.owner, here.opted_out, offers=offers)
        survey = await self.surveys.version(here.response.fingerprint)
        question = engine.prompt(survey, serialise.loads(here.response.session))
        return Overview(language, here.owner, here.opted_out, _title(survey, language), question, offers)

    async def begin(self, wish: Inbound, survey: str) -> Beginning:
        """See `channels.contract.FrontDesk`."""
        here = await self.known(wish.channel, wish.address)
        if here is not None and here.owner == "human":
            return "person"
        if here is not None and here.response is not None and survey in ("", here.response.survey_key):
            accepted = await self.accept(replace(wish, kind="resume"))
            self.woken(accepted.conversation)
            return "goes_on"
        chosen = next((s for s in await self._offered() if s.key == survey), None)
        if chosen is None:
            return "unknown"
        if here is not None and here.opted_out:
            return "opted_out"
        invitee = Invitee(wish.channel, wish.address, wish.name, wish.language, {}, wish.provider)
        [invited] = await invite_all(self.invitations, chosen, self.clock, AtOnce(), [invitee])
        if invited.conversation is not None:
            self.woken(invited.conversation)
        if invited.reason:  # what was found above has changed since
            return "person"
        return "waits" if invited.waits else "started"

    async def objection(self, message: Inbound) -> str:
        """See `channels.contract.FrontDesk`."""
        if await self.taken(message.provider, message.message_id) is not None:
            return (
                ""  # sent again, because our answer to the first was lost: it is stored, and may have ended the survey
            )
        here = await self.known(message.channel, message.address)
        if here is None or here.response is None or message.picked is None:
            return phrase("survey_closed", here.language if here else message.language or "en")
        if here.owner == "human":
            return ""  # it is for that person to read
        survey = await self.surveys.version(here.response.fingerprint)
        picked = Picked(str(message.picked.get("question", "")), message.picked.get("value"))
        return engine.objection(survey, serialise.loads(here.response.session), picked, self.clock.now()[:10])

    async def _offered(self) -> list[Survey]:
        live = [published.survey for published in await self.surveys.published()]
        return [survey for survey in live if not self.offered or survey.key in self.offered]


def _title(survey: Survey, language: str) -> str:
    return survey.title.get(language) or survey.title[survey.language]
