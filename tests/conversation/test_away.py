"""What the log says while the database or Redis is away: a line when it goes, one a minute, a line when it is back."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from dramatiq.errors import ConnectionClosed

from bot.conversation import failure
from bot.coordination.jobs import Jobs
from bot.coordination.link import Link
from bot.storage.engine import Database
from bot.storage.outage import outage_there
from bot.telemetry import away
from bot.telemetry.away import Away, OfLibraries
from bot.telemetry.logs import TextLines


class Time:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def service(time: Time, monkeypatch: pytest.MonkeyPatch) -> Away:
    """Stands for the database and for Redis."""
    made = Away("It is gone.", "It is back.", time)
    for module in (away, failure):
        monkeypatch.setattr(module, "DATABASE", made)
    monkeypatch.setattr(away, "REDIS", made)
    return made


@pytest.fixture
def lines() -> Iterator[list[str]]:
    """What stands in the log."""
    said: list[str] = []

    class Keeps(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            said.append(self.format(record).split(": ", 1)[1])

    handler = Keeps()
    handler.setFormatter(TextLines())
    handler.addFilter(OfLibraries())
    logging.getLogger().addHandler(handler)
    yield said
    logging.getLogger().removeHandler(handler)


def test_a_line_when_it_goes_one_a_minute_and_a_line_when_it_is_back(
    service: Away, time: Time, lines: list[str]
) -> None:
    for _ in range(150):
        for _ in range(4):  # loops
            service.fails(ConnectionRefusedError("at +49301234567"))
        time.now += 1
    service.answers()
    service.answers()
    assert lines == [
        "It is gone. (ConnectionRefusedError)",
        "It is gone. (ConnectionRefusedError, for 60 s by now)",
        "It is gone. (ConnectionRefusedError, for 120 s by now)",
        "It is back. It was away for 150 s.",
    ]


def test_what_comes_and_goes_each_second_fills_no_log(service: Away, time: Time, lines: list[str]) -> None:
    for _ in range(59):
        service.fails(OSError())
        service.answers()
        time.now += 1
    assert lines == ["It is gone. (OSError)", "It is back. It was away for 0 s."]


def test_who_is_not_asked_when_it_is_back_begins_anew(service: Away, time: Time, lines: list[str]) -> None:
    service.fails(OSError())
    time.now += 7200
    service.fails(OSError())
    assert lines == ["It is gone. (OSError)", "It is gone. (OSError)"]


def test_threads_that_fail_at_once_say_it_once(service: Away, lines: list[str]) -> None:
    threads = [threading.Thread(target=service.fails, args=(OSError(),)) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(lines) == 1


async def test_a_database_that_is_away_has_one_line(service: Away, lines: list[str]) -> None:
    service.known_by(outage_there)
    gone = Database("postgresql+asyncpg://nobody@127.0.0.1:1/nothing")
    log = logging.getLogger("bot.test")
    for _ in range(3):
        try:
            async with gone.fast_read() as connection:
                await connection.execute(sa.text("SELECT 1"))
        except Exception as error:
            failure.tell(log, error, "A chore failed; trying again.")
    await gone.close()
    assert len(lines) == 1
    assert lines[0].startswith("It is gone. (")


def test_other_errors_show_their_way(service: Away, lines: list[str]) -> None:
    service.known_by(outage_there)
    log = logging.getLogger("bot.test")
    for error in (ConnectionRefusedError(), KeyError("Ada")):
        try:
            raise error
        except Exception as raised:
            failure.tell(log, raised, "A chore (%s) failed.", "clocks")
    assert [line.split("\n")[0] for line in lines] == ["A chore (clocks) failed."] * 2
    assert ["test_away.py" in line for line in lines] == [True, True], "its way"
    assert "Ada" not in "".join(lines)


async def test_dramatiqs_consumers_leave_it_to_one_line(
    service: Away, lines: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.coordination.jobs.REDIS", service)
    jobs = Jobs(Link("redis://127.0.0.1:1"))
    log = logging.getLogger("dramatiq.worker.ConsumerThread")
    for _ in range(25):
        log.critical("Consumer encountered a connection error: %s", ConnectionClosed(OSError()))
        for error in (ConnectionClosed(OSError()), TimeoutError()):
            try:
                raise error
            except Exception:
                log.critical("Consumer encountered an unexpected error.", exc_info=True)
    await jobs.stop()
    assert lines == ["It is gone. (ConnectionClosed)"]
    try:
        raise ZeroDivisionError
    except ZeroDivisionError:
        log.critical("Consumer encountered an unexpected error.", exc_info=True)
    assert lines[1].startswith("Consumer encountered an unexpected error.\n")
    assert lines[1].endswith("ZeroDivisionError")
