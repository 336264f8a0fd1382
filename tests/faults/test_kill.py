"""`kill -9` between every two steps of one message: after a restart there is exactly one answer and one reply.

Each life of the process is a fork; the database and the provider's memory are files that outlive it.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import traceback
from collections import Counter
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from bot.bootstrap import use
from bot.conversation.faults import POINTS, arm
from channels.contract import Inbound, Outbound
from tests.backends import Backend
from tests.journeys.stage import Stage, as_line

NOT_ACKNOWLEDGED = ("received", "accepted")
"""Points before the provider got its 200: it sends the message again."""

ANSWER = Inbound("web", "web", "m1", "customer", "3")


class FileProvider:
    """A provider whose memory is a file. With `remembers_keys` it drops a message whose key it has; else it takes
    both."""

    def __init__(self, file: Path, remembers_keys: bool) -> None:
        self.file = file
        self.remembers_keys = remembers_keys

    def taken(self) -> list[str]:
        return self.file.read_text().splitlines() if self.file.exists() else []

    async def send(self, channel: str, address: str, message: Outbound, key: str) -> str:
        if not (self.remembers_keys and any(line.startswith(f"{key} ") for line in self.taken())):
            with self.file.open("a") as memory:
                memory.write(f"{key} {as_line(message)}\n".replace("\n\n", "\n"))
                memory.flush()
                os.fsync(memory.fileno())
        return f"theirs-{key}"


def life(body: Callable[[], Awaitable[None]]) -> int:
    """Run `body` in a process of its own. Returns the signal that ended it, or 0."""
    child = os.fork()
    if child == 0:
        try:
            asyncio.run(body())
            os._exit(0)
        except BaseException:
            traceback.print_exc()
            sys.stderr.flush()
            os._exit(1)
    _, status = os.waitpid(child, 0)
    assert not os.WIFEXITED(status) or os.WEXITSTATUS(status) == 0, "the process failed instead of being killed"
    return os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0


class Lives:
    """One customer, one database, one provider, several processes."""

    def __init__(self, folder: Path, agent: Any, backend: Backend, remembers_keys: bool) -> None:
        self.agent, self.backend = agent, backend
        self.provider = FileProvider(folder / "provider.txt", remembers_keys)

    def locks_end(self) -> None:
        """Redis frees what a dead process held when its lease is over; here at once."""
        if self.backend.redis is not None:
            self.backend.redis.empty()

    def stage(self) -> Stage:
        stage = Stage(self.backend, self.agent)
        stage.conductor.senders["web"] = self.provider
        use(stage.conductor)
        return stage

    def ask(self) -> None:
        async def body() -> None:
            stage = self.stage()
            await stage.open()
            await stage._start({"start": "delivery_nps"})
            await stage.conductor.settle()

        assert life(body) == 0

    def answer(self, point: str) -> int:
        async def body() -> None:
            stage = self.stage()
            arm(point)
            await stage.conductor.accept(ANSWER)
            await stage.conductor.settle()

        return life(body)

    def restart(self, again: bool) -> None:
        self.locks_end()

        async def body() -> None:
            stage = self.stage()
            await stage.conductor.delivery.recover()
            if again:
                await stage.conductor.accept(ANSWER)
            await stage.conductor.settle()

        assert life(body) == 0

    def rows(self, table: str) -> list[dict[str, Any]]:
        return self.backend.table(table)


@pytest.mark.parametrize("point", POINTS)
def test_one_answer_and_one_reply(point: str, tmp_path: Path, rasa_agent: Any, backend: Backend) -> None:
    lives = Lives(tmp_path, rasa_agent, backend, remembers_keys=True)
    lives.ask()
    before = len(lives.provider.taken())
    assert lives.answer(point) == signal.SIGKILL, f"the fault point {point} was never reached"
    lives.restart(again=point in NOT_ACKNOWLEDGED)

    scores = [a for a in lives.rows("answers") if a["question"] == "score"]
    assert [(a["value"], a["state"]) for a in scores] == [("3", "current")]
    assert [m["status"] for m in lives.rows("inbox") if m["kind"] == "message"] == ["done"]
    assert len(lives.rows("cases")) == 1
    assert [event["kind"] for event in lives.rows("case_events") if event["kind"] == "opened"] == ["opened"]
    clocks = [clock["kind"] for clock in lives.rows("case_clocks")]
    assert "first_response_missed" in clocks
    assert max(Counter(clocks).values()) == 1, clocks
    replies = lives.provider.taken()[before:]
    questions = [line for line in replies if "[why]" in line]
    assert len(questions) == 1, replies
    assert max(Counter(replies).values()) == 1, replies
    assert {m["status"] for m in lives.rows("outbox")} == {"sent"}


@pytest.mark.parametrize("point", ["sending", "sent"])
def test_a_provider_that_forgets_never_gets_a_message_twice(
    point: str, tmp_path: Path, rasa_agent: Any, backend: Backend
) -> None:
    """Nobody but the provider knows whether it has the message: it is marked unknown, not sent again."""
    lives = Lives(tmp_path, rasa_agent, backend, remembers_keys=False)
    lives.ask()
    assert lives.answer(point) == signal.SIGKILL
    lives.restart(again=False)

    taken = [line.partition(" ")[0] for line in lives.provider.taken()]
    assert len(taken) == len(set(taken))
    assert [m["status"] for m in lives.rows("outbox")].count("unknown") == 1
    assert len([a for a in lives.rows("answers") if a["question"] == "score"]) == 1
