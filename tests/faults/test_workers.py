"""Workers: what the servers hand over is sent, what nobody handed over is found, and what a killed one had in hand goes
out by another, or is *unknown* where only the provider can tell."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
import sqlalchemy as sa

from bot.conversation.faults import arm
from bot.storage import letters
from bot.storage.engine import Database
from bot.storage.store import SqlStore
from bot.storage.tables import outbox
from bot.working import NoAgent, Working
from channels.contract import Inbound, Outbound
from tests.backends import Backend, in_a_loop
from tests.doubles import NOON
from tests.faults.many import Process, Provider, conductor, rows, until

LAST_YEAR = "2025-11-23T12:00:00.000000+00:00"


def letter(backend: Backend, text: str = "Hi", address: str = "ada") -> None:
    """Somebody wrote a letter into the outbox, and died before it told anybody."""

    async def write() -> None:
        database = Database(backend.database_url)
        here = await SqlStore(database).ensure_conversation(Inbound("web", "web", "", address, ""), NOON)
        async with database.write() as connection:
            await letters.put(connection, here, None, [Outbound(text)], NOON)
        await database.close()

    in_a_loop(write())


def worker(backend: Backend, provider: Provider, until_: Callable[[], Awaitable[bool]], fault: str = "") -> Process:
    """A worker that works until `until_` holds."""

    async def work(process: Process) -> None:
        arm(fault)
        here = conductor(backend, NoAgent(), provider, works=True)
        working = Working(here)
        await working.start()
        process.tell()
        await until(until_)
        await working.stop()

    return Process(work)


def status(backend: Backend) -> list[str]:
    return [str(value) for (value,) in rows(backend, "select status from outbox order by id")]


def all_are(backend: Backend, *wanted: str) -> Callable[[], Awaitable[bool]]:
    async def check() -> bool:
        return await asyncio.to_thread(lambda: set(status(backend)) <= set(wanted))

    return check


async def never() -> bool:
    return False


def test_what_nobody_handed_over_is_found_by_the_leader(grown: Backend, tmp_path: Path) -> None:
    provider = Provider(tmp_path / "provider.txt")
    letter(grown)
    letter(grown, "How are you?")
    letter(grown, address="bob")
    assert worker(grown, provider, all_are(grown, "sent")).end() == 0
    assert sorted(provider.taken()) == ["out-1", "out-2", "out-3"]
    assert provider.taken().index("out-1") < provider.taken().index("out-2"), "in order for each customer"


def test_without_redis_workers_look_for_work_themselves(grown: Backend, tmp_path: Path) -> None:
    provider = Provider(tmp_path / "provider.txt")
    assert grown.redis is not None
    grown.redis.kill()
    for number in range(20):
        letter(grown, address=f"customer {number}")
    both = [worker(grown, provider, all_are(grown, "sent")) for _ in range(2)]
    assert [process.end() for process in both] == [0, 0]
    assert sorted(provider.taken()) == sorted(f"out-{n}" for n in range(1, 21)), "each once"


@pytest.mark.parametrize(("remembers", "becomes", "times"), [(True, "sent", 1), (False, "unknown", 0)])
def test_a_worker_killed_between_claim_and_send(
    remembers: bool, becomes: str, times: int, grown: Backend, tmp_path: Path
) -> None:
    provider = Provider(tmp_path / "provider.txt", remembers_keys=remembers)
    letter(grown)
    assert worker(grown, provider, never, fault="sending").end() == -signal.SIGKILL
    assert status(grown) == ["sending"]
    assert provider.taken() == []

    in_a_loop(_its_time_is_over(grown))
    assert worker(grown, provider, all_are(grown, "sent", "unknown")).end() == 0
    assert status(grown) == [becomes]
    assert len(provider.taken()) == times


async def _its_time_is_over(backend: Backend) -> None:
    database = Database(backend.database_url)
    async with database.write() as connection:
        await connection.execute(sa.update(outbox).values(sending_until=LAST_YEAR))
    await database.close()


def test_a_worker_that_is_told_to_stop_finishes_what_is_in_hand(grown: Backend, tmp_path: Path) -> None:
    provider = Provider(tmp_path / "provider.txt", seconds=0.7)
    letter(grown)

    async def work(process: Process) -> None:
        here = conductor(grown, NoAgent(), provider, works=True)
        working, stop = Working(here), asyncio.Event()
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
        await working.start()
        await until(all_are(grown, "sending"))
        process.tell()
        await stop.wait()
        await working.stop()

    process = Process(work)
    process.told()
    os.kill(process.pid, signal.SIGTERM)
    assert process.end() == 0
    assert status(grown) == ["sent"]
    assert provider.taken() == ["out-1"]
    assert grown.redis is not None
    assert grown.redis.client().zcard("conductor:workers") == 0, "it has signed off"


def test_a_server_hands_over_and_sends_itself_when_nobody_works(grown: Backend, tmp_path: Path) -> None:
    by_server, by_worker = Provider(tmp_path / "server.txt"), Provider(tmp_path / "worker.txt")

    async def serve(process: Process) -> None:
        here = conductor(grown, NoAgent(), by_server)
        await here.start_together()
        here.start_looking()
        conversation = await here.ensure_conversation("web", "web", "ada", "en")
        for _ in range(2):
            process.tell()
            await asyncio.to_thread(os.read, going, 1)
            async with here.database.write() as connection:
                await letters.put(connection, conversation, None, [Outbound("Hi")], NOON)
            await until(lambda: _so(here._mine() == bool(by_worker.taken())))  # it knows of the worker, or of its end
            here._letters(conversation)
            await until(all_are(grown, "sent"))
        await here.stop()

    going, go = os.pipe()
    working = worker(grown, by_worker, lambda: _so(by_worker.taken() != []))
    working.told()
    server = Process(serve)
    server.told()
    os.write(go, b".")
    assert working.end() == 0
    server.told()
    os.write(go, b".")
    assert server.end() == 0
    assert (by_worker.taken(), by_server.taken()) == (["out-1"], ["out-2"])


async def _so(so: bool) -> bool:
    return so


def test_after_redis_was_restarted_jobs_are_worked_off_again(grown: Backend, tmp_path: Path) -> None:
    """With nothing in it: what was handed over before is lost, and found again."""
    provider = Provider(tmp_path / "provider.txt")
    assert grown.redis is not None
    letter(grown)

    async def two_are_sent() -> bool:
        return len(provider.taken()) == 2

    process = worker(grown, provider, two_are_sent)
    process.told()
    grown.redis.kill()
    grown.redis.start()

    async def signs_in_again() -> bool:
        assert grown.redis is not None
        return bool(grown.redis.client().zcard("conductor:workers"))

    in_a_loop(until(signs_in_again))
    letter(grown, "How are you?", "bob")
    assert process.end() == 0
    assert status(grown) == ["sent", "sent"]
