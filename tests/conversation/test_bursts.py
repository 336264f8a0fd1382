"""When words wait for what the customer writes next, when they do not, and that two processes read a burst once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa

from bot.conversation.bursts import LONGEST_WAIT, Burst, gather
from bot.conversation.state import Conversation, Message
from bot.conversation.turn import SURVEY_ANSWER, SURVEY_CONTROL, TurnInput
from bot.conversation.understood import GoesOn, Understood, intent
from bot.storage import tables
from channels.contract import Inbound
from survey_flows.reading import control
from tests.conversation.test_handler import Agent, Conversed, House
from tests.doubles import NOON, FrozenClock

HERE = Conversation(1, 1, "web", "sms", "ada", "en", "survey")
WAIT = 3.0


def at(seconds: float) -> str:
    clock = FrozenClock()
    clock.forward(seconds / 60)
    return clock.now()


def said(number: int, text: str, seconds: float = 0, **more: Any) -> Message:
    return Message(number, more.pop("kind", "message"), text, more.pop("picked", None), more, at(seconds))


async def read(message: Message) -> Understood:
    """As at a question in one's own words: STOP is a control, everything else an answer."""
    if message.text == "STOP":
        return Understood(intent(SURVEY_CONTROL), control("stop"))
    goes_on: GoesOn = "" if message.text.endswith("!!") else "answer"
    return Understood(intent(SURVEY_ANSWER), goes_on=goes_on)


async def never(_: Message) -> bool:
    return False


async def burst(*messages: Message, now: float = 0, here: Conversation = HERE, wait: float = WAIT) -> Burst:
    return await gather(replace(messages[0], then=messages[1:]), here, read, never, at(now), wait)


@pytest.mark.parametrize(
    ("text", "until"),
    [
        ("it was late", at(3)),
        ("it was late...", at(3)),
        ("late.", at(3)),
        ("it was late.", ""),
        ("was it late?", ""),
        (" ".join(["word"] * 20), ""),
        ("STOP", ""),
        ("done!!", ""),
    ],
)
async def test_only_what_may_go_on_waits(text: str, until: str) -> None:
    assert (await burst(said(1, text))).until == until


async def test_a_caller_never_waits_nor_does_the_choice_of_what_was_offered() -> None:
    assert (await burst(said(1, "late"), here=replace(HERE, channel="voice"))).until == ""
    assert (await burst(said(1, "late"), here=replace(HERE, guesses=[["parcel", "Parcel"]]))).until == ""


async def test_each_message_begins_the_wait_anew_and_all_are_one() -> None:
    found = await burst(said(1, "it was late"), said(2, "and nobody", 2), now=2)
    assert (found.message.text, found.message.id, found.message.parts) == ("it was late\nand nobody", 1, (2,))
    assert found.until == at(5)
    assert (await burst(said(1, "it was late"), said(2, "and nobody", 2), now=5)).until == ""


async def test_nobody_waits_for_ever() -> None:
    parts = [said(n, "and", n * 2.0) for n in range(1, 8)]
    assert (await burst(*parts, now=13)).until == at(2 + LONGEST_WAIT * WAIT)
    assert (await burst(*parts, now=14)).until == ""


async def test_what_waits_already_is_joined_without_any_wait() -> None:
    found = await burst(said(1, "it was late"), said(2, "and nobody came."), wait=0)
    assert (found.until, found.message.parts) == ("", (2,))


@pytest.mark.parametrize(
    "other",
    [
        said(2, "STOP"),
        said(2, "", picked={"question": "on_day", "value": True}),
        said(2, "it was lte", edited="r1"),
        said(2, "👍", reaction=True),
        said(2, "", media=["image/png"]),
        said(2, "and cold", hung_up=True),
        said(2, "", kind="timeout"),
        said(2, "done!!"),
    ],
)
async def test_what_is_a_message_of_its_own_ends_the_wait(other: Message) -> None:
    found = await burst(said(1, "it was late"), other, said(3, "and nobody"))
    assert (found.until, found.message.text, found.message.parts) == ("", "it was late", ())
    assert found.hushed == (other.text == "STOP")


