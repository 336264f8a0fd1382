"""What is handed over to the workers: jobs of Dramatiq in Redis.

A job says only where to look ("letters of conversation 7"); what is to be done stands in the database. So a job that is
lost, comes twice or too late does no harm, and the leader of the workers finds again what nobody took up.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Awaitable, Callable, Collection, Mapping
from typing import Any

from bot.coordination.link import PREFIX, Link
from bot.telemetry.away import DATABASE, REDIS
from bot.telemetry.redis_writes import refusal

log = logging.getLogger(__name__)

LETTERS, BACKLOG, CHORE = "letters", "backlog", "chore"
"""Jobs: letters of a conversation in which something was just said; letters that became due or were left behind; a
chore of the house."""
PRIORITY = {LETTERS: 0, CHORE: 5, BACKLOG: 10}
"""The smaller goes first: who is talking to us does not wait for a campaign."""

ONCE_EACH = (LETTERS,)
"""Jobs that are asked for once by who has made something to do. The others are asked for at every tick, so it is noted
what waits already; for a message of a customer that would be two more ways to Redis."""

THREADS = 16
"""Letters that one worker has under way at the same time: they wait for providers."""
THREAD_MS = 1000
"""How often an idle thread wakes up to see whether it is to stop."""
HEARTBEAT_MS, MAINTENANCE = 3000, 1_000_000
"""A killed worker's jobs are taken up again after 4 seconds with these; with Dramatiq's own values not in a minute. At
every look (1,000,000 of a million) it is looked for some: an idle worker looks once a second."""
ASKED_MS = 10_000
"""So long the same job is not asked for twice, unless somebody took it up."""
JOB_SECONDS = 60.0
STOP_MS = 15_000


class Jobs:
    """Hands over, from any process."""

    def __init__(self, link: Link) -> None:
        import dramatiq
        import redis
        from dramatiq.errors import ConnectionError as BrokerLost

        from bot.coordination.queues import WaitingBroker

        lost = (BrokerLost, redis.ConnectionError, redis.TimeoutError, OSError)
        REDIS.known_by(lambda error: isinstance(error, lost) or bool(refusal(error)))
        self._link = link
        self._client = redis.Redis.from_url(link.url, socket_timeout=2.0)
        self.broker: Any = WaitingBroker(  # type: ignore[no-untyped-call]
            client=self._client,
            namespace=f"{PREFIX}jobs",
            heartbeat_timeout=HEARTBEAT_MS,
            maintenance_chance=MAINTENANCE,
            middleware=[],
        )
        self._message = dramatiq.Message
        for name in PRIORITY:
            self.broker.declare_queue(name)
        self._waiting: dict[tuple[str, Any], None] = {}
        self._handing: asyncio.Task[None] | None = None

    def letters(self, conversation: int) -> None:
        """Something was just said there."""
        self.hand_over(LETTERS, [conversation])

    def hand_over(self, job: str, about: Collection[Any]) -> None:
        """One job each, unless the same waits already (`ONCE_EACH`: it is handed over all the same). Never blocks."""
        self._waiting.update({(job, one): None for one in about})
        if self._waiting and self._handing is None:
            self._handing = asyncio.create_task(self._hand_over())

    async def _hand_over(self) -> None:
        try:
            while self._waiting:
                batch, self._waiting = list(self._waiting), {}
                await self._link.ask(lambda redis, b=batch: self._enqueue(redis, b), None)  # type: ignore[misc]
        finally:
            self._handing = None

    async def _enqueue(self, redis: Any, batch: list[tuple[str, Any]]) -> None:
        again = [one for one in batch if one[0] not in ONCE_EACH]
        pipe = redis.pipeline(transaction=False)
        for job, about in again:
            pipe.set(_asked(job, about), 1, nx=True, px=ASKED_MS)
        waiting = {one for one, new in zip(again, await pipe.execute() if again else (), strict=True) if not new}
        fresh = [one for one in batch if one not in waiting]
        if fresh:
            await self.broker.enqueue_all(redis, [self._message(job, job, (about,), {}, {}) for job, about in fresh])

    async def taken_up(self, job: str, about: Any) -> None:
        """From now on the same may be asked for again: what is said from now on, this job may not see."""
        if job not in ONCE_EACH:
            await self._link.ask(lambda redis: redis.delete(_asked(job, about)), 0)

    async def stop(self) -> None:
        """What is to be handed over still goes."""
        if self._handing is not None:
            await asyncio.gather(self._handing, return_exceptions=True)
        self._client.close()


def queues() -> list[str]:
    """The lists of jobs that nobody has taken up yet."""
    return [f"{PREFIX}jobs:{name}" for name in PRIORITY]


def _asked(job: str, about: Any) -> str:
    return f"{PREFIX}asked:{job}:{about}"


class Hands:
    """Works jobs off, in threads of Dramatiq that wait for the process's one event loop. `does`: job → what to do."""

    def __init__(self, jobs: Jobs, does: Mapping[str, Callable[[Any], Awaitable[None]]]) -> None:
        self._jobs = jobs
        self._does = does
        self._worker: Any = None

    def start(self) -> None:
        import dramatiq

        loop = asyncio.get_running_loop()
        for job in self._does:
            known = {"broker": self._jobs.broker, "actor_name": job, "queue_name": job, "priority": PRIORITY[job]}
            dramatiq.actor(**known)(self._in(loop, job))
        self._worker = dramatiq.Worker(self._jobs.broker, worker_threads=THREADS, worker_timeout=THREAD_MS)
        self._worker.start()

    def _in(self, loop: asyncio.AbstractEventLoop, job: str) -> Callable[[Any], None]:
        def work(about: Any) -> None:
            done = asyncio.run_coroutine_threadsafe(self._work(job, about), loop)
            done.result(JOB_SECONDS)

        return work

    async def _work(self, job: str, about: Any) -> None:
        await self._jobs.taken_up(job, about)
        try:
            await self._does[job](about)
            DATABASE.answers()
        except Exception as error:
            from bot.conversation.failure import tell

            tell(log, error, "A job (%s) failed; it is found again.", job)

    async def stop(self) -> None:
        """Finish what is in hand, give back what is not begun."""
        if self._worker is not None:
            stopping = threading.Thread(target=self._worker.stop, args=(STOP_MS,), daemon=True)
            stopping.start()
            while stopping.is_alive():  # noqa: ASYNC110  (its threads wait for this loop)
                await asyncio.sleep(0.02)
