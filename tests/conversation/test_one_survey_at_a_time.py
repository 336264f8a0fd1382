"""One survey at a time for each contact and channel: a second invitation waits its turn. The house is the whole one;
only Rasa is played, by calling the use case that it would call."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import asdict
from typing import Any

import pytest
import sqlalchemy as sa

from bot.conversation import operations as ops
from bot.conversation.turn import TurnInput, Uttered
from bot.conversation.use_cases import Facts, House, opt_out, survey_start, survey_step
from bot.storage import tables
from tests.backends import Backend
from tests.conversation.test_handler import Conversed
from tests.journeys.stage import Stage

FIRST, SECOND = "delivery_nps", "relationship_nps"
YEAR = 366 * 24 * 60
ENDED = ops.encode(ops.Session("{}", "completed", None))


class Agent:
    house: House

    def language_of(self, text: str, language: str) -> tuple[str, float]:
        return language, 1.0

    async def understand(self, text: str, language: str) -> Mapping[str, Any]:
        return {"intent": {"name": "greet", "confidence": 0.9}}

    async def converse(self, turn: TurnInput, parse_data: Mapping[str, Any], tracker: str | None) -> Conversed:
        if turn.said == "that was all":
            return Conversed((Uttered(decision={"operations": [ENDED]}),))
        use_case = survey_start if turn.kind == "invite" else opt_out if turn.said == "STOP" else survey_step
        return Conversed((Uttered(decision=asdict((await use_case(turn, self.house, Facts())).decision)),))

    def forget(self, conversation: int) -> None:
        """Nothing is remembered."""


@pytest.fixture
async def stage(backend: Backend) -> AsyncIterator[Stage]:
    agent = Agent()
    stage = Stage(backend, agent)
    agent.house = House(stage.conductor.catalogue, stage.conductor.desk)
    await stage.open()
    yield stage
    await stage.close()


async def rows(stage: Stage, table: sa.Table, *columns: str) -> list[tuple[Any, ...]]:
    async with stage.conductor.database.read() as connection:
        found = await connection.execute(sa.select(*(table.c[c] for c in columns)).order_by(table.c.id))
        return [tuple(row) for row in found]


async def begin(stage: Stage, *surveys: str) -> None:
    for survey in surveys:
        await stage.turn({"start": survey})


async def surveys(stage: Stage) -> list[tuple[Any, ...]]:
    return await rows(stage, tables.responses, "survey_key", "status")


async def test_the_second_waits_and_is_not_heard_of(stage: Stage) -> None:
    await begin(stage, FIRST)
    assert await stage.turn({"start": SECOND}) == []
    assert await surveys(stage) == [(FIRST, "active")]
    assert await rows(stage, tables.inbox, "status") == [("done",), ("waiting",)]
    assert await rows(stage, tables.invitations, "status") == [("sent",), ("queued",)]


async def test_when_the_first_is_completed_the_second_starts_by_itself_once(stage: Stage) -> None:
    await begin(stage, FIRST, SECOND)
    assert await stage.turn({"say": "that was all"}), "the second survey's first question"
    assert await stage.turn({"wait": "1m"}) == []
    assert await surveys(stage) == [(FIRST, "completed"), (SECOND, "active")]
    assert await rows(stage, tables.invitations, "status") == [("sent",), ("sent",)]


async def test_when_the_first_expires_the_second_starts(stage: Stage) -> None:
    await begin(stage, FIRST, SECOND)
    stage.clock.forward(YEAR)
    await stage.conductor.settle()
    assert (await surveys(stage))[:2] == [(FIRST, "expired"), (SECOND, "active")]


async def test_who_opts_out_is_not_asked_again(stage: Stage) -> None:
    await begin(stage, FIRST, SECOND)
    await stage.turn({"say": "STOP"})
    assert await surveys(stage) == [(FIRST, "stopped")]
    assert (await rows(stage, tables.invitations, "status", "reason"))[1] == ("skipped", "the contact opted out")


async def test_of_two_that_wait_for_the_same_survey_one_starts(stage: Stage) -> None:
    await begin(stage, FIRST, SECOND, SECOND)
    await stage.turn({"say": "that was all"})
    assert await surveys(stage) == [(FIRST, "completed"), (SECOND, "active")]
    assert [status for (status,) in await rows(stage, tables.invitations, "status")] == ["sent", "sent", "skipped"]


async def test_a_waiting_invitation_goes_out_through_its_own_provider(stage: Stage) -> None:
    """The first survey is tried out in the playground; the second is meant for the real channel."""
    await begin(stage, FIRST, SECOND)
    async with stage.conductor.database.write() as connection:
        changed = sa.func.replace(tables.inbox.c.payload, '"provider": "web"', '"provider": "slack"')
        waiting = tables.inbox.c.status == "waiting"
        await connection.execute(sa.update(tables.inbox).where(waiting).values(payload=changed))
    await stage.turn({"say": "that was all"})
    assert await rows(stage, tables.conversations, "provider") == [("slack",)]
