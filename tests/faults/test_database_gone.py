"""PostgreSQL is killed while customers write, and comes back: nothing is lost, and the order is kept."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from bot.bootstrap import Conductor
from bot.storage.tables import answers, inbox, outbox
from channels.contract import Inbound
from tests.backends import Backend, MortalPostgres, empty_database, mortal_postgres
from tests.faults.many import Provider, conductor, until


class Once(Provider):
    """As Twilio: it sends a webhook once."""

    sends_once = True


@pytest.fixture
def postgres_here() -> Iterator[MortalPostgres]:
    with mortal_postgres() as server:
        yield server


def sms(message_id: str, text: str) -> Inbound:
    return Inbound("web", "sms", message_id, "+49301", text)


async def one(here: Conductor, query: Any) -> list[Any]:
    async with here.database.read() as connection:
        return list(await connection.execute(query))


async def settled(here: Conductor) -> bool:
    with suppress(Exception):  # it is starting up
        waiting = sa.select(inbox.c.id).where(inbox.c.status == "new")
        unsent = sa.select(outbox.c.id).where(outbox.c.status.in_(("queued", "sending")))
        return not here.spooling.waiting and not await one(here, waiting) and not await one(here, unsent)
    return False


@pytest.mark.timeout(180)
async def test_what_is_written_meanwhile_is_answered_when_it_is_back(
    postgres_here: MortalPostgres, tmp_path: Path, rasa_agent: Any
) -> None:
    provider = Once(tmp_path / "provider.txt")
    backend = Backend("grown", empty_database(postgres_here.socket))
    here = conductor(backend, rasa_agent, provider, spool=tmp_path / "spool")
    await here.prepare()
    await here.start()
    try:
        await here.accept(sms("m1", "I want to give feedback"))
        await until(lambda: settled(here))

        postgres_here.kill()
        assert await here.accept(sms("m2", "9"))
        assert await here.accept(sms("m2", "9"))  # a duplicate does no harm
        assert await here.accept(sms("m3", "agent"))
        postgres_here.start()
        await until(lambda: settled(here))

        assert await one(here, sa.select(answers.c.value).where(answers.c.state == "current")) == [("9",)]
        done = await one(here, sa.select(inbox.c.message_id, inbox.c.status).order_by(inbox.c.id))
        assert [row for row in done if row[0].startswith("m")] == [("m1", "done"), ("m2", "done"), ("m3", "done")]
        assert len(set(provider.taken())) == len(provider.taken())
    finally:
        await here.stop()
