"""What waits on disk while the database is gone."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from bot.conversation.spooling import SECONDS, News, NotThere, Porch, Spooling
from bot.conversation.state import Outcome
from bot.storage.engine import Database as Stored
from bot.storage.spool import ASIDE, ASIDE_DAYS, ATTEMPTS, HALF_DAYS, Spool
from bot.storage.store import SqlStore
from channels.contract import DeliveryStatus, Inbound
from tests.backends import Backend
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


def by(number: int, address: str, channel: str = "sms") -> Inbound:
    return Inbound(f"twilio_{channel}", channel, f"m{number}", address, "My name is Ada.")


async def test_who_is_forgotten_is_forgotten_on_disk_too(clock: FrozenClock, tmp_path: Path) -> None:
    spool, ada = Spool(tmp_path, clock), "+4930901820"
    for news in (by(1, ada), by(2, "+4930901821"), by(3, ada, "whatsapp"), by(4, ada, "voice"), STATUS):
        await spool.put(news)
    aside = tmp_path / ASIDE
    aside.mkdir()
    first = sorted(file for file in files(tmp_path) if file.suffix == ".json")[0]
    first.replace(aside / first.name)
    (tmp_path / "broken.json").write_text("{", encoding="utf-8")
    wished = clock.now()
    clock.forward(60)
    await spool.put(by(5, ada))  # what they have written since is no part of the wish

    assert await spool.forget({("sms", ada), ("whatsapp", ada)}, wished) == 2

    (tmp_path / "broken.json").unlink()
    assert files(aside) == []
    left: list[News] = []

    async def take_in(news: News, _at: str) -> bool:
        left.append(news)
        return True

    async def reachable() -> bool:
        return True

    await spool.replay(take_in, reachable)
    assert left == [by(2, "+4930901821"), by(4, ada, "voice"), STATUS, by(5, ada)]


async def test_a_wish_to_be_forgotten_reaches_the_disk(tmp_path: Path, clock: FrozenClock, backend: Backend) -> None:
    """On every channel of theirs, when the turn is written that forgets them."""
    here, spool = Stored(backend.database_url), Spool(tmp_path / "spool", clock)
    store = SqlStore(here, spool=spool)
    try:
        for number, channel in enumerate(("whatsapp", "sms")):
            wish = await store.accept(by(number, "+4930901820", channel), clock.now())
        for news in (by(7, "+4930901820"), by(8, "+4930901820", "whatsapp"), by(9, "+4930901821")):
            await spool.put(news)
        outcome = Outcome(*(await store.next_message(wish.conversation) or pytest.fail("no message")), clock.now())
        outcome.forget_contact = True
        await store.commit(outcome)
    finally:
        await here.close()
    assert [json.loads(file.read_text())["news"]["message_id"] for file in files(tmp_path / "spool")] == ["m9"]


async def test_what_is_old_is_deleted(
    clock: FrozenClock, make: Callable[[], Spooling], database: Database, tmp_path: Path, caplog: Any
) -> None:
    """A file that was never finished, and what could not be taken in. What waits is kept, however long it takes."""
    spool, aside = Spool(tmp_path, clock), tmp_path / ASIDE
    aside.mkdir()
    await spool.put(sms(1))
    await spool.put(sms(2))
    waiting, other = sorted(file for file in files(tmp_path) if file.suffix == ".json")
    other.replace(aside / other.name)
    waiting.with_name(f"{waiting.name}.half").write_text("{", encoding="utf-8")
    database.gone = True

    async def left_after(days: int) -> list[int]:
        clock.forward(days * 24 * 60)
        await make().tidy()
        where = ((tmp_path, "*.half"), (aside, "*"), (tmp_path, "*.json"))
        return [len(list(folder.glob(name))) for folder, name in where]

    assert await left_after(HALF_DAYS) == [1, 1, 1]
    assert await left_after(1) == [0, 1, 1]
    assert await left_after(ASIDE_DAYS - HALF_DAYS - 1) == [0, 1, 1]
    assert "deleted" not in caplog.text
    assert await left_after(1) == [0, 0, 1]
    assert f"1 messages that could not be taken in were deleted: {ASIDE_DAYS} days old." in caplog.text


async def test_it_is_tidied_once_a_day(clock: FrozenClock, tmp_path: Path) -> None:
    spool, old = Spool(tmp_path, clock), tmp_path / "2020-01-01T000000-1.json.half"
    old.touch()
    assert await spool.tidy() == 1
    old.touch()
    assert await spool.tidy() == 0
    clock.forward(24 * 60)
    assert await spool.tidy() == 1
    assert await Spool(tmp_path / "never", clock).tidy() == 0, "there is no folder yet"
