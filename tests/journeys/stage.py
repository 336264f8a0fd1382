"""The stage on which journeys are played: a whole conductor around the real Rasa agent, with a frozen clock and a
provider that remembers."""

from __future__ import annotations

import fnmatch
import json
from dataclasses import replace
from typing import Any

import sqlalchemy as sa

from bot.bootstrap import Conductor, use
from bot.settings import load_settings
from bot.storage import tables
from channels.contract import Inbound, Outbound
from tests.backends import Backend
from tests.doubles import FrozenClock, RecordingSender


class Stage:
    """One customer's conversation with a conductor of its own."""

    def __init__(self, backend: Backend, agent: Any, sender: RecordingSender | None = None, **settings: Any) -> None:
        """`settings` as `load_settings` takes them: surveys, recovery, …"""
        self.clock = FrozenClock()
        self.sender = sender or RecordingSender()
        self._made_of = backend, agent, settings
        self.conductor = self._conductor()
        self.channel, self.address, self.language = "web", "customer", "en"
        self._said = 0
        self._last: Inbound | None = None
        self._seen = 0

    def _conductor(self) -> Conductor:
        backend, agent, settings = self._made_of
        return Conductor(load_settings(**backend.settings, **settings), agent, self.clock, {"web": self.sender})

    async def restart(self) -> None:
        """Another process goes on where one ended."""
        self.conductor = self._conductor()
        use(self.conductor)

    async def open(self) -> None:
        await self.conductor.prepare()
        use(self.conductor)

    async def close(self) -> None:
        use(None)
        await self.conductor.stop()

    async def turn(self, turn: dict[str, Any]) -> list[Outbound]:
        """Play one turn. Returns what was sent to the customer because of it."""
        self.clock.forward(_minutes(turn.get("after", "10s" if "say" in turn else "0s")))
        if "start" in turn:
            await self._start(turn)
        elif "wait" in turn:
            self.clock.forward(_minutes(turn["wait"]))
        elif "agent" in turn:
            await self._agent(turn["agent"])
        elif "again" in turn:
            await self._again()
        elif "edit" in turn:
            await self.say(turn["to"], edits=turn["edit"])
        elif "react" in turn:
            await self.say(turn["react"], extra={"reaction": True, "message": f"theirs-out-{turn['to']}"})
        elif "send" in turn:
            await self.say(turn.get("caption", ""), extra={"media": turn["send"]})
        else:
            for text in texts_of(turn.get("say", "")):
                await self.say(text, turn.get("pick"))
        self.clock.forward(_minutes(turn.get("lasts", "3s")))
        await self.conductor.settle()
        new = [message for _, message in self.sender.taken[self._seen :]]
        self._seen = len(self.sender.taken)
        return new

    async def _start(self, turn: dict[str, Any]) -> None:
        started = await self.conductor.start_survey(
            turn["start"],
            provider="web",
            channel=self.channel,
            address=self.address,
            language=self.language,
            name=turn.get("name"),
            attributes=turn.get("attributes"),
        )
        assert started["reason"] == turn.get("refused", ""), started

    async def say(
        self, text: str, picked: dict[str, Any] | None = None, edits: int = 0, extra: dict[str, Any] | None = None
    ) -> None:
        """The customer writes. `edits`: which of the customer's messages, counted from 1, has this new text. `extra`
        as a channel's parser would give it."""
        self._said += 1
        reference = f"r{edits or self._said}"
        said = Inbound("web", self.channel, f"m{self._said}", self.address, text, picked, language=self.language)
        self._last = replace(said, reference=reference, extra={"edited": reference} if edits else extra or {})
        assert await self.conductor.accept(self._last), "a new message was taken for one that had come before"

    async def _again(self) -> None:
        """The provider delivers its last message once more, as all of them do now and then."""
        assert self._last is not None, "there is no message yet that could come again"
        assert not await self.conductor.accept(self._last), "the second delivery was taken for a new message"

    async def _agent(self, does: dict[str, str]) -> None:
        here = await self.here()
        takeover = self.conductor.takeover
        if "claim" in does:
            await takeover.claim(here, does["claim"])
        elif "reply" in does:
            await takeover.reply(here, does["by"], does["reply"])
        elif "resolve" in does:
            case = max(row["id"] for row in await self.rows("cases"))
            await self.conductor.casework.resolve(case, does["by"], does["resolve"], does["action"])
        else:
            await takeover.hand_back(here, does["hand_back"])

    async def here(self) -> int:
        return await self.conductor.ensure_conversation("web", self.channel, self.address, self.language)

    async def view(self) -> dict[str, Any]:
        found = await self.conductor.view(await self.here())
        assert found is not None
        return found

    async def rows(self, table: str) -> list[dict[str, Any]]:
        async with self.conductor.database.read() as connection:
            here = getattr(tables, table)
            found = await connection.execute(sa.select(here).order_by(*here.primary_key))
            return [dict(row) for row in found.mappings()]


def texts_of(said: Any) -> list[str]:
    """The messages of one turn: a text; several, sent in a row without waiting; or one that repeats itself."""
    if isinstance(said, dict):
        return [said["repeat"] * said["times"]]
    return said if isinstance(said, list) else [said]


def _minutes(text: str) -> float:
    number, unit = float(text[:-1]), text[-1]
    return number * {"s": 1 / 60, "m": 1, "h": 60, "d": 24 * 60}[unit]


def as_line(message: Outbound) -> str:
    """A message as journeys write it: a question is marked with its node."""
    mark = f"[{message.prompt.question}] " if message.prompt else ""
    return mark + message.text


def matches(expected: list[str], sent: list[Outbound]) -> str:
    """Empty when the messages are the expected ones, in number and order; else what differs. `*` stands for any
    words."""
    lines = [as_line(m) for m in sent]
    if len(lines) == len(expected) and all(map(_same, lines, expected)):
        return ""
    return (
        "expected:\n  " + "\n  ".join(expected or ["(nothing)"]) + "\nsent:\n  " + "\n  ".join(lines or ["(nothing)"])
    )


def _same(line: str, pattern: str) -> bool:
    literal = pattern.replace("[", "[[]")
    return fnmatch.fnmatchcase(line, literal)


async def stored(stage: Stage) -> dict[str, Any]:
    """What a journey compares at its end. `identified` says whether the response and each case name the contact."""
    view = await stage.view()
    linked = [[row["contact_id"] is not None for row in await stage.rows(table)] for table in ("responses", "cases")]
    response = view["response"] or {}
    return {
        "status": response.get("status"),
        "answers": {a["node"]: a["value"] for a in view["answers"] if a["state"] == "current" and not a["skipped"]},
        "withdrawn": [a["node"] for a in view["answers"] if a["state"] == "withdrawn"],
        "heard": [m["text"] for m in view["transcript"] if m["direction"] == "in"],
        "skipped": [a["node"] for a in view["answers"] if a["state"] == "current" and a["skipped"]],
        "cases": [{k: c[k] for k in ("reason", "team", "score", "status")} for c in view["cases"]],
        "verbatim": [row["verbatim"] for row in await stage.rows("cases")],
        "owner": view["conversation"]["owner"],
        "name": view["conversation"]["name"],
        "identified": {"responses": linked[0], "cases": linked[1]},
        "language": view["conversation"]["language"],
        "opted_out": view["conversation"]["opted_out"],
    }


def show(value: Any) -> str:
    return json.dumps(value, indent=1, ensure_ascii=False, sort_keys=True)
