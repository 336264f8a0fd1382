"""A letter that can't be read, as a newer version might write one, fails alone; on both databases."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import fields

import pytest
import sqlalchemy as sa

from bot.conversation.ports import Assignment
from bot.storage import letters
from bot.storage.calls import SqlCalls
from bot.storage.engine import Database
from bot.storage.outbox import SqlOutbox
from bot.storage.tables import outbox
from bot.storage.takeover import SqlTakeoverStore
from bot.storage.unreadable import UNREADABLE
from channels.contract import Outbound
from survey_flows.prompt import Choice, Prompt
from tests.storage.seeding import Seed

NOW = "2026-11-22T12:00:00.000000+00:00"
POINTS = tuple(Choice(n, str(n)) for n in range(11))
DOUBT = Prompt("score", "scale", "Did you mean 3 or 4?", "en", POINTS, meant=(3, 4))
DAMAGED = [
    "My boss shouts",
    "[]",
    "{}",
    '{"text": "My boss shouts", "prompt": {"question": "score"}, "role": "notice", "sender": "bot"}',
    '{"text": "My boss shouts", "prompt": 7, "role": "notice", "sender": "bot"}',
    '{"text": "My boss shouts", "prompt": {"choices": [7]}, "role": "notice", "sender": "bot"}',
]


async def written(database: Database, *damaged: str, channel: str = "sms") -> int:
    """The conversation of a letter for each payload, and of one more ("Good day!") behind them."""
    seed = Seed(database)
    _, here = await seed.customer(channel)
    for payload in (*damaged, letters.payload(Outbound("Good day!"))):
        facts = {"role": "notice", "sender": "bot", "payload": payload, "created_at": NOW, "next_attempt_at": NOW}
        await seed.insert(outbox, conversation_id=here, **facts)
    return here


async def states(database: Database) -> Sequence[tuple[str, str | None]]:
    async with database.read() as connection:
        query = sa.select(outbox.c.status, outbox.c.error).order_by(outbox.c.id)
        return [(row.status, row.error) for row in await connection.execute(query)]


@pytest.mark.parametrize("payload", DAMAGED)
async def test_a_letter_that_cannot_be_read_fails_alone(
    database: Database, payload: str, caplog: pytest.LogCaptureFixture
) -> None:
    other = await written(database, channel="whatsapp")
    here = await written(database, payload)
    box = SqlOutbox(database)
    assert [letter.conversation for letter in await box.due(NOW, 9)] == [other]
    assert [letter.conversation for letter in await box.due(NOW, 9)] == [other, here], "what stood behind it goes on"
    assert await states(database) == [("queued", None), ("failed", UNREADABLE), ("queued", None)]
    assert "can't be read" in caplog.text
    assert "boss" not in caplog.text


async def test_more_of_them_than_are_taken_at_a_time_hide_no_letter(database: Database) -> None:
    here = await written(database, *DAMAGED)
    [letter] = await SqlOutbox(database).due(NOW, 1, conversation=here)
    assert letter.message.text == "Good day!"


async def test_a_caller_hears_what_can_be_read(database: Database) -> None:
    here = await written(database, *DAMAGED)
    assert [said.text for said in await SqlCalls(database).collect(here, 1, NOW)] == ["Good day!"]


async def test_a_person_can_take_the_conversation_all_the_same(database: Database) -> None:
    here = await written(database, *DAMAGED)
    given = Assignment("support", "normal", NOW, NOW)
    assert await SqlTakeoverStore(database).claim(here, "bob", given, NOW)


async def test_what_was_probably_meant_is_written_beside_the_prompt(database: Database) -> None:
    """The version before this one raises for a field of a prompt that it does not know, and reads no others."""
    payload = letters.payload(Outbound(prompt=DOUBT, role="question"))
    assert set(json.loads(payload)["prompt"]) == {field.name for field in fields(Prompt)} - {"meant"}
    assert letters.message_from(payload).prompt == DOUBT
    within = json.dumps({**json.loads(payload), "prompt": letters.prompt_in(json.loads(payload))})
    assert letters.message_from(within).prompt == DOUBT, "as it was written for a while"
