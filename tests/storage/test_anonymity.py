"""What is left of somebody who answered without a name, or wants to be forgotten."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from bot.conversation.state import Conversation, Message, NewCase, Outcome, Response
from bot.storage.anonymity import cut_loose, forget
from bot.storage.cases import open_cases
from bot.storage.engine import Database
from bot.storage.tables import answers, cases, contacts, conversations, inbox, metadata, outbox, responses
from tests.storage.seeding import Seed

BEFORE, START, LATER = (f"2026-11-01T12:00:0{second}.123456+00:00" for second in (0, 1, 2))
LETTER = '{"text": "Why 2?", "prompt": null, "role": "question", "sender": "bot"}'


@pytest.fixture
def seed(database: Database) -> Seed:
    return Seed(database)


async def rows(database: Database, table: sa.Table) -> list[dict[str, Any]]:
    async with database.read() as connection:
        return [dict(row) for row in (await connection.execute(sa.select(table).order_by(table.c.id))).mappings()]


async def said(seed: Seed, here: int, text: str, at: str, status: str = "done") -> int:
    done = LATER if status == "done" else None
    facts = {"conversation_id": here, "provider": "web", "message_id": f"{here}{status}{at}", "text": text}
    return await seed.insert(
        inbox, **facts, received_at=at, done_at=done, status=status, payload=f'{{"from": "{text}"}}'
    )


async def anonymous(seed: Seed) -> tuple[int, int, int]:
    contact, here = await seed.customer()
    times = {"started_at": START, "ended_at": LATER, "expires_at": LATER}
    response = await seed.response((contact, here), contact_id=None, status="active", **times)
    message = await said(seed, here, "2", BEFORE)
    facts = {"node": "score", "question": "score", "type": "nps", "value": "2", "answered_at": LATER}
    await seed.insert(answers, response_id=response, inbox_id=message, **facts)
    return contact, here, response


async def test_neither_words_nor_microseconds_lead_to_an_anonymous_response(seed: Seed, database: Database) -> None:
    _, here, response = await anonymous(seed)
    for position, status in enumerate(("sent", "queued")):
        facts = {"conversation_id": here, "role": "question", "payload": LETTER, "next_attempt_at": START}
        await seed.insert(outbox, **facts, position=position, status=status, created_at=START)
    await said(seed, here, "thanks", LATER, "new")
    async with database.write() as connection:
        await cut_loose(connection, response)
    [kept], [answer] = await rows(database, responses), await rows(database, answers)
    assert {kept[name] for name in ("started_at", "ended_at", "expires_at")} == {"2026-11-01T00:00:00+00:00"}
    assert answer["answered_at"] == "2026-11-01T00:00:00+00:00"
    assert [m["text"] for m in await rows(database, inbox)] == ["", "thanks"], "the second is still to be handled"
    assert ["2?" in m["payload"] for m in await rows(database, outbox)] == [False, True], (
        "the second is still to go out"
    )


def turn(here: int, contact: int, response: int, case: NewCase) -> Outcome:
    open_ = Response(response, "pulse", "f1", "delivery", True, "{}")
    conversation = Conversation(here, contact, "web", "sms", "+49", "en", "survey", response=open_)
    return Outcome(Message(1, "message", "a person please", None, {}, START), conversation, LATER, cases=[case])


async def test_an_anonymous_score_is_not_added_to_a_case_with_a_name_on_it(seed: Seed, database: Database) -> None:
    contact, here, response = await anonymous(seed)
    case = {"contact_id": contact, "conversation_id": here, "channel": "sms", "touchpoint": "delivery"}
    case |= {"reason": "score", "score": 5, "team": "care", "priority": "high", "opened_at": START, "due_at": LATER}
    await seed.insert(cases, **case)
    bad = NewCase("score", "care", "high", LATER, "delivery", "nps", 2.0, "detractor", anonymous=True)
    for _ in range(2):  # the second corrects the first
        async with database.write() as connection:
            await open_cases(connection, turn(here, contact, response, bad), response)
    named, nameless = await rows(database, cases)
    assert (named["score"], nameless["score"]) == (5, 2)
    assert (nameless["contact_id"], nameless["conversation_id"], nameless["transcript"]) == (None, None, "[]")


async def test_who_asks_for_a_person_does_not_give_their_anonymous_answers_away(seed: Seed, database: Database) -> None:
    contact, here, response = await anonymous(seed)
    async with database.write() as connection:
        await open_cases(connection, turn(here, contact, response, NewCase("asked", "care", "high", LATER)), response)
    [case] = await rows(database, cases)
    assert (case["contact_id"], case["verbatim"]) == (contact, "a person please")
    assert (case["response_id"], case["transcript"]) == (None, "[]")


async def test_a_contact_is_forgotten_on_every_channel(seed: Seed, database: Database) -> None:
    contact, sms = await seed.customer(name="Ada")
    facts = {"contact_id": contact, "provider": "web", "language": "en", "created_at": START, "tracker": "Ada"}
    facts |= {"address": "+49301234567", "owner": "survey", "call": "CA1", "language_offer": "de"}
    facts["language_chosen"] = True
    response = await seed.response((contact, sms), status="active")
    whatsapp = await seed.insert(conversations, channel="whatsapp", response_id=response, **facts)
    await seed.insert(conversations, channel="voice", **{**facts, "contact_id": (await seed.customer())[0]})
    for here in (sms, whatsapp):
        await said(seed, here, "I am Ada", START)
        letter = {"role": "notice", "payload": '{"text": "Ada"}', "next_attempt_at": START, "error": "not Ada's"}
        await seed.insert(outbox, conversation_id=here, created_at=START, **letter)
    await said(seed, sms, "thanks", LATER, "new")
    async with database.write() as connection:
        forgotten = Conversation(sms, contact, "web", "sms", "+493090180001", "en", "bot")
        new = await forget(connection, forgotten, LATER)
    known = await rows(database, conversations)
    assert [c["address"] for c in known if c["contact_id"] == contact] == [f"forgotten-{sms}", f"forgotten-{whatsapp}"]
    about = {(c["call"], c["language_offer"], c["language_chosen"]) for c in known if c["contact_id"] == contact}
    assert about == {(None, None, False)}, "by the call's id the provider knows the number"
    assert {c["response_id"] for c in known} == {None}, "an emptied response must not be gone on with"
    assert [r["status"] for r in await rows(database, responses)] == ["stopped"]
    assert [m["status"] for m in await rows(database, outbox)] == ["withheld"] * 2, "nothing goes to 'forgotten-1'"
    assert [m["conversation_id"] for m in await rows(database, inbox) if m["text"] == "thanks"] == [new]
    nobody = (await rows(database, contacts))[-1]
    assert [c["address"] for c in known if c["contact_id"] == nobody["id"]] == ["+493090180001", "+49301234567"]
    assert nobody["opted_out_at"]
    async with database.read() as connection:
        everything = [
            str((await connection.execute(sa.select(t))).all())
            for t in metadata.sorted_tables
            if t is not conversations
        ]
    assert "Ada" not in "".join(everything) + str([c for c in known if c["contact_id"] == contact])
