"""What an edited message is: said anew, a correction, too late, or nothing. A table, for what no journey plays."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa

from bot.conversation.editing import judge
from bot.conversation.state import Conversation, Message, Original, Response
from bot.storage import tables
from bot.storage.store import SqlStore
from channels.contract import Inbound
from tests.doubles import NOON

OPEN = Response(1, "delivery_nps", "f1", "delivery", False, "{}")
OTHER = replace(OPEN, id=2)
HERE = Conversation(1, 1, "web", "web", "ada", "en", "survey", response=OPEN)
ANSWER = Original("8", True, "score", OPEN, "active")
DONE = Original("8", False, "score", OTHER, "completed", NOON)


def edit(text: str = "7") -> Message:
    return Message(9, "message", text, None, {"edited": "r1", "media": "photo"}, NOON)


BUSY = replace(HERE, response=None)


@pytest.mark.parametrize(
    ("original", "here", "verdict", "heard"),
    [
        (ANSWER, HERE, "correct", "9, stop"),
        (DONE, BUSY, "correct", "9, stop"),
        (DONE, HERE, "say", "STOP"),  # another survey is open: its question is not answered by it
        (replace(DONE, status="expired"), HERE, "say", "STOP"),
        (Original("where", False), HERE, "say", "STOP"),
        (Original("", True), HERE, "say", "STOP"),
        (None, HERE, "say", "STOP"),
        (Original("where", True), HERE, "say", "9, stop"),
        (Original("9, stop", False), HERE, "nothing", "9, stop"),
    ],
)
def test_a_stop_beside_an_answer_is_always_heard(
    original: Original | None, here: Conversation, verdict: str, heard: str
) -> None:
    found = judge(edit("9, stop"), original, here, NOON)
    assert (found.verdict, found.message(edit("9, stop")).text) == (verdict, heard)


@pytest.mark.parametrize(
    ("original", "text", "now", "verdict"),
    [
        (None, "7", NOON, "nothing"),
        (None, "stop", NOON, "say"),
        (ANSWER, "7", NOON, "correct"),
        (ANSWER, " 8 ", NOON, "nothing"),
        (ANSWER, " ", NOON, "nothing"),
        (ANSWER, "STOP", NOON, "say"),
        (DONE, "7", "2026-11-25T12:00:00+00:00", "correct"),
        (DONE, "7", "2026-11-25T12:00:01+00:00", "closed"),
        (replace(DONE, status="stopped"), "7", NOON, "closed"),
        (replace(DONE, status="expired"), "7", NOON, "closed"),
        (replace(DONE, status="active", ended_at=None), "7", NOON, "closed"),
        (replace(DONE, response=replace(OTHER, anonymous=True)), "7", NOON, "closed"),
        (Original("where", True), "where is it", NOON, "say"),
        (Original("where", False), "where is it", NOON, "nothing"),
        (Original("", True), "an anonymous answer, blanked", NOON, "closed"),
    ],
)
def test_verdicts(original: Original | None, text: str, now: str, verdict: str) -> None:
    assert judge(edit(text), original, HERE, now).verdict == verdict


def test_a_correction_brings_the_response_and_what_the_engine_needs() -> None:
    found = judge(edit(), DONE, HERE, NOON)
    assert found.message(edit()).payload == {"media": "photo", "corrects": {"question": "score", "before": "8"}}
    assert found.conversation(HERE).response == OTHER
    assert found.aside


def test_what_is_said_anew_is_no_edit_any_more() -> None:
    assert judge(edit("stop"), ANSWER, HERE, NOON).message(edit("stop")).payload == {"media": "photo"}


async def said(store: SqlStore, number: int, address: str = "ada", **more: Any) -> None:
    await store.accept(Inbound("web", "web", f"m{number}", address, f"text {number}", **more), NOON)


async def test_an_edit_finds_only_messages_of_its_own_conversation(store: SqlStore) -> None:
    await said(store, 1, reference="r1")
    await said(store, 2, "eve", reference="r1", extra={"edited": "r1"})
    loaded = await store.next_message(2)
    assert loaded is not None
    assert await store.original(loaded[1], loaded[0]) is None


async def test_the_second_edit_is_told_from_the_first(store: SqlStore, database: Any) -> None:
    for number in (1, 2, 3):
        await said(store, number, reference="r1", extra={"edited": "r1"} if number > 1 else {})
    async with database.write() as connection:
        await connection.execute(sa.update(tables.inbox).where(tables.inbox.c.id < 3).values(status="done"))
    loaded = await store.next_message(1)
    assert loaded is not None
    assert await store.original(loaded[1], loaded[0]) == Original("text 2", latest=True)
