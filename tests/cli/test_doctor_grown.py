"""`conductor doctor` where several processes share the work: Redis, workers, what waits."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
import sqlalchemy as sa
from click.testing import CliRunner

from bot.cli.doctor import command as doctor
from bot.cli.doctor_grown import connections, jobs, letters, policy, shared, waiting
from bot.cli.doctor_spool import spooled
from bot.coordination.crew import Crew
from bot.coordination.jobs import LETTERS, Jobs
from bot.coordination.link import Link
from bot.settings import load_settings
from bot.storage.engine import Database
from bot.storage.health import places
from tests.backends import Backend
from tests.faults.test_workers import letter

NOW = "2026-11-23T12:00:00+00:00"


def found(backend: Backend) -> dict[str, str]:
    return {f.subject: f"{f.level}: {f.words}" for f in shared(load_settings(**backend.settings))}


def test_redis_workers_and_jobs(grown: Backend) -> None:
    before = found(grown)
    assert before["Redis"].startswith("ok: version ")
    assert before["Workers"] == "warn: none is alive: the servers send by themselves"
    assert before["Jobs"] == "ok: 0 wait for a worker"

    async def a_worker_and_three_jobs() -> None:
        link = Link(grown.redis_url)
        await Crew(link, works=True).start()
        jobs = Jobs(link)
        jobs.hand_over(LETTERS, [1, 2, 3])
        await jobs.stop()
        await link.close()

    asyncio.run(a_worker_and_three_jobs())
    after = found(grown)
    assert after["Workers"] == "ok: 1 alive"
    assert after["Jobs"] == "ok: 3 wait for a worker"


def test_redis_is_gone(grown: Backend) -> None:
    assert grown.redis is not None
    grown.redis.kill()
    [finding] = shared(load_settings(**grown.settings))
    assert (finding.level, finding.mend) == ("fail", "Start Redis, or correct REDIS_URL.")


def test_a_redis_that_takes_no_writes(grown: Backend) -> None:
    assert grown.redis is not None
    client = grown.redis.client()
    client.config_set("maxmemory", 1)
    try:
        [finding] = shared(load_settings(**grown.settings))
    finally:
        client.config_set("maxmemory", 0)
    assert finding.level == "fail"
    assert finding.words.startswith("takes no writes: OOM;")
    assert "maxmemory" in finding.mend


@pytest.mark.about_sqlite("it has no Redis")
def test_one_process_has_nothing_to_share(embedded: Backend) -> None:
    assert list(shared(load_settings(**embedded.settings))) == []


def test_an_sqlite_file_is_not_shared(embedded: Backend, grown: Backend) -> None:
    both = load_settings(database_url=embedded.database_url, redis_url=grown.redis_url)
    assert next(shared(both)).level == "warn"


def test_letters_that_nobody_sends(grown: Backend) -> None:
    settings = load_settings(**grown.settings)
    assert list(waiting(settings, NOW)) == []
    letter(grown)
    [finding] = waiting(settings, NOW)
    assert (finding.level, finding.words) == ("ok", "1 wait to be sent, none for long")
    [finding] = waiting(settings, "2026-11-23T12:05:00+00:00")
    assert (finding.level, finding.words) == ("warn", "1 wait to be sent, the oldest for 5 minutes")


@pytest.mark.parametrize(("name", "level"), [("noeviction", []), ("volatile-lru", []), ("allkeys-lru", ["warn"])])
def test_a_redis_that_drops_keys(name: str, level: list[str]) -> None:
    assert [finding.level for finding in policy(name)] == level


def test_the_remedy_is_the_one_that_helps() -> None:
    assert "more workers" in jobs(2000, alive=1).mend
    assert "Start a worker" in jobs(2000, alive=0).mend
    assert next(letters(3, "2026-11-20T12:00:00+00:00", NOW)).words.endswith("72 hours")


def test_the_whole_doctor_runs_where_there_are_many_processes(grown: Backend, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in grown.environment.items():
        monkeypatch.setenv(name, value)
    done = CliRunner().invoke(doctor)
    assert not isinstance(done.exception, Exception), done.exception
    for subject in ("Database", "Redis", "Outbox", "Inbox", "Model"):
        assert f"{subject}: " in done.output


def test_a_spool_that_takes_nothing_is_found_before_it_is_needed(tmp_path: Path, grown: Backend) -> None:
    taken = tmp_path / "spool"
    taken.write_text("a file, no folder", encoding="utf-8")
    [finding] = spooled(load_settings(**grown.settings, spool=taken))
    assert (finding.level, str(taken) in finding.words) == ("fail", True)
    assert list(spooled(load_settings(**grown.settings, spool=tmp_path / "fresh" / "spool"))) == []
    assert not (tmp_path / "fresh").exists(), "who only looks leaves nothing behind"


@pytest.mark.parametrize(("processes", "allowed", "level"), [
    (3, 97, []), (4, 97, ["warn"]), (4, None, []), (0, 0, []),
])  # fmt: skip
def test_processes_that_may_open_more_connections_than_postgresql_has(
    processes: int, allowed: int | None, level: list[str]
) -> None:
    found = list(connections(processes, allowed))
    assert [finding.level for finding in found] == level
    assert all("max_connections to 160 or more" in finding.mend for finding in found)


async def test_postgresql_says_how_many_connections_it_takes(grown: Backend) -> None:
    database = Database(grown.database_url)
    async with database.read() as connection:
        most = (await connection.execute(sa.text("SHOW max_connections"))).scalar()
    assert await places(database) == int(str(most)) - 3
    await database.close()


async def test_whoever_has_no_postgresql_is_told_nothing_of_connections(embedded: Backend) -> None:
    database = Database(embedded.database_url)
    assert await places(database) is None
    await database.close()
