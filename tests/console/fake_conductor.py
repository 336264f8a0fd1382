"""A conductor with nothing behind it: enough of its methods for the pages, with one scripted survey. Used by the
route tests."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from contextlib import asynccontextmanager
from dataclasses import asdict
from types import SimpleNamespace
from typing import Any

from pydantic import SecretStr

from bot.errors import ConductorError
from bot.recovery.desk import around_the_clock
from bot.storage.health import revisions
from channels.contract import Inbound, Outbound
from channels.web.client import WebClient
from survey_flows.prompt import Choice, Prompt

SCORE = Prompt(
    "score",
    "scale",
    "How likely are you to recommend us?",
    "en",
    choices=tuple(Choice(n, str(n), keypad=str(n)) for n in range(11)),
    low="not at all likely",
    high="extremely likely",
)
WHY = Prompt("why", "text", "What went wrong?", "en")
AT = "2026-11-22T12:00:00.000000+00:00"
PICTURE = '<svg xmlns="http://www.w3.org/2000/svg" width="10" height="10"><g data-node="score"/></svg>'


SERVER = {
    "request_seconds": 15.0,
    "response_seconds": 60.0,
    "keep_alive_seconds": 75.0,
    "metrics_token": SecretStr(""),
    "redis_url": SecretStr(""),
}


class AtHead:
    """A database that says at which revision it is, and nothing else."""

    def __init__(self, revision: str = revisions()[-1]) -> None:
        self.revision = revision

    @asynccontextmanager
    async def read(self) -> Any:
        yield self

    async def execute(self, _query: object) -> AtHead:
        return self

    def scalar(self) -> str:
        return self.revision


class FakeEvents:
    """News by hand."""

    def __init__(self) -> None:
        self.queues: dict[int, list[asyncio.Queue[Any]]] = defaultdict(list)

    def publish(self, conversation: int, kind: str) -> None:
        for queue in self.queues[conversation]:
            queue.put_nowait({"kind": kind, "data": {}})

    async def subscribe(self, conversation: int) -> Any:
        queue: asyncio.Queue[Any] = asyncio.Queue()
        self.queues[conversation].append(queue)
        while True:
            yield await queue.get()


class FakeStaff:
    """Nobody works here."""

    async def list(self) -> list[Any]:
        return []

    async def must_be_free(self, name: str) -> None:
        """Every name is."""


class FakeTakeover:
    def __init__(self, conductor: FakeConductor) -> None:
        self.conductor = conductor

    async def claim(self, conversation: int, agent: str) -> None:
        here = self.conductor.conversations[conversation]
        if here["owner"] == "human":
            raise ConductorError(f"{here['agent']} has this conversation already.", "Ask them to hand it back.")
        here.update(owner="human", agent=agent)

    async def reply(self, conversation: int, agent: str, text: str) -> None:
        await self.conductor.tell(conversation, Outbound(text, role="agent", sender=agent))

    async def hand_back(self, conversation: int, agent: str, resume: bool = True) -> None:
        self.conductor.conversations[conversation].update(owner="survey", agent=None)


class FakeConductor:
    """`settings` can be changed by a test. A message is read at once: the score is 3 whatever is said."""

    model = "conductor-1.tar.gz"

    def __init__(self, **settings: Any) -> None:
        self.store = self
        self.settings = SimpleNamespace(
            **{"playground": None, "playground_on": True, "company": "Hazelmoor", **SERVER, **settings}
        )
        self.database = AtHead()
        self.together = None
        self.senders = {"web": WebClient()}
        self.events = FakeEvents()
        self.takeover = FakeTakeover(self)
        self.staff = FakeStaff()
        self.casework = SimpleNamespace(desk=around_the_clock())
        self.conversations: dict[int, dict[str, Any]] = {}
        self.transcripts: dict[int, list[dict[str, Any]]] = defaultdict(list)
        self.seen: set[str] = set()
        self.asked: set[int] = set()

    async def close(self) -> None:
        """There is nothing to be closed."""

    async def accept(self, message: Inbound) -> bool:
        if message.message_id in self.seen:
            return False
        self.seen.add(message.message_id)
        here = await self.ensure_conversation("web", message.channel, message.address, message.language or "en")
        self._line(here, "in", message.text, None, "customer", "customer")
        self.events.publish(here, "inbound")
        await self.tell(here, Outbound(prompt=WHY, role="question"))
        return True

    async def ensure_conversation(
        self, provider: str, channel: str, address: str, language: str, name: str | None = None
    ) -> int:
        for number, known in self.conversations.items():
            if (known["channel"], known["address"]) == (channel, address):
                return number
        number = len(self.conversations) + 1
        known = {"id": number, "owner": "bot", "agent": None, "language": language, "channel": channel}
        self.conversations[number] = {**known, "address": address, "opted_out": False, "provider": provider}
        return number

    async def known(self, channel: str, address: str) -> Any:
        """As `store.known`."""
        found = (c for c in self.conversations.values() if (c["channel"], c["address"]) == (channel, address))
        return next((SimpleNamespace(**one) for one in found), None)

    async def provider(self, conversation: int) -> str | None:
        """As `store.provider`."""
        known = self.conversations.get(conversation)
        return known["provider"] if known else None

    async def invited(self, here: Any) -> bool:
        """As `store.invited`."""
        return here.id in self.asked

    async def start_survey(self, key: str, **who: Any) -> dict[str, Any]:
        if key != "delivery_nps":
            raise ConductorError(f'There is no survey "{key}".', "Surveys: delivery_nps.")
        here = await self.ensure_conversation(who["provider"], who["channel"], who["address"], who["language"])
        self.asked.add(here)
        await self.tell(here, Outbound(prompt=SCORE, role="question"))
        return {"started": True, "reason": "", "conversation": here}

    async def view(self, conversation: int) -> dict[str, Any]:
        shown = {"conversation": self.conversations[conversation], "response": None, "answers": [], "cases": []}
        return {**shown, "transcript": list(self.transcripts[conversation]), "understood": None}

    async def surveys(self) -> list[dict[str, Any]]:
        return [{"key": "delivery_nps", "title": {"en": "Delivery"}, "languages": ["en", "de"], "questions": 4}]

    async def drawing(self, key: str, language: str) -> str:
        return PICTURE

    async def tell(self, here: int, message: Outbound) -> None:
        self._line(here, "out", message.text, message.prompt, message.role, message.sender)
        known = self.conversations[here]
        key = f"out-{len(self.transcripts[here])}"
        await self.senders["web"].send(known["channel"], known["address"], message, key)

    def _line(self, here: int, direction: str, text: str, prompt: Prompt | None, role: str, sender: str) -> None:
        lines = self.transcripts[here]
        line = {"id": f"{direction}-{len(lines) + 1}", "direction": direction, "at": AT, "text": text, "role": role}
        said = {**line, "sender": sender, "status": "done", "picked": None, "understood": None}
        lines.append({**said, "prompt": asdict(prompt) if prompt else None})
