"""A conversation's lock across processes: one holder, no look in vain, nobody held up by the dead or by Redis."""

from __future__ import annotations

import asyncio

from bot.conversation.worker import Worker
from bot.coordination.link import Link
from bot.coordination.locks import RedisLocks
from tests.backends import RedisServer
from tests.coordination.conftest import Connect
from tests.doubles import FrozenClock


async def test_one_holds_it_and_who_asked_meanwhile_is_remembered(connect: Connect) -> None:
    one, other = RedisLocks(connect()), RedisLocks(connect())
    assert await one.try_take(7)
    assert not await other.try_take(7)
    assert await other.try_take(8), "another conversation is free"
    assert await one.give_back(7), "somebody asked: look once more"
    assert await other.try_take(7)
    assert not await other.give_back(7), "nobody asked meanwhile"


async def test_who_waits_goes_before_who_works_on_messages(connect: Connect) -> None:
    worker, person = RedisLocks(connect()), RedisLocks(connect())
    assert await worker.try_take(7)
    waiting = asyncio.create_task(person.take(7))
    while not await connect().redis.exists("conductor:{7}:wanted"):  # noqa: ASYNC110  (seen from outside)
        await asyncio.sleep(0)
    await worker.give_back(7)
    assert not await worker.try_take(7), "a person waits for it"
    await waiting
    assert await person.give_back(7), "the worker's messages are to be looked at"
    assert await worker.try_take(7)


async def test_the_lock_of_a_dead_process_ends(connect: Connect) -> None:
    dead, living = RedisLocks(connect(), life_seconds=0.05), RedisLocks(connect())
    assert await dead.try_take(7)
    await asyncio.wait_for(living.take(7), 5)
    assert not await dead.give_back(7)
    assert not await RedisLocks(connect()).try_take(7), "what is not one's own is not given back"


async def test_without_redis_everybody_goes_on_and_says_so(connect: Connect, redis_here: RedisServer) -> None:
    link = connect()
    changes: list[bool] = []
    link.on_change(changes.append)
    locks = RedisLocks(link)
    assert await locks.try_take(7)
    redis_here.kill()
    assert await locks.try_take(8)
    assert not await locks.give_back(7)
    assert (link.up, link.losses, changes) == (False, 1, [False])
    await locks.take(9)

    redis_here.start()
    await _until_up(link)
    assert changes == [False, True]
    assert await locks.try_take(10)
    assert not await RedisLocks(connect()).try_take(10)


async def test_what_could_not_be_given_back_is_given_back_when_redis_answers_again(
    connect: Connect, redis_here: RedisServer
) -> None:
    """Redis lives, but nobody reached it for a moment: else the customer would wait until the lock dies."""
    link, other = connect(), RedisLocks(connect())
    locks = RedisLocks(link)
    locks.start()
    assert await locks.try_take(7)
    assert await locks.try_take(8)
    assert not await other.try_take(7), "somebody asks, and goes away"
    woken: list[int] = []
    locks.woken = woken.append
    link.up = False  # the circuit is open
    assert not await locks.give_back(7)
    back = asyncio.create_task(_until_up(link))
    await asyncio.sleep(0)
    link.up = True
    link._tell()
    await back
    await _until_idle(locks)
    assert await other.try_take(7)
    assert woken == [7], "who asked meanwhile went away: look once more"
    assert not await other.try_take(8), "this one is still in hand"
    assert Worker(Inbox(0), Inbox(0).handle_next, FrozenClock(), locks).wake == locks.woken  # type: ignore[arg-type]
    await locks.stop()


async def _until_idle(locks: RedisLocks) -> None:
    while locks.owed:  # noqa: ASYNC110  (seen from outside)
        await asyncio.sleep(0.001)


async def _until_up(link: Link) -> None:
    back = asyncio.Event()
    link.on_change(lambda up: back.set() if up else None)
    await asyncio.wait_for(back.wait(), 10)


class Inbox:
    """Messages of one conversation, numbered, that two processes work on."""

    def __init__(self, count: int) -> None:
        self.left = list(range(count))
        self.done: list[int] = []
        self.inside = 0

    async def handle_next(self, _conversation: int) -> bool:
        if not self.left:
            return False
        self.inside += 1
        assert self.inside == 1, "two processes in one conversation"
        message = self.left.pop(0)
        await asyncio.sleep(0.001)
        self.done.append(message)
        self.inside -= 1
        return True

    async def due_timers(self, now: str) -> int:
        return 0

    async def waiting(self) -> list[int]:
        return []


async def test_two_processes_take_turns_and_nothing_is_left_over(connect: Connect) -> None:
    """No look once a second here: whatever is left over would stay."""
    inbox = Inbox(0)
    workers = [Worker(inbox, inbox.handle_next, FrozenClock(), RedisLocks(connect())) for _ in range(2)]  # type: ignore[arg-type]
    for number in range(60):
        inbox.left.append(number)
        workers[number % 2].wake(7)
        await asyncio.sleep(0.0005 * (number % 3))
    for _ in range(3):
        for worker in workers:
            await worker.idle()
    assert inbox.done == list(range(60))


async def test_a_takeover_gets_in_between_the_messages_of_another_process(connect: Connect) -> None:
    inbox = Inbox(200)
    one, other = (Worker(inbox, inbox.handle_next, FrozenClock(), RedisLocks(connect())) for _ in range(2))  # type: ignore[arg-type]
    one.wake(7)
    await asyncio.sleep(0.005)
    async with other.exclusive(7):
        assert inbox.inside == 0
        left = len(inbox.left)
        assert left > 100, "it did not wait for the end of all"
        await asyncio.sleep(0.02)
        assert len(inbox.left) == left, "nobody worked on it meanwhile"
    for _ in range(3):
        await one.idle()
        await other.idle()
    assert inbox.done == list(range(200))
