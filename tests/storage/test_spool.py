"""What waits on disk while the database is gone."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
import sqlalchemy as sa

from bot.conversation.spooling import SECONDS, News, NotThere, Porch, Spooling
from bot.storage.spool import ASIDE, ATTEMPTS, Spool
from channels.contract import DeliveryStatus, Inbound
from tests.doubles import FrozenClock

STATUS = DeliveryStatus("twilio_sms", "SM1", "delivered")


def sms(number: int, provider: str = "twilio_sms") -> Inbound:
    return Inbound(provider, "sms", f"m{number}", "+4930901", f"Nummer {number} 👍", extra={"media": ["a"]})


def files(folder: Path) -> list[Path]:
    return list(folder.iterdir())


class Database:
    """Takes news in, unless it is gone, or full (it answers then); `broken` are the ids of messages that it never
    takes."""

    def __init__(self) -> None:
        self.gone = self.full = False
        self.broken: set[str] = set()
        self.taken: list[tuple[News, str]] = []

    async def take_in(self, news: News, at: str) -> bool:
        if self.gone:
            raise ConnectionError
        if self.full:
            raise sa.exc.OperationalError("INSERT", None, Exception("database or disk is full"))
        if isinstance(news, Inbound) and news.message_id in self.broken:
            raise ValueError("no such letter")
        self.taken.append((news, at))
        return True

    async def reachable(self) -> bool:
        return not self.gone


@pytest.fixture
def database() -> Database:
    return Database()


@pytest.fixture
def clock() -> FrozenClock:
    return FrozenClock()


@pytest.fixture
def make(database: Database, clock: FrozenClock, tmp_path: Path) -> Callable[[], Spooling]:
    """A process of the installation."""
    return lambda: Spooling(Spool(tmp_path, clock), ["twilio_sms"], database.take_in, database.reachable)


async def test_what_comes_while_the_database_is_gone_is_taken_in_later_in_order_and_as_of_then(
    database: Database, clock: FrozenClock, make: Callable[[], Spooling]
) -> None:
    database.gone = True
    spooling, came = make(), clock.at
    for news in (sms(1), STATUS, sms(2)):
        assert await spooling.receive(news)
    clock.forward(-60)  # a clock that is set back does not change the order
    assert await spooling.receive(sms(3))

    database.gone = False
    assert await make().look() == 1  # another process, after a restart

    assert [news for news, _ in database.taken] == [sms(1), STATUS, sms(2), sms(3)]
    assert database.taken[0][1] == came
    assert await make().look() == 0


async def test_a_newer_message_waits_for_the_older_ones(database: Database, make: Callable[[], Spooling]) -> None:
    spooling = make()
    database.gone = True
    await spooling.receive(sms(1))
    database.gone = False

    await spooling.receive(sms(2))

    assert [news for news, _ in database.taken] == [sms(1), sms(2)]


async def test_a_provider_that_sends_again_hears_of_the_failure(
    database: Database, make: Callable[[], Spooling], tmp_path: Path
) -> None:
    database.gone = True

    with pytest.raises(ConnectionError):
        await make().receive(sms(1, provider="telegram"))

    assert files(tmp_path) == []


async def test_when_the_disk_takes_nothing_either_the_provider_hears_so(
    database: Database, make: Callable[[], Spooling], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    database.gone = True

    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("bot.storage.spool.os.fsync", full)
    with pytest.raises(OSError, match="No space"):
        await make().receive(sms(1))

    assert files(tmp_path) == []


async def test_a_message_that_is_never_taken_is_set_aside_and_the_others_go_on(
    database: Database, make: Callable[[], Spooling], tmp_path: Path
) -> None:
    database.gone = True
    spooling = make()
    await spooling.receive(sms(1))
    await spooling.receive(sms(2))
    database.gone, database.broken = False, {"m1"}

    for _ in range(ATTEMPTS):
        await spooling.look()

    assert [news for news, _ in database.taken] == [sms(2)]
    [aside] = files(tmp_path / ASIDE)
    assert "Nummer 1" in aside.read_text(encoding="utf-8").encode().decode("unicode_escape")


async def test_while_the_databases_disk_is_full_nothing_is_set_aside(
    database: Database, make: Callable[[], Spooling], tmp_path: Path
) -> None:
    database.full = True
    spooling = make()
    await spooling.receive(sms(1))
    await spooling.receive(sms(2))
    for _ in range(ATTEMPTS + 1):
        await spooling.look()
    database.full = False
    await spooling.look()
    assert [news for news, _ in database.taken] == [sms(1), sms(2)]
    assert files(tmp_path) == [], "and there is no folder of what was set aside"


async def test_only_we_may_read_what_customers_wrote(
    database: Database, make: Callable[[], Spooling], tmp_path: Path
) -> None:
    database.gone = True
    await make().receive(sms(1))

    [file] = files(tmp_path)
    assert file.stat().st_mode & 0o777 == 0o600


async def test_when_what_waits_can_not_even_be_set_aside_the_new_message_waits_behind_it(
    database: Database, make: Callable[[], Spooling], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    database.gone = True
    spooling = make()
    await spooling.receive(sms(1))
    database.gone, database.broken = False, {"m1"}

    def gone(_file: Path, _target: Path) -> None:
        raise PermissionError

    monkeypatch.setattr(Path, "replace", gone)
    for number in range(ATTEMPTS + 1):
        assert await spooling.receive(sms(2 + number)), "a 503 would lose it"
    assert len([file for file in files(tmp_path) if file.suffix == ".json"]) == ATTEMPTS + 2


async def test_what_waits_and_the_new_message_have_one_time_together(
    database: Database, make: Callable[[], Spooling], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Twilio waits for 15 seconds: twice eight would be too long."""
    database.gone = True
    spooling = make()
    await spooling.receive(sms(1))
    database.gone = False
    limited: list[float] = []
    wait_for = asyncio.wait_for

    async def counted(work: Awaitable[bool], seconds: float) -> bool:
        limited.append(seconds)
        return await wait_for(work, seconds)

    monkeypatch.setattr("bot.conversation.spooling.asyncio.wait_for", counted)
    assert await spooling.receive(sms(2))
    assert sum(limited) <= SECONDS
    assert [news for news, _ in database.taken] == [sms(1), sms(2)]


