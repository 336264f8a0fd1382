"""What the handler does when something fails, and while a person owns the conversation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import pytest
import sqlalchemy as sa

from bot.conversation import operations as ops
from bot.conversation.handler import ATTEMPTS, Handler
from bot.conversation.late import too_late
from bot.conversation.live import InProcessEvents
from bot.conversation.ports import ConversationFailed
from bot.conversation.state import Conversation, Message, Response
from bot.conversation.turn import TurnInput, Uttered
from bot.recovery.desk import around_the_clock
from bot.storage import tables
from channels.contract import Inbound
from survey_flows.effects import Say
from tests.doubles import NOON, FrozenClock


@dataclass
class Conversed:
    uttered: tuple[Uttered, ...]
    tracker: str = "{}"
    actions: tuple[str, ...] = ("action_help",)


class Agent:
    """Says what it is told to say, or raises."""

    def __init__(self, error: Exception | None = None) -> None:
        self.error = error
        self.turns: list[TurnInput] = []
        self.forgotten: list[int] = []

    async def understand(self, text: str, language: str) -> Mapping[str, Any]:
        return {"intent": {"name": "greet", "confidence": 0.9}}

    async def converse(self, turn: TurnInput, parse_data: Mapping[str, Any], tracker: str | None) -> Conversed:
        self.turns.append(turn)
        if self.error:
            raise self.error
        return Conversed((Uttered(decision={"operations": [ops.encode(Say("Hello!"))]}),))

    def language_of(self, text: str, language: str) -> tuple[str, float]:
        return language, 1.0

    def forget(self, conversation: int) -> None:
        self.forgotten.append(conversation)


class House:
    def __init__(self, store: Any, database: Any, agent: Agent) -> None:
        self.store, self.database, self.agent = store, database, agent
        self.handler = Handler(store, agent, None, InProcessEvents(), FrozenClock(), around_the_clock())  # type: ignore[arg-type]
        self.count = 0

    async def say(self, text: str) -> int:
        self.count += 1
        accepted = await self.store.accept(Inbound("web", "web", f"m{self.count}", "ada", text), NOON)
        return int(accepted.conversation)

    async def handle_all(self, here: int) -> None:
        """As the worker does: until nothing is left, and a failed message again at the next look."""
        for _ in range(50):
            if not await self.handler.handle_next(here) and not await self.store.waiting(NOON):
                return
        raise AssertionError("the messages never came to an end")

    async def rows(self, table: sa.Table, *columns: str) -> list[Any]:
        async with self.database.read() as connection:
            found = (await connection.execute(sa.select(table).order_by(table.c.id))).mappings()
            return [row[columns[0]] if len(columns) == 1 else tuple(row[c] for c in columns) for row in found]


@pytest.fixture
def house(store: Any, database: Any) -> Any:
    return lambda error=None: House(store, database, Agent(error))


async def test_a_message_is_answered_and_done(house: Any) -> None:
    h = house()
    await h.handle_all(await h.say("hi"))
    assert await h.rows(tables.inbox, "status") == ["done"]
    assert await h.rows(tables.outbox, "role") == ["notice"]


async def test_the_same_message_twice_is_handled_once(house: Any) -> None:
    h = house()
    here = await h.say("hi")
    h.count = 0
    await h.say("hi")
    await h.handle_all(here)
    assert len(h.agent.turns) == 1


async def test_when_rasa_fails_a_person_takes_over_and_the_customer_is_told(house: Any) -> None:
    h = house(ConversationFailed("an action failed"))
    await h.handle_all(await h.say("hi"))
    assert await h.rows(tables.conversations, "owner") == ["human"]
    assert await h.rows(tables.cases, "reason", "priority") == [("failure", "urgent")]
    assert len(await h.rows(tables.outbox, "id")) == 1
    assert h.agent.forgotten == [1]


async def test_a_poison_message_is_set_aside_and_the_conversation_goes_on(house: Any) -> None:
    h = house(RuntimeError("unforeseen"))
    here = await h.say("poison")
    await h.handle_all(here)
    assert await h.rows(tables.inbox, "status", "attempts") == [("parked", ATTEMPTS)]
    assert await h.rows(tables.cases, "reason") == ["failure"]
    await h.say("are you there?")
    await h.handle_all(here)
    assert await h.rows(tables.inbox, "status") == ["parked", "done"]


async def test_while_a_person_owns_it_the_bot_is_silent_and_an_invitation_waits(house: Any) -> None:
    h = house()
    here = await h.say("hi")
    async with h.database.write() as connection:
        await connection.execute(sa.update(tables.conversations).values(owner="human", agent="Kim"))
        await connection.execute(
            sa.insert(tables.inbox).values(
                conversation_id=here, provider="conductor", message_id="i", kind="invite", received_at=NOON
            )
        )
    await h.handle_all(here)
    assert h.agent.turns == []
    assert await h.rows(tables.outbox, "id") == []
    assert await h.rows(tables.inbox, "kind", "status") == [("message", "done"), ("invite", "waiting")]


async def test_stop_works_while_a_person_owns_the_conversation_and_the_person_keeps_it(house: Any) -> None:
    h = house()
    here = await h.say("STOP")
    async with h.database.write() as connection:
        await connection.execute(sa.update(tables.conversations).values(owner="human", agent="Kim"))
    await h.handle_all(here)
    assert [at is not None for at in await h.rows(tables.contacts, "opted_out_at")] == [True]
    assert await h.rows(tables.conversations, "owner", "agent") == [("human", "Kim")]
    assert await h.rows(tables.outbox, "role") == ["notice"]
    assert h.agent.turns == []


async def test_no_text_of_a_customer_is_longer_than_what_is_read(house: Any) -> None:
    h = house()
    await h.handle_all(await h.say("x" * 100_000))
    assert len(h.agent.turns[0].said) == 10_000
    assert [len(t) for t in await h.rows(tables.inbox, "text")] == [100_000], "all of it is stored"


async def test_setting_aside_and_calling_a_person_are_one_step(house: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    h = house(RuntimeError("unforeseen"))
    here = await h.say("poison")
    parked: list[bool] = []
    failed = h.store.failed

    async def dies_before_parking(message: Any, error: str, park: bool, now: str) -> None:
        parked.append(park)
        await failed(message, error, park, now)

    monkeypatch.setattr(h.store, "failed", dies_before_parking)
    await h.handle_all(here)
    assert parked == [False] * (ATTEMPTS - 1), "parked in a transaction of its own: a crash after it means silence"
    assert await h.rows(tables.conversations, "owner") == ["human"]


async def test_when_not_even_the_hand_over_can_be_stored_the_next_message_has_its_turn(
    house: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    h = house()
    here = await h.say("poison")
    await h.say("next")
    commit = h.store.commit

    async def refuses_the_first(outcome: Any) -> None:
        if outcome.message.text == "poison":
            raise RuntimeError("no row takes it")
        await commit(outcome)

    monkeypatch.setattr(h.store, "commit", refuses_the_first)
    await h.handle_all(here)
    assert await h.rows(tables.inbox, "status") == ["parked", "done"]


async def test_a_commit_whose_confirmation_was_lost_is_not_handled_again(
    house: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    h = house()
    here = await h.say("hi")
    commit = h.store.commit

    async def loses_the_line(outcome: Any) -> None:
        await commit(outcome)
        raise ConnectionError("the server closed the connection")

    monkeypatch.setattr(h.store, "commit", loses_the_line)
    await h.handle_all(here)
    assert await h.rows(tables.inbox, "status") == ["done"]
    assert len(h.agent.turns) == 1


async def test_no_words_of_the_customer_get_into_the_log_or_the_error(
    house: Any, caplog: pytest.LogCaptureFixture
) -> None:
    secret = "my number is 0170 1234567"
    h = house(ValueError(f"can't read {secret!r}"))
    await h.handle_all(await h.say(secret))
    [error] = await h.rows(tables.inbox, "error")
    assert error.startswith("ValueError at ")
    assert secret not in error + caplog.text


async def test_an_invitation_that_fails_is_no_reason_to_write_to_anybody(house: Any) -> None:
    h = house(ConversationFailed("an action failed"))
    here = await h.say("hi")
    async with h.database.write() as connection:
        await connection.execute(sa.update(tables.inbox).values(kind="invite"))
    await h.handle_all(here)
    assert await h.rows(tables.inbox, "status") == ["parked"]
    assert await h.rows(tables.outbox, "id") == []
    assert await h.rows(tables.conversations, "owner") == ["bot"]


@pytest.mark.parametrize("kind", ["expire", "timeout"])
async def test_the_clock_of_an_earlier_response_does_not_strike_the_next(kind: str) -> None:
    response = Response(2, "nps", "f", "t", False, "{}", timeout_at=NOON)
    here = Conversation(1, 1, "web", "web", "ada", "en", "survey", response=response)
    struck = Message(1, kind, "", None, {"response": 1, "at": NOON}, NOON)
    assert too_late(struck, here)
    assert not too_late(replace(struck, payload={"response": 2, "at": NOON}), here)
