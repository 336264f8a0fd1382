"""Turns per second of the survey engine on one core, with the session written and read back at every turn.

    .venv/bin/python benchmarks/engine.py [SECONDS]

It conducts an NPS survey with branches from beginning to end, again and again: promoters, passives and detractors in
turn. One "turn" is: read the saved session, read the customer's words, conduct, save. The baseline is the same run with
the session kept as an object: the difference is what saving costs. The second survey is the delivery NPS that we ship,
with its texts, its four languages and its shuffled options; the first decides the exit code. Prints the machine and its
load, because the numbers mean nothing without them.
"""

from __future__ import annotations

import os
import platform
import sys
import time
from collections.abc import Callable
from pathlib import Path

from survey_flows import engine, serialise
from survey_flows.inputs import Said
from survey_flows.loader import load_survey
from survey_flows.model import Survey
from survey_flows.session import Context, Session

TARGET = 20_000
ROUNDS = 5
NOW = "2026-01-05T10:00:00+00:00"
SMALL = Path(__file__).parent / "engine_nps.yml"
SHIPPED = Path(engine.__file__).parent / "definitions" / "delivery_nps.yml"
SMALL_REPLIES = (("3", "2", "1"), ("7", "4"), ("10", "1"), ("0", "3", "2"))
"""Answers in digits: the score, then the scales of the follow-up questions."""
SHIPPED_REPLIES = (("9", "1", "yes"), ("10", "3", "2"), ("9", "2", "1"))
"""The score, the number of an option, then yes or no in a word or by its keypad digit."""
Conversations = tuple[tuple[str, ...], ...]


def saved(session: Session) -> Session:
    return serialise.loads(serialise.dumps(session))


def kept(session: Session) -> Session:
    return session


def conduct(survey: Survey, replies: tuple[str, ...], seed: int, between: Callable[[Session], Session]) -> int:
    """One response; the number of its turns."""
    context = Context("sms", "en", seed, NOW, {"name": "Ada"})
    session = between(engine.start(survey, context).session)
    for reply in replies:
        session = between(engine.receive(survey, session, Said(reply), NOW).session)
    if not session.over:
        raise RuntimeError(f"The survey did not end after {replies}: the benchmark no longer fits it.")
    return len(replies) + 1


def measure(path: Path, conversations: Conversations, seconds: float, between: Callable[[Session], Session]) -> float:
    """Turns per second of process time, in the best of several rounds: other work on the machine only ever slows it."""
    survey = load_survey(path.read_text(encoding="utf-8"), filename=path.name)
    return max(_round(survey, conversations, seconds / ROUNDS, between) for _ in range(ROUNDS))


def _round(
    survey: Survey, conversations: Conversations, seconds: float, between: Callable[[Session], Session]
) -> float:
    turns, seed, began = 0, 0, time.process_time()
    while (used := time.process_time() - began) < seconds:
        for replies in conversations:
            seed += 1
            turns += conduct(survey, replies, seed, between)
    return turns / used


def machine() -> str:
    info = Path("/proc/cpuinfo")
    lines = info.read_text(encoding="utf-8").splitlines() if info.exists() else []
    model = next(
        (line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), platform.processor()
    )
    python = f"{platform.python_implementation()} {platform.python_version()}"
    return f"{model}, {platform.system()} {platform.machine()}, {python}"


def main() -> int:
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 3.0
    print(f"machine   {machine()}, load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    results = []
    for path, conversations in ((SMALL, SMALL_REPLIES), (SHIPPED, SHIPPED_REPLIES)):
        with_saving = measure(path, conversations, seconds, saved)
        without = measure(path, conversations, seconds, kept)
        print(path.name)
        print(f"  saved   {with_saving:10,.0f} turns/s   (session written and read back at every turn)")
        print(f"  kept    {without:10,.0f} turns/s   (baseline: session kept in memory)")
        results.append(with_saving)
    reached = results[0] >= TARGET
    print(f"target    {TARGET:10,.0f} turns/s   {'reached' if reached else 'NOT reached'}")
    return 0 if reached else 1


if __name__ == "__main__":
    sys.exit(main())