class Lost(Agent):
    """Understands nothing. `meanwhile` is done while it thinks."""

    meanwhile: Any = None

    def language_of(self, text: str, language: str) -> tuple[str, float]:
        return language, 1.0

    async def understand(self, text: str, language: str) -> Mapping[str, Any]:
        return {"intent": {"name": "out_of_scope", "confidence": 0.9}}

    async def converse(self, turn: TurnInput, parse_data: Mapping[str, Any], tracker: str | None) -> Conversed:
        if self.meanwhile is not None:
            other, self.meanwhile = self.meanwhile, None
            await other()
        return await super().converse(turn, parse_data, tracker)


def house(store: Any, database: Any, clock: FrozenClock) -> House:
    made = House(store, database, Lost())
    made.handler.clock, made.handler.join_seconds = clock, WAIT
    return made


async def hear(store: Any, *texts: str) -> int:
    for number, text in enumerate(texts):
        here = (await store.accept(Inbound("web", "web", f"m{number}", "ada", text), NOON)).conversation
    return int(here)


async def test_the_wait_is_in_the_database_and_another_process_ends_it(store: Any, database: Any) -> None:
    here = await hear(store, "the blue", "one")
    hints: list[tuple[int, float]] = []
    first, clock = house(store, database, FrozenClock()), FrozenClock()
    first.handler.later = lambda conversation, seconds: hints.append((conversation, seconds))
    assert not await first.handler.handle_next(here)
    assert hints == [(here, 3.0)]
    assert await first.rows(tables.inbox, "status", "held_until") == [("new", at(3)), ("new", at(3))]
    assert list(await store.waiting(at(2))) == []
    assert list(await store.waiting(at(3))) == [here]

    clock.forward(0.05)
    second = house(store, database, clock)  # after a crash, or beside the first
    assert await second.handler.handle_next(here)
    assert [turn.said for turn in second.agent.turns] == ["the blue\none"]
    assert await second.rows(tables.inbox, "status", "joined_to") == [("done", None), ("done", 1)]


async def test_two_processes_at_once_answer_a_burst_once(store: Any, database: Any) -> None:
    here = await hear(store, "the blue one.", "in the shop.")
    one, two = house(store, database, FrozenClock()), house(store, database, FrozenClock())
    one.agent.meanwhile = lambda: two.handler.handle_next(here)
    await one.handler.handle_next(here)
    assert await one.rows(tables.outbox, "inbox_id") == [1]
    assert await one.rows(tables.inbox, "status", "joined_to") == [("done", None), ("done", 1)]


async def test_what_comes_while_the_bot_thinks_is_the_next_turn(store: Any, database: Any) -> None:
    here = await hear(store, "the blue one.")
    h = house(store, database, FrozenClock())
    h.agent.meanwhile = lambda: store.accept(Inbound("web", "web", "later", "ada", "in the shop."), NOON)
    assert await h.handler.handle_next(here)
    assert await h.rows(tables.inbox, "status") == ["done", "new"]
    assert await h.handler.handle_next(here)
    assert [turn.said for turn in h.agent.turns] == ["the blue one.", "in the shop."]


async def test_a_burst_of_which_a_part_is_done_already_is_looked_at_anew(store: Any, database: Any) -> None:
    here = await hear(store, "the blue one.", "in the shop.")
    h = house(store, database, FrozenClock())

    async def elsewhere() -> None:
        async with database.write() as connection:
            await connection.execute(sa.update(tables.inbox).where(tables.inbox.c.id == 2).values(status="done"))

    h.agent.meanwhile = elsewhere
    assert await h.handler.handle_next(here)
    assert await h.rows(tables.outbox, "id") == [], "nothing of the turn counts"
    assert await h.handler.handle_next(here)
    assert [turn.said for turn in h.agent.turns][-1] == "the blue one."
    assert await h.rows(tables.inbox, "status", "attempts") == [("done", 0), ("done", 0)]


async def test_the_wait_is_judged_by_when_the_messages_were_read(store: Any, database: Any) -> None:
    """A message that comes while we read, at the very end of the wait, is not left out of the answer."""
    here = await hear(store, "the blue one")
    clock = FrozenClock()
    h = house(store, database, clock)
    clock.forward(0.04)
    load = store.next_message

    async def slowly(*given: Any) -> Any:
        found = await load(*given)
        await store.accept(Inbound("web", "web", "late", "ada", "in the shop"), clock.now())
        clock.forward(0.02)
        return found

    store.next_message = slowly
    assert not await h.handler.handle_next(here)
    assert h.agent.turns == []
    assert await h.rows(tables.inbox, "status", "held_until") == [("new", at(3)), ("new", None)]
