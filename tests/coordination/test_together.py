"""What several processes have on top, and that one process has none of it."""

from __future__ import annotations

import asyncio
import subprocess
import sys

import pytest

from bot.coordination.crew import Crew
from bot.coordination.jobs import BACKLOG, LETTERS, Jobs, queues
from bot.settings import load_settings
from bot.together import together
from channels.contract import Outbound
from channels.web.client import WebClient
from tests.backends import Backend, RedisServer
from tests.coordination.conftest import Connect


@pytest.mark.about_sqlite("it has no Redis")
def test_one_process_imports_none_of_it(embedded: Backend) -> None:
    code = (
        "import sys; from bot.bootstrap import Conductor; from bot.settings import load_settings\n"
        "here = Conductor(load_settings(), None, senders={})\n"
        "assert here.together is None\n"
        "print(sorted({'redis', 'dramatiq', 'limits'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], env={**embedded.environment}, capture_output=True, text=True)
    assert done.stdout == "[]\n", done.stderr


async def test_a_letter_of_the_web_channel_shows_where_the_page_is_open(redis_here: RedisServer) -> None:
    settings = load_settings(redis_url=redis_here.url, database_url="postgresql://nobody@nowhere/none")
    server, worker = together(settings, works=False), together(settings, works=True)
    assert server is not None
    assert worker is not None
    pages, sending = WebClient(), WebClient()
    woken: list[int] = []
    server.share_pages(pages)
    server.on_wake(woken.append)
    worker.share_pages(sending)
    for process in (server, worker):
        await process.start()
    redis = server.link.redis
    while dict(await redis.pubsub_numsub("conductor:events"))[b"conductor:events"] < 2:  # noqa: ASYNC110
        await asyncio.sleep(0.01)

    with pages.listen("web", "ada") as page:
        await sending.send("web", "ada", Outbound("Hi"), "out-1")
        assert await asyncio.wait_for(page.get(), 5) == "out-1"
        worker.wake_servers(7)
        await sending.send("web", "ada", Outbound("Hi"), "out-2")
        await asyncio.wait_for(page.get(), 5)
    assert woken == [7]
    for process in (server, worker):
        await process.stop()


async def test_one_worker_leads_until_it_signs_off(connect: Connect) -> None:
    one, other = Crew(connect(), works=True), Crew(connect(), works=True)
    server = Crew(connect(), works=False)
    for process in (one, other, server):
        await process.start()
    assert (server.count, server.at_work) == (2, True)
    assert [await one.leads(), await other.leads(), await one.leads()] == [True, False, True]
    assert await other.leads("labels"), "another matter, another leader"
    await one.stop()
    assert await other.leads()
    await other.stop()
    await server._beat()
    assert (server.count, server.at_work) == (0, False)
    await server.stop()


async def test_without_redis_nobody_is_at_work_and_everybody_leads(connect: Connect, redis_here: RedisServer) -> None:
    worker = Crew(connect(), works=True)
    await worker.start()
    redis_here.kill()
    assert await worker.leads()
    assert not worker.at_work
    await worker.stop()


async def test_the_same_job_is_asked_for_once_until_it_is_taken_up(connect: Connect) -> None:
    link = connect()
    jobs = Jobs(link)
    jobs.hand_over(LETTERS, [7, 7, 8])
    jobs.letters(7)
    jobs.hand_over(BACKLOG, [7])
    while jobs._handing is not None:  # noqa: ASYNC110
        await asyncio.sleep(0.01)
    assert [await link.redis.llen(queue) for queue in queues()] == [2, 0, 1]
    await jobs.taken_up(BACKLOG, 7)
    jobs.hand_over(BACKLOG, [7, 8])
    jobs.hand_over(BACKLOG, [8])
    await jobs.stop()
    assert [await link.redis.llen(queue) for queue in queues()] == [2, 0, 3]


async def test_letters_of_a_turn_are_handed_over_whatever_waits(connect: Connect) -> None:
    """Nobody asks for them a second time, so nothing is noted: one way to Redis for each message."""
    link = connect()
    jobs = Jobs(link)
    for _ in range(2):
        jobs.letters(7)
        while jobs._handing is not None:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    await jobs.stop()
    assert await link.redis.llen(queues()[0]) == 2
    assert [key async for key in link.redis.scan_iter("conductor:asked:*")] == []
