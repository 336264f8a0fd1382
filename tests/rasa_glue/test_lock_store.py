"""One at a time for each conversation, in the order of arrival."""

from __future__ import annotations

import asyncio

import pytest

from bot.rasa_glue.lock_store import FifoLockStore


async def test_first_come_first_served_and_never_two_at_once():
    locks = FifoLockStore()
    order, inside = [], 0

    async def visit(number: int) -> None:
        nonlocal inside
        async with locks.lock("1"):
            inside += 1
            assert inside == 1
            await asyncio.sleep(0)
            order.append(number)
            inside -= 1

    await asyncio.gather(*(visit(number) for number in range(50)))
    assert order == list(range(50))


async def test_conversations_do_not_wait_for_each_other():
    locks = FifoLockStore()
    async with locks.lock("1"):
        async with locks.lock("2"):  # nobody in "1" has left, and it is free
            assert len(locks) == 2
        assert locks.is_someone_waiting("1")
        assert not locks.is_someone_waiting("2")


async def test_nothing_is_left_behind():
    locks = FifoLockStore()
    async with locks.lock("1"):
        assert locks.is_someone_waiting("1")
    assert len(locks) == 0


async def test_a_failure_opens_the_lock():
    locks = FifoLockStore()
    with pytest.raises(RuntimeError):
        async with locks.lock("1"):
            raise RuntimeError
    async with locks.lock("1"):
        assert len(locks) == 1


async def test_a_visitor_who_gives_up_does_not_block_the_next():
    locks = FifoLockStore()
    async with locks.lock("1"):
        waiting = asyncio.create_task(enter(locks))
        await asyncio.sleep(0)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
    await asyncio.wait_for(enter(locks), 1)
    assert len(locks) == 0


async def enter(locks: FifoLockStore, conversation: str = "1") -> None:
    async with locks.lock(conversation):
        pass
