"""Waiting for what a real server does."""

from __future__ import annotations

import asyncio
from collections.abc import Callable


async def until(heard: Callable[[], list[str]], word: str) -> list[str]:
    """Wait until something that was sent holds `word`. Raises AssertionError when nothing comes."""
    for _ in range(600):
        if any(word in text for text in heard()):
            return heard()
        await asyncio.sleep(0.05)
    raise AssertionError(f"nothing with {word!r} came: {heard()}")
