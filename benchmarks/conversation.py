"""What one message costs inside Rasa at the 1st, 50th and 500th turn of a conversation: ours, and stock Rasa beside it.

    python -m benchmarks.conversation [--turns 500]

Both bots know the same intents, the same rules and the same actions (the tiny project of tests/rasa_glue), and both run
their actions in this process, which flatters stock Rasa: over HTTP it pays 16-20 ms more. What differs:

- ours: `RasaAgent.converse`, parse data given (an answer that fits the open question never meets the NLU),
SurveyPolicy,
  bounded tracker; the tracker's snapshot is written as well.
- stock: `Agent.handle_text` with Rasa's own NLU (n-gram counts, logistic regression; DIET would be slower), RulePolicy,
  InMemoryTrackerStore.

Milliseconds of wall clock and of CPU. Trust the ratios; the machine is printed.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import platform
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import yaml

from bot.rasa_glue import lean_import

lean_import.install()

from rasa.core.agent import Agent  # noqa: E402
from rasa.core.channels.channel import UserMessage  # noqa: E402
from rasa.core.tracker_store import InMemoryTrackerStore  # noqa: E402
from rasa.utils.endpoints import EndpointConfig  # noqa: E402
from rasa.utils.log_utils import configure_structlog  # noqa: E402

from bot.conversation.turn import TurnInput  # noqa: E402
from bot.rasa_glue.agent import RasaAgent, load_agent  # noqa: E402
from bot.rasa_glue.training import ROOT, Project, ensure_model  # noqa: E402

TINY = ROOT / "tests" / "rasa_glue" / "project"
ACTIONS = "tests.rasa_glue.project.tiny_actions"
STOCK_CONFIG = {
    "recipe": "default.v1",
    "assistant_id": "stock",
    "language": "en",
    "pipeline": [
        {"name": "WhitespaceTokenizer"},
        {"name": "CountVectorsFeaturizer"},
        {"name": "CountVectorsFeaturizer", "analyzer": "char_wb", "min_ngram": 1, "max_ngram": 4},
        {"name": "LogisticRegressionClassifier"},
    ],
    "policies": [{"name": "RulePolicy", "enable_fallback_prediction": False}],
}
SESSION = '{"survey": "nps", "status": "active", "answers": {}}' + " " * 1500
"""As long as a real session, a dozen answers in."""
WINDOW = 20
"""Messages measured around each turn."""

Send = Callable[[int, str], Awaitable[None]]
"""Sends one message of a conversation."""


def ours(model: Path) -> Send:
    """Our agent, with the answer already understood."""
    agent: RasaAgent = load_agent(model, TINY / "endpoints.yml")
    trackers: dict[int, str] = {}

    async def send(conversation: int, said: str) -> None:
        turn = TurnInput(1, conversation, "sms", "en", "survey", "now", said=said, session=SESSION)
        parsed = {"intent": {"name": "survey_answer", "confidence": 1.0}}
        trackers[conversation] = (await agent.converse(turn, parsed, trackers.get(conversation))).tracker

    return send


def stock_project(folder: Path) -> Project:
    """The same bot for Rasa's own parts: answers are an intent of the NLU, and a rule leads to the survey's action."""
    bot = yaml.safe_load((TINY / "dialogues.yml").read_text())
    numbers = "\n".join(f"- {number}" for number in range(11))
    bot["nlu"].append({"intent": "survey_answer", "examples": numbers})
    steps = [{"intent": "survey_answer"}, {"action": "action_survey_step"}]
    bot["rules"].append({"rule": "An answer", "steps": steps})
    (folder / "dialogues.yml").write_text(yaml.safe_dump(bot, allow_unicode=True))
    (folder / "config.yml").write_text(yaml.safe_dump(STOCK_CONFIG))
    dialogues = folder / "dialogues.yml"
    return Project(folder / "config.yml", dialogues, dialogues, folder / "models", ROOT)


def stock(model: Path) -> Send:
    """Stock Rasa."""
    endpoint = EndpointConfig(f"inprocess://{ACTIONS}", enable_selective_domain=True)
    agent = Agent.load(str(model), tracker_store=InMemoryTrackerStore(None), action_endpoint=endpoint)

    async def send(conversation: int, said: str) -> None:
        metadata = {"turn": {"said": said, "session": SESSION}}
        await agent.handle_message(UserMessage(said, sender_id=str(conversation), metadata=metadata))

    return send


async def measured(send: Send, conversation: int, count: int) -> list[tuple[float, float]]:
    """Wall clock and CPU, ms, of `count` further messages of one conversation."""
    costs = []
    for number in range(count):
        wall, cpu = time.perf_counter(), time.process_time()
        await send(conversation, str(number % 11))
        costs.append(((time.perf_counter() - wall) * 1e3, (time.process_time() - cpu) * 1e3))
    return costs


async def at_turns(send: Send, turns: list[int]) -> dict[int, list[tuple[float, float]]]:
    """The costs around each turn. Turn 1 is measured on fresh conversations, the others on one that goes on."""
    await measured(send, 0, 10)  # warm
    costs = {1: [(await measured(send, 1000 + number, 1))[0] for number in range(WINDOW)]}
    done = 0
    for turn in turns:
        await measured(send, 1, turn - WINDOW // 2 - done)
        costs[turn] = await measured(send, 1, WINDOW)
        done = turn + WINDOW // 2
    return costs


def line(costs: list[tuple[float, float]]) -> tuple[float, float, float]:
    """Median and 95th percentile of the wall clock, median CPU."""
    walls = sorted(wall for wall, _ in costs)
    return statistics.median(walls), walls[int(len(walls) * 0.95) - 1], statistics.median(cpu for _, cpu in costs)


def report(mine: dict[int, list[tuple[float, float]]], stocks: dict[int, list[tuple[float, float]]]) -> None:
    """Print the table."""
    print(" turn | ours: median     p95     CPU | stock: median     p95     CPU | ratio")
    for turn, costs in mine.items():
        here, there = line(costs), line(stocks[turn])
        cells = "{:>12.1f} {:>7.1f} {:>7.1f}".format(*here), "{:>13.1f} {:>7.1f} {:>7.1f}".format(*there)
        print(f"{turn:>5} | {cells[0]} | {cells[1]} | {there[0] / here[0]:.0f}x")
    last = max(mine)
    growth = line(mine[last])[0] / line(mine[50])[0]
    print(f"ms a message, {WINDOW} messages each. Ours at turn {last} costs {growth:.2f} of what it costs at turn 50.")
    print(f"{platform.processor() or platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}")


async def main() -> None:
    """Train both, run both, compare."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--turns", type=int, default=500, help="the longest conversation (from 60)")
    turns = [50, max(60, parser.parse_args().turns)]
    dialogues = TINY / "dialogues.yml"
    tiny = Project(TINY / "config.yml", dialogues, dialogues, ROOT / "models" / "tiny", ROOT)
    configure_structlog(30)
    with tempfile.TemporaryDirectory() as folder:
        baseline = stock(ensure_model(stock_project(Path(folder))))
        report(await at_turns(ours(ensure_model(tiny)), turns), await at_turns(baseline, turns))


if __name__ == "__main__":
    asyncio.run(main())
