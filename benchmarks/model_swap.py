"""A change of the model in a running process: memory before, while both are held, and after; the longest stall.

    python -m benchmarks.model_swap [--times 5]

One process without a server around it: the agent as `conductor serve` loads it, swapped for the same model's file by
`bot.rasa_glue.swap`, while a clock ticks beside it.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import time
from pathlib import Path

import psutil

from benchmarks.parts import machine
from bot.rasa_glue import lean_import

lean_import.install()

from bot.rasa_glue.agent import load_agent, settle_memory  # noqa: E402
from bot.rasa_glue.swap import SwappingAgent  # noqa: E402
from bot.rasa_glue.training import ROOT, Project, ensure_model  # noqa: E402

TICK = 0.001
QUESTION = "where is my parcel"


def resident() -> float:
    """MB of this process."""
    return float(psutil.Process().memory_info().rss / 1e6)


async def ticking(stalls: list[float], highest: list[float]) -> None:
    """The longest time that nothing else could run, and the most memory seen."""
    before = time.perf_counter()
    while True:
        await asyncio.sleep(TICK)
        now = time.perf_counter()
        stalls[0], before = max(stalls[0], now - before - TICK), now
        highest[0] = max(highest[0], resident())


async def swaps(model: Path, times: int) -> None:
    """Swap, and print."""
    endpoints = ROOT / "endpoints.yml"
    agent = SwappingAgent(load_agent(model, endpoints), model.name)
    await agent.understand(QUESTION, "en")
    settle_memory()
    print(f"one model: {resident():.0f} MB")
    for number in range(1, times + 1):
        stalls, highest, began = [0.0], [resident()], time.perf_counter()
        clock = asyncio.create_task(ticking(stalls, highest))
        fresh = await asyncio.to_thread(load_agent, model, endpoints)
        await fresh.understand(QUESTION, "en")
        await agent.swap(fresh, model.name)
        del fresh
        took, both = time.perf_counter() - began, resident()
        clock.cancel()
        collecting = time.perf_counter()
        settle_memory()
        print(
            f"swap {number}: {took:.1f} s, at most {highest[0]:.0f} MB, changed over {both:.0f}, "
            f"after collecting {resident():.0f}; "
            f"longest stall {1000 * stalls[0]:.0f} ms, collecting {1000 * (time.perf_counter() - collecting):.0f} ms",
            flush=True,
        )


def main() -> None:
    """Train if need be, swap."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--times", type=int, default=5)
    wanted = parser.parse_args()
    print(machine.line())
    gc.collect()
    asyncio.run(swaps(ensure_model(Project.at(ROOT)), wanted.times))
    print(machine.line())


if __name__ == "__main__":
    main()
