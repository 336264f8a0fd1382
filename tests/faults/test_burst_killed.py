"""`kill -9` while an answer waits for what the customer writes next: it is one answer, given once, as if nothing had
happened."""

from __future__ import annotations

import signal
from pathlib import Path
from typing import Any

import pytest

from bot.conversation.faults import arm
from channels.contract import Inbound
from tests.backends import Backend
from tests.faults.test_kill import Lives, life


def said(number: int, text: str) -> Inbound:
    return Inbound("web", "web", f"m{number}", "customer", text)


class Telling(Lives):
    """The question "What went wrong?" is open."""

    def hear(self, *messages: Inbound, seconds: float = 0, point: str = "") -> int:
        """A life of the process, `seconds` after noon."""
        self.locks_end()

        async def body() -> None:
            stage = self.stage()
            stage.clock.forward(seconds / 60)
            arm(point)
            for message in messages:
                await stage.conductor.accept(message)
            await stage.conductor.settle()

        return life(body)


@pytest.mark.parametrize("point", ["held", "loaded", "committing", "committed"])
def test_one_answer_of_two_messages(point: str, tmp_path: Path, rasa_agent: Any, backend: Backend) -> None:
    lives = Telling(tmp_path, rasa_agent, backend, remembers_keys=True)
    lives.ask()
    assert lives.hear(said(1, "3")) == 0
    before = len(lives.provider.taken())
    if point == "held":
        assert lives.hear(said(2, "it was late"), point=point) == signal.SIGKILL
        assert lives.hear(said(3, "and nobody came"), seconds=1) == 0
    else:
        assert lives.hear(said(2, "it was late"), said(3, "and nobody came")) == 0
        assert lives.hear(seconds=4, point=point) == signal.SIGKILL
    assert len(lives.provider.taken()) == before, "nobody was interrupted"
    assert lives.hear(said(3, "and nobody came"), seconds=5) == 0  # the provider sends it again

    told = [a["value"] for a in lives.rows("answers") if a["question"] == "why"]
    assert told == ['"it was late\\nand nobody came"']
    assert [m["status"] for m in lives.rows("inbox")] == ["done"] * 4
    assert [line for line in lives.provider.taken()[before:] if "[on_day]" in line] == lives.provider.taken()[before:]
    assert len(lives.provider.taken()) == before + 1
