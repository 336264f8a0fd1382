"""After how long an unhappy answer is a row of the inbox: ``python -m benchmarks.inbox_latency [ROUNDS]``.

The real server, two real browsers: a customer on the playground's Telegram presses Enter after a 2; the agent's page
notes when the row is there, by a MutationObserver. Both clocks are the machine's.
"""

from __future__ import annotations

import asyncio
import os
import statistics
import sys
import tempfile
from pathlib import Path

from playwright.async_api import async_playwright

from bot.storage.migrate import migrate
from tests.backends import embedded_in
from tests.browser.test_inbox import Agents, _hire, unhappy
from tests.browser.visitor import ARGUMENTS
from tests.chromium import HOW_TO_GET_ONE, find_chromium
from tests.server import running


async def rounds(url: str, chromium: str, many: int) -> list[float]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        people = Agents(browser, url)
        page = await people.agent("kim")
        taken = [(await unhappy(people, page))[2] for _ in range(many)]
        await browser.close()
    return taken


def main(many: int) -> None:
    chromium = find_chromium()
    if chromium is None:
        sys.exit(HOW_TO_GET_ONE)
    with tempfile.TemporaryDirectory() as folder:
        backend = embedded_in(Path(folder))
        migrate(backend.database_url)
        asyncio.run(_hire(backend.database_url))
        with running(backend) as server:
            taken = asyncio.run(rounds(server.url, chromium, many))
    load = os.getloadavg()[0]
    print(f"press to row, ms: median {statistics.median(taken):.0f}, all {[round(t) for t in taken]}; load {load:.1f}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 7)
