"""A real server and a real browser. Without a browser these tests are left out, and `tests/conftest.py` says how to
get one."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, BrowserContext, Page, async_playwright

from tests.backends import Lasting
from tests.browser.visitor import ARGUMENTS, Visitor
from tests.server import Server, running

HERE = Path(__file__).parent


@pytest.fixture(scope="session", params=["embedded"])  # the playground's local providers live in one process
def server(request: pytest.FixtureRequest, lasting: Lasting) -> Iterator[Server]:
    with lasting(request.param) as backend, running(backend) as started:
        yield started


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The tests of this folder share a browser, and so a loop: starting one takes two seconds of a busy core."""
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.asyncio(loop_scope="session"), append=False)


@asynccontextmanager
async def launched(chromium: str) -> AsyncIterator[Browser]:
    """A browser. It belongs to the loop that it is started on."""
    async with async_playwright() as playwright:
        started = await playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        yield started
        await started.close()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser(chromium: str) -> AsyncIterator[Browser]:
    async with launched(chromium) as started:
        yield started


@pytest_asyncio.fixture(loop_scope="session")
async def visit(browser: Browser, server: Server) -> AsyncIterator[Any]:
    """Opens the playground as a new visitor; at the end nothing may have been complained about in the browser's
    console."""
    complaints: list[str] = []
    forgiven: list[str] = []
    contexts: list[BrowserContext] = []

    async def open_page(width: int = 1440, height: int = 900, **options: Any) -> Visitor:
        context = await browser.new_context(
            viewport={"width": width, "height": height}, reduced_motion="reduce", **{"locale": "en-GB", **options}
        )
        contexts.append(context)
        page: Page = await context.new_page()
        page.on("console", lambda m: complaints.append(m.text) if m.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        return await Visitor(page, server.url, forgiven).open()

    yield open_page
    for context in contexts:
        await context.close()
    assert [said for said in complaints if not any(part in said for part in forgiven)] == []
