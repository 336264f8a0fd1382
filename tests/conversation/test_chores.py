"""What a running process looks after."""

from __future__ import annotations

import asyncio

from bot.conversation.chores import SELDOM, Chores


async def test_what_may_wait_is_done_at_the_first_look_and_then_seldom() -> None:
    done: list[str] = []
    enough = asyncio.Event()

    async def often() -> int:
        done.append("often")
        if done.count("often") == SELDOM + 1:
            enough.set()
        return 0

    async def seldom() -> int:
        done.append("seldom")
        return 0

    chores = Chores([often], every_seconds=0.001, seldom=[seldom])
    chores.start()
    await enough.wait()
    await chores.stop()
    assert done == ["seldom", *["often"] * SELDOM, "seldom", "often"]


async def test_who_is_told_to_look_does_everything() -> None:
    done: list[str] = []

    async def seldom() -> int:
        done.append("seldom")
        return 0

    chores = Chores([], seldom=[seldom])
    await chores.look()
    await chores.look()
    assert done == ["seldom", "seldom"]
