"""`conductor doctor` on what several processes share: Redis, the workers, what waits to be sent."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Any

from bot.cli.doctor_finding import Finding
from bot.settings import Settings
from bot.storage.engine import CONNECTIONS

if TYPE_CHECKING:
    from bot.storage.refused import Refused

OLD_SECONDS = 60.0
"""A letter whose time came longer ago should have left."""
MANY_JOBS = 1000
LONGEST = 200
"""Characters of a provider's reason."""
SPARE = 40
"""Connections on top: one more process while rolling, and a few for people."""


def shared(settings: Settings) -> Iterator[Finding]:
    """Redis and the workers; nothing, where one process does everything."""
    if not settings.grown:
        return
    if settings.database_url.startswith("sqlite"):
        mend = "Set DATABASE_URL to postgresql://USER:PASSWORD@HOST/NAME, or leave REDIS_URL out."
        yield Finding("warn", "Redis", "REDIS_URL is set, but an SQLite file serves one process only", mend)
    found = asyncio.run(_look(settings.redis_url.get_secret_value()))
    if found is None:
        words = "REDIS_URL does not answer: the servers go on by themselves, without shared limits"
        yield Finding("fail", "Redis", words, "Start Redis, or correct REDIS_URL.")
        return
    if word := found.get("refuses"):
        yield refusing(word)
        return
    yield Finding("ok", "Redis", f"version {found['version']}, {found['memory']} used")
    yield from policy(found["policy"])
    yield workers(found["workers"])
    yield jobs(found["jobs"], found["workers"])
    yield from connections(found["processes"], asyncio.run(_allowed(settings)))


_REFUSALS = {
    "OOM": "Its memory is full: give it more (maxmemory), or look what fills it (redis-cli --bigkeys).",
    "READONLY": "It is a replica: point REDIS_URL at the primary.",
    "MISCONF": "It can't save its data: see its log and its disk.",
    "LOADING": "It reads its data after a start: wait until that is done.",
    "NOREPLICAS": "Too few of its replicas are there (min-replicas-to-write).",
}


def refusing(word: str) -> Finding:
    """Redis answers, and takes no writes."""
    words = f"takes no writes: {word}; the servers go on by themselves, without shared limits"
    return Finding("fail", "Redis", words, _REFUSALS[word])


def policy(name: str) -> Iterator[Finding]:
    """Redis may drop nothing by itself: a lost job is found again, a lost lock is not noticed."""
    if name.startswith("allkeys"):
        mend = "Set maxmemory-policy to noeviction in redis.conf."
        yield Finding("warn", "Redis", f"it drops keys when memory is short (maxmemory-policy {name})", mend)


def workers(count: int) -> Finding:
    if not count:
        mend = "Start one: 'conductor worker', with the servers' settings."
        return Finding("warn", "Workers", "none is alive: the servers send by themselves", mend)
    return Finding("ok", "Workers", f"{count} alive")


def jobs(count: int, alive: int) -> Finding:
    if count > MANY_JOBS:
        mend = "Start more workers, or look into their log." if alive else "Start a worker: 'conductor worker'."
        return Finding("warn", "Jobs", f"{count} wait for a worker", mend)
    return Finding("ok", "Jobs", f"{count} wait for a worker")


def connections(processes: int, allowed: int | None) -> Iterator[Finding]:
    """Whether PostgreSQL has a place for each connection that all servers and workers may open. `allowed`: those that
    it has; None: it did not say."""
    needed = processes * CONNECTIONS
    if allowed is not None and needed > allowed:
        words = f"{processes} processes may open {CONNECTIONS} connections each, PostgreSQL takes {allowed} in all"
        mend = f"Set max_connections to {needed + SPARE} or more, or run fewer processes (docs/how-to/grow.md)."
        yield Finding("warn", "Database", words, mend)


def waiting(settings: Settings, now: str) -> Iterator[Finding]:
    """Letters whose time has come, and those that providers refuse; nothing, where there are none."""
    late, refusals = asyncio.run(_waiting(settings, now))
    yield from letters(*late, now)
    for one in refusals:
        yield refusing_letters(one, now)


def letters(count: int, since: str | None, now: str) -> Iterator[Finding]:
    """`since`: when the time of the one came that waits longest."""
    if since is None:
        return
    age = (datetime.fromisoformat(now) - datetime.fromisoformat(since)).total_seconds()
    if age > OLD_SECONDS:
        words = f"{count} wait to be sent, the oldest for {_shown(age)}"
        mend = "See that a server or a worker runs; CONDUCTOR_PER_SECOND says how fast a provider is served."
        yield Finding("warn", "Letters", words, mend)
    else:
        yield Finding("ok", "Letters", f"{count} wait to be sent, none for long")


def refusing_letters(found: Refused, now: str) -> Finding:
    age = (datetime.fromisoformat(now) - datetime.fromisoformat(found.since)).total_seconds()
    why = found.why[:LONGEST] or "it gave no reason"
    words = f"{found.provider} does not take {found.count}, the oldest written {_shown(age)} ago: {why}"
    mend = "See the provider's status page and your account's limits. They are tried again, and given up after a day."
    return Finding("warn", "Letters", words, mend)


async def _allowed(settings: Settings) -> int | None:
    """Connections for such as us: what is kept for superusers is not for us."""
    from bot.storage.engine import Database
    from bot.storage.health import places

    database = Database(settings.database_url, pooled=False)
    try:
        return await places(database)
    finally:
        await database.close()


def _shown(seconds: float) -> str:
    minutes = seconds / 60
    return f"{minutes:.0f} minutes" if minutes < 120 else f"{minutes / 60:.0f} hours"


async def _look(url: str) -> dict[str, Any] | None:
    from bot.coordination.look import look

    return await look(url)


async def _waiting(settings: Settings, now: str) -> tuple[tuple[int, str | None], list[Refused]]:
    from bot.storage.engine import Database
    from bot.storage.outbox import SqlOutbox
    from bot.storage.refused import refused

    database = Database(settings.database_url, pooled=False)
    try:
        async with database.read() as connection:
            refusals = await refused(connection, now)
        return await SqlOutbox(database).overdue(now), refusals
    finally:
        await database.close()
