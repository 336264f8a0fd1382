"""Two processes, one customer, fifty messages at once: in order, nothing lost, each answered once; with Redis, and with
Redis killed in the middle."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
import yaml

from bot.bootstrap import Conductor
from bot.storage.tables import inbox, outbox
from channels.contract import Inbound
from tests.backends import Backend
from tests.faults.many import Process, Provider, conductor, rows, until

MESSAGES = 50


@pytest.fixture
def counting(tmp_path: Path) -> Path:
    """A survey of fifty questions for a number: the n-th answer belongs to the n-th message."""
    questions = [
        {"id": f"q{number}", "type": "number", "text": {"en": f"Number {number}?"}} for number in range(MESSAGES)
    ]
    survey = {"format": 1, "key": "counting", "title": {"en": "Counting"}, "touchpoint": "test", "languages": ["en"]}
    survey |= {"questions": questions, "endings": {"done": {"text": {"en": "Counted."}}}}
    folder = tmp_path / "surveys"
    folder.mkdir()
    (folder / "counting.yml").write_text(yaml.safe_dump(survey, sort_keys=False))
    return folder


async def _nothing_left(here: Conductor) -> bool:
    left = sa.select(sa.func.count()).where(inbox.c.status == "new")
    unsent = sa.select(sa.func.count()).where(outbox.c.status.in_(("queued", "sending")))
    async with here.database.read() as connection:
        messages = (await connection.execute(sa.select(sa.func.count()).select_from(inbox))).scalar()
        counts = [(await connection.execute(query)).scalar() for query in (left, unsent)]
    return messages == MESSAGES + 1 and counts == [0, 0]


@pytest.mark.timeout(180)
@pytest.mark.parametrize("redis", ["stays", "is killed and comes back", "is gone"])
def test_fifty_messages_at_once_to_two_processes(
    redis: str, grown: Backend, counting: Path, tmp_path: Path, rasa_agent: Any
) -> None:
    provider = Provider(tmp_path / "provider.txt")
    assert grown.redis is not None

    async def begin(_process: Process) -> None:
        here = conductor(grown, rasa_agent, provider, surveys=counting)
        await here.prepare()
        await here.start_survey("counting", provider="web", channel="web", address="ada", language="en")
        await here.settle()
        await here.stop()

    async def half(process: Process, which: int) -> None:
        here = conductor(grown, rasa_agent, provider, surveys=counting)
        await here.start()
        process.tell()
        messages = [Inbound("web", "web", f"m{n}", "ada", str(n)) for n in range(which, MESSAGES, 2)]
        await asyncio.gather(*(here.accept(message) for message in messages))
        process.tell()
        await until(lambda: _nothing_left(here))
        await here.stop()

    assert Process(begin).end() == 0
    if redis == "is gone":
        grown.redis.kill()
    both = [Process(lambda process, n=n: half(process, n)) for n in range(2)]  # type: ignore[misc]
    for process in both * 2:
        process.told()
    if redis == "is killed and comes back":
        grown.redis.kill()
        grown.redis.start()
    assert [process.end() for process in both] == [0, 0]

    said = rows(grown, "select text from inbox where kind = 'message' order by id")
    assert sorted(int(text) for (text,) in said) == list(range(MESSAGES)), "each was taken in once"
    answers = "select value from answers where state = 'current' order by substr(node, 2)::int"
    assert [value for (value,) in rows(grown, answers)] == [text for (text,) in said], "the n-th answers the n-th"
    assert rows(grown, "select count(*) from answers") == [(MESSAGES,)]
    assert rows(grown, "select status, count(*) from inbox group by status") == [("done", MESSAGES + 1)]
    assert rows(grown, "select max(attempts) from inbox") == [(0,)], "meeting another process is no failure"
    replies = rows(grown, "select i.id from outbox o join inbox i on i.id = o.inbox_id order by o.id")
    assert replies == sorted(replies), "replies are in the order of what they answer"
    sent = [f"out-{number}" for (number,) in rows(grown, "select id from outbox order by id")]
    assert provider.taken() == sent, "each was sent once, in order"


@pytest.mark.timeout(120)
@pytest.mark.parametrize("redis", ["is there", "is gone"])
def test_a_person_takes_over_in_one_process_while_the_other_is_in_a_turn(
    redis: str, grown: Backend, tmp_path: Path, rasa_agent: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With locks the takeover waits for the turn; without them the turn notices, and leaves the message to the
    person."""
    provider, claimed = Provider(tmp_path / "provider.txt"), tmp_path / "claimed"
    assert grown.redis is not None
    if redis == "is gone":
        grown.redis.kill()

    async def bot(process: Process) -> None:
        here = conductor(grown, rasa_agent, provider)
        await here.prepare()
        await here.start()
        answer = rasa_agent.converse

        async def slowly(turn: Any, *rest: Any) -> Any:
            said = await answer(turn, *rest)
            process.tell()
            if redis == "is gone":
                await until(_exists)
            return said

        async def _exists() -> bool:
            return claimed.exists()

        monkeypatch.setattr(rasa_agent, "converse", slowly)
        await here.accept(Inbound("web", "web", "m1", "ada", "What are your opening hours?"))
        await until(_exists)
        await here.accept(Inbound("web", "web", "m2", "ada", "And on Sunday?"))
        await until(lambda: _handled(here))
        await here.stop()

    async def person(_process: Process) -> None:
        here = conductor(grown, rasa_agent, provider)
        await here.start_together()
        [(conversation,)] = rows(grown, "select id from conversations")
        await here.takeover.claim(conversation, "Kim")
        claimed.touch()
        await here.stop()

    talking = Process(bot)
    talking.told()  # m1's turn is thought out, and not written
    assert Process(person).end() == 0
    assert talking.end() == 0

    assert rows(grown, "select owner, agent from conversations") == [("human", "Kim")]
    assert rows(grown, "select status, attempts from inbox where kind = 'message'") == [("done", 0)] * 2
    of_the_bot = rows(grown, "select inbox_id from outbox where sender = 'bot'")
    answered = {number for (number,) in of_the_bot}
    first, second = (number for (number,) in rows(grown, "select id from inbox where kind = 'message' order by id"))
    assert second not in answered, "the bot is silent while a person has the conversation"
    if redis == "is gone":
        assert first not in answered, "the turn was thought out before, and not written"


async def _handled(here: Conductor) -> bool:
    left = sa.select(sa.func.count()).where(inbox.c.status == "new")
    async with here.database.read() as connection:
        return (await connection.execute(left)).scalar() == 0
