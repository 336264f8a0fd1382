"""PostgreSQL is killed under a real server: who sends again hears 503, what Twilio sends once waits on disk, and both
are answered when it is back."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.backends import Backend, MortalPostgres, empty_database, mortal_postgres
from tests.live.town import Customer, town

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]

LOOKS = 600
"""At most so often, with a twentieth of a second between, it is looked whether somebody has been answered."""


@pytest.fixture
def postgres_here() -> Iterator[MortalPostgres]:
    with mortal_postgres() as server:
        yield server


async def answered(customer: Customer, texts: int) -> list[str]:
    """What the customer was sent, once that is so many texts."""
    for _ in range(LOOKS):
        if len(shown := customer.shown()) >= texts:
            return shown
        await asyncio.sleep(0.05)
    raise AssertionError(f"{texts} texts were expected: {shown}")


def spooled(folder: Path) -> int:
    return len(list(folder.glob("*.json")))


async def emptied(folder: Path) -> None:
    """A file goes when its message is in the database, which may be answered by then."""
    for _ in range(200):
        if not spooled(folder):
            return
        await asyncio.sleep(0.05)
    raise AssertionError(f"{spooled(folder)} files stayed in the spool")


async def test_twilio_waits_on_disk_and_telegram_sends_again(
    postgres_here: MortalPostgres, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spool = tmp_path / "spool"
    monkeypatch.setenv("CONDUCTOR_SPOOL", str(spool))
    backend = Backend("grown", empty_database(postgres_here.socket))
    async with town(tmp_path, backend) as here:
        texting, chatting = here.customer("sms", 1), here.customer("telegram", 1)
        await texting.does("says", "I want to give feedback")
        before = len(await answered(texting, 1))

        postgres_here.kill()
        await texting.does("says", "9")  # 200
        assert await here.telegram.say(int(chatting.address), "I want to give feedback") == 503
        assert spooled(spool) == 1, "Twilio's alone: Telegram sends again"

        postgres_here.start()
        await answered(texting, before + 1)
        await emptied(spool)
        assert backend.rows("select value from answers where state = 'current'") == [("9",)]
        assert await here.telegram.say(int(chatting.address), "I want to give feedback") == 200
        assert await answered(chatting, 1)
