"""A real server and a real browser. Without a browser these tests are left out, and `tests/conftest.py` says how to
get one."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, async_playwright

from tests.backends import Lasting
from tests.browser.visitor import ARGUMENTS, Visitor
from tests.server import Server, running


@pytest.fixture(scope="session", params=["embedded"])  # the playground's local providers live in one process
def server(request: pytest.FixtureRequest, lasting: Lasting) -> Iterator[Server]:
    with lasting(request.param) as backend, running(backend) as started:
        yield started


@pytest_asyncio.fixture
async def browser(chromium: str) -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        started = await playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        yield started
        await started.close()


@pytest_asyncio.fixture
async def visit(browser: Browser, server: Server) -> AsyncIterator[Any]:
    """Opens the playground as a new visitor; at the end nothing may have been complained about in the browser's
    console."""
    complaints: list[str] = []
    forgiven: list[str] = []

    async def open_page(width: int = 1440, height: int = 900, **options: Any) -> Visitor:
        context = await browser.new_context(
            viewport={"width": width, "height": height}, reduced_motion="reduce", **{"locale": "en-GB", **options}
        )
        page: Page = await context.new_page()
        page.on("console", lambda m: complaints.append(m.text) if m.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        return await Visitor(page, server.url, forgiven).open()

    yield open_page
    assert [said for said in complaints if not any(part in said for part in forgiven)] == []