async def test_when_the_provider_hangs_up_the_message_is_kept(
    database: Database, clock: FrozenClock, tmp_path: Path
) -> None:
    """It will not be sent again, and whether it was committed nobody knows: its id tells when it is taken in."""
    asked = asyncio.Event()

    async def never(_news: News, _at: str) -> bool:
        asked.set()
        await asyncio.Event().wait()
        return True

    spooling = Spooling(Spool(tmp_path, clock), ["twilio_sms"], never, database.reachable)
    receiving = asyncio.create_task(spooling.receive(sms(1)))
    await asked.wait()
    receiving.cancel()
    with pytest.raises(asyncio.CancelledError):
        await receiving
    assert len(files(tmp_path)) == 1


class SlowDisk:
    """Takes a file once it is told to (`ready`); `busy` is set while one waits for that."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.busy, self.ready = threading.Event(), threading.Event()
        self._write = Spool._write
        monkeypatch.setattr(Spool, "_write", lambda spool, name, content: self._slowly(spool, name, content))

    def _slowly(self, spool: Spool, name: str, content: str) -> None:
        self.busy.set()
        assert self.ready.wait(10)
        self._write(spool, name, content)

    async def is_busy(self) -> None:
        assert await asyncio.to_thread(self.busy.wait, 10)


async def test_what_is_being_written_goes_before_what_is_newer(
    database: Database, make: Callable[[], Spooling], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What waited is taken in meanwhile, and then the folder is empty for a moment."""
    database.gone = True
    spooling = make()
    await spooling.receive(sms(1))
    disk = SlowDisk(monkeypatch)
    second = asyncio.create_task(spooling.receive(sms(2)))
    await disk.is_busy()
    database.gone = False
    assert await spooling.look() == 0, "something is left"
    assert spooling.waiting
    third = asyncio.create_task(spooling.receive(sms(3)))
    disk.ready.set()
    assert await asyncio.gather(second, third) == [True, True]
    await spooling.look()
    assert [news for news, _ in database.taken] == [sms(1), sms(2), sms(3)]


async def test_a_file_that_is_written_sooner_than_an_older_one_waits_for_it(
    database: Database, clock: FrozenClock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spool = Spool(tmp_path, clock)
    disk = SlowDisk(monkeypatch)
    first = asyncio.create_task(spool.put(sms(1)))
    await disk.is_busy()
    monkeypatch.setattr(Spool, "_write", lambda _spool, name, content: disk._write(spool, name, content))
    await spool.put(sms(2))
    assert not await spool.replay(database.take_in, database.reachable)
    assert database.taken == []
    disk.ready.set()
    await first
    assert await spool.replay(database.take_in, database.reachable)
    assert [news for news, _ in database.taken] == [sms(1), sms(2)]


async def test_what_its_provider_hangs_up_on_is_written_to_its_end(
    clock: FrozenClock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spool, disk = Spool(tmp_path, clock), SlowDisk(monkeypatch)
    writing = asyncio.create_task(spool.put(sms(1)))
    await disk.is_busy()
    writing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await writing
    assert spool.look(), "nothing newer goes first"
    disk.ready.set()
    await asyncio.get_running_loop().shutdown_default_executor()
    assert len(spool) == 1


async def test_a_disk_that_takes_nothing_leaves_nothing_to_wait_for(
    clock: FrozenClock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("bot.storage.spool.os.fsync", full)
    spool = Spool(tmp_path, clock)
    with pytest.raises(OSError, match="No space"):
        await spool.put(sms(1))
    assert not spool.look()


@pytest.mark.parametrize(("once", "said"), [(["twilio_sms"], True), ([], False)])
def test_a_disk_that_takes_nothing_is_told_at_the_start(
    database: Database,
    clock: FrozenClock,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    once: list[str],
    said: bool,
) -> None:
    (tmp_path / "file").touch()
    Spooling(Spool(tmp_path / "file", clock), once, database.take_in, database.reachable).try_out()
    assert ("CONDUCTOR_SPOOL" in caplog.text) is said


async def test_before_the_house_is_there_the_porch_keeps_what_is_sent_once(
    database: Database, clock: FrozenClock, make: Callable[[], Spooling], tmp_path: Path
) -> None:
    """The database may not be migrated yet: it is not asked."""
    spooling, came = make(), clock.at
    porch = Porch(spooling)
    assert await porch.accept(sms(1))
    assert await porch.status(STATUS)
    assert database.taken == []
    with pytest.raises(NotThere):
        await porch.accept(sms(2, provider="telegram"))
    await spooling.receive(sms(3))
    assert [(news, at) for news, at in database.taken] == [(sms(1), came), (STATUS, came), (sms(3), "")]
    assert files(tmp_path) == []
