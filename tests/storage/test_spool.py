"""What waits on disk while the database is gone."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from bot.conversation.spooling import News, Spooling
from bot.storage.spool import ASIDE, ATTEMPTS, Spool
from channels.contract import DeliveryStatus, Inbound
from tests.doubles import FrozenClock

STATUS = DeliveryStatus("twilio_sms", "SM1", "delivered")


def sms(number: int, provider: str = "twilio_sms") -> Inbound:
    return Inbound(provider, "sms", f"m{number}", "+4930901", f"Nummer {number} 👍", extra={"media": ["a"]})


def files(folder: Path) -> list[Path]:
    return list(folder.iterdir())


class Database:
    """Takes news in, unless it is gone; `broken` are the ids of messages that it never takes."""

    def __init__(self) -> None:
        self.gone = False
        self.broken: set[str] = set()
        self.taken: list[tuple[News, str]] = []

    async def take_in(self, news: News, at: str) -> bool:
        if self.gone or (isinstance(news, Inbound) and news.message_id in self.broken):
            raise ConnectionError
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


async def test_only_we_may_read_what_customers_wrote(
    database: Database, make: Callable[[], Spooling], tmp_path: Path
) -> None:
    database.gone = True
    await make().receive(sms(1))

    [file] = files(tmp_path)
    assert file.stat().st_mode & 0o777 == 0o600
