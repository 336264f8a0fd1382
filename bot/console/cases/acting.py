"""What an agent does from the inbox, each deed checked: may they see this case, may they work at all."""

from __future__ import annotations

from typing import Any

from bot.console.cases.reading import Reading, Views
from bot.console.desk.seam import Visit
from bot.console.playground.asking import Missing
from bot.recovery.refusals import Refusal
from bot.recovery.snoozing import CHOICES, snoozed_until

UNDO_SECONDS = 5.0


def reading(visit: Visit) -> Reading:
    """The visitor's eyes."""
    conductor = visit.conductor
    return Reading(Views.of(conductor.database, conductor.catalogue), visit.agent, conductor.clock)


class Acting:
    """One agent's hands. Every deed raises Refusal in words for the agent."""

    def __init__(self, visit: Visit) -> None:
        self._visit = visit
        self._casework = visit.conductor.casework
        self._takeover = visit.conductor.takeover
        self._name = visit.agent.name

    async def _conversation(self, case: int) -> int:
        """The conversation of a case that the agent may see."""
        here = await self._seen(case)
        if here is None:
            raise Refusal("anonymous")
        return here

    async def _seen(self, case: int) -> int | None:
        return await reading(self._visit).conversation(case)

    async def claim(self, case: int, _: Any) -> dict[str, Any]:
        await self._seen(case)
        await self._casework.claim(case, self._name)
        return {}

    async def reply(self, case: int, ask: Any) -> dict[str, Any]:
        here = await self._conversation(case)
        letter = await self._takeover.reply(here, self._name, ask.text("text", 4000), UNDO_SECONDS)
        return {"letter": letter, "seconds": UNDO_SECONDS}

    async def undo(self, case: int, ask: Any) -> dict[str, Any]:
        here = await self._conversation(case)
        return {"text": await self._takeover.withdraw(here, self._name, _number(ask.text("letter", 18)))}

    async def note(self, case: int, ask: Any) -> dict[str, Any]:
        await self._seen(case)
        await self._casework.note(case, self._name, ask.text("text", 4000))
        return {}

    async def transfer(self, case: int, ask: Any) -> dict[str, Any]:
        await self._seen(case)
        to_agent, note = ask.optional("agent") or "", ask.optional("note", 4000) or ""
        team = ask.text("team", 64)
        if to_agent and to_agent not in await reading(self._visit).colleagues(team):
            raise Refusal("not_in_team", who=to_agent)
        await self._casework.transfer(case, self._name, team, to_agent, note)
        return {}

    async def snooze(self, case: int, ask: Any) -> dict[str, Any]:
        thread = await reading(self._visit).thread(case)
        choice = ask.text("until", 40)
        if choice in CHOICES:
            zone = self._casework.desk.team(thread.case["team"]).work.hours.zone
            choice = snoozed_until(choice, self._visit.conductor.clock.now(), zone)
        await self._casework.snooze(case, self._name, choice)
        return {}

    async def resolve(self, case: int, ask: Any) -> dict[str, Any]:
        await self._seen(case)
        resume = bool(ask.data.get("resume", True))
        cause, action = ask.optional("cause", 64) or "", ask.optional("action", 4000) or ""
        await self._casework.resolve(case, self._name, cause, action, resume=resume)
        return {}

    async def reopen(self, case: int, _: Any) -> dict[str, Any]:
        await self._seen(case)
        await self._casework.reopen(case, self._name)
        return {}

    async def hand_back(self, case: int, ask: Any) -> dict[str, Any]:
        here = await self._conversation(case)
        await self._takeover.hand_back(here, self._name, bool(ask.data.get("resume", True)))
        return {}


def _number(text: str) -> int:
    if not text.isascii() or not text.isdigit():
        raise Missing("`letter` is needed: the number of a reply.")
    return int(text)


DEEDS = ("claim", "reply", "undo", "note", "transfer", "snooze", "resolve", "reopen", "hand_back")
