"""What becomes of a letter becomes of its invitation and of the customer's consent, on both databases."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from bot.conversation.delivery import Delivery
from bot.conversation.live import InProcessEvents
from bot.conversation.obstacles import TAKEN_OVER
from bot.conversation.state import Outcome
from bot.storage import letters
from bot.storage.engine import Database
from bot.storage.outbox import SqlOutbox
from bot.storage.store import SqlStore
from bot.storage.tables import contacts, conversations, invitations, offers, outbox
from bot.storage.trouble import failed_since
from channels.contract import DeliveryStatus, Inbound, Outbound, Sender, SendError
from channels.web.client import WebClient
from survey_flows.prompt import Prompt
from tests.doubles import FrozenClock
from tests.storage.desk_house import Desks
from tests.storage.seeding import Seed

NOW = "2026-11-22T12:00:00.000000+00:00"
SOON = "2026-11-22T12:00:45.000000+00:00"
LATER = "2026-11-22T16:00:01.000000+00:00"
ROLES = ("call", "template")


class Forgetful(WebClient):
    """A provider that would take the same message twice."""

    remembers_keys = False


async def invited(database: Database, role: str = "call", times: int = 1) -> None:
    """A customer, and `times` letters that carry an invitation each."""
    seed = Seed(database)
    contact, here = await seed.customer("voice")
    for _ in range(times):
        facts = {"survey_key": "delivery_nps", "channel": "voice", "status": "queued", "created_at": NOW}
        number = await seed.insert(invitations, contact_id=contact, conversation_id=here, **facts)
        async with database.write() as connection:
            await letters.put(connection, here, None, [Outbound(role=role, data={"invitation": number})], NOW)


async def sent(database: Database) -> SqlOutbox:
    """The first letter has been taken by the provider as SM1."""
    box = SqlOutbox(database)
    [letter] = await box.due(NOW, 1)
    await box.sending(letter, SOON)
    await box.sent(letter, "SM1", NOW)
    return box


async def one(database: Database, *columns: Any) -> tuple[Any, ...]:
    async with database.read() as connection:
        return tuple((await connection.execute(sa.select(*columns))).one())


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("how", ["failed", "refused_by_customer"])
async def test_an_invitation_that_could_not_leave_counts_as_not_asked(database: Database, role: str, how: str) -> None:
    await invited(database, role)
    box = SqlOutbox(database)
    [letter] = await box.due(NOW, 1)
    if how == "failed":
        await box.failed(letter, "It is no number.", NOW)
    else:
        await box.refused_by_customer(letter, "It is no number.", NOW)
    assert await one(database, invitations.c.status, invitations.c.reason) == ("skipped", "It is no number.")
    assert await one(database, contacts.c.opted_out_at) == (None if how == "failed" else NOW,)


@pytest.mark.parametrize("opted_out", [False, True])
async def test_a_report_may_withdraw_consent(database: Database, opted_out: bool) -> None:
    await invited(database, "message")
    box = await sent(database)
    assert await box.status(DeliveryStatus("web", "SM1", "failed", "21610", opted_out=opted_out), NOW)
    assert await one(database, outbox.c.status) == ("failed",)
    assert await one(database, contacts.c.opted_out_at) == (NOW if opted_out else None,)


@pytest.mark.parametrize("how", ["failed", "refused_by_customer", "reported", "reported_refused"])
@pytest.mark.parametrize("in_again", [False, True])
async def test_what_a_customer_refused_is_no_trouble_also_after_start(
    database: Database, how: str, in_again: bool
) -> None:
    await invited(database, "message")
    if how.startswith("reported"):
        report = DeliveryStatus("web", "SM1", "failed", "21610", opted_out=how == "reported_refused")
        await (await sent(database)).status(report, NOW)
    else:
        [letter] = await SqlOutbox(database).due(NOW, 1)
        await getattr(SqlOutbox(database), how)(letter, "21610: said STOP", NOW)
    if in_again:
        async with database.write() as connection:
            await connection.execute(sa.update(contacts).values(opted_out_at=None))
    async with database.read() as connection:
        failed = await failed_since(connection, NOW)
    assert failed == ({} if "refused" in how else {"web": 1})


async def test_of_two_calls_the_second_waits_for_the_end_of_the_first(database: Database) -> None:
    await invited(database, times=2)
    box = await sent(database)
    assert (await box.due(NOW, 9), await box.next_due()) == ([], None)
    assert len(await box.due(LATER, 9)) == 1, "longer than four hours no call takes"
    await box.status(DeliveryStatus("web", "SM1", "delivered"), NOW)
    assert len(await box.due(NOW, 9)) == 1
    async with database.write() as connection:
        await connection.execute(sa.update(conversations).values(call="CA1", last_inbound_at=NOW))
    assert await box.due(NOW, 9) == [], "they have rung us up"


@pytest.mark.parametrize(("status", "kept"), [("delivered", "sent"), ("undelivered", "skipped"), ("failed", "skipped")])
async def test_a_template_that_was_not_delivered_asked_nobody(database: Database, status: str, kept: str) -> None:
    await invited(database, "template")
    here, number = await one(database, invitations.c.conversation_id, invitations.c.id)
    facts = {"survey_key": "delivery_nps", "language": "en", "asks": "", "offered_at": NOW}
    await Seed(database).insert(offers, conversation_id=here, invitation_id=number, **facts)
    box = await sent(database)
    assert await one(database, invitations.c.status) == ("sent",)
    await box.status(DeliveryStatus("web", "SM1", status, "63003" if kept == "skipped" else ""), NOW)
    assert await one(database, invitations.c.status, invitations.c.reason) == (
        kept,
        "63003" if kept == "skipped" else None,
    )


@pytest.mark.parametrize(("sender", "becomes"), [(WebClient(), "sent"), (Forgetful(), "unknown")])
async def test_a_letter_in_hand_when_the_process_died_is_sent_again_only_where_twice_is_once(
    database: Database, sender: Sender, becomes: str
) -> None:
    """The web channel shows a key once, so nothing of it is ever left unknown."""
    _, here = await Seed(database).customer("web")
    async with database.write() as connection:
        await letters.put(connection, here, None, [Outbound("Hi")], NOW)
    box = SqlOutbox(database)
    [letter] = await box.due(NOW, 1)
    await box.sending(letter, SOON)

    delivery = Delivery(box, {"web": sender}, FrozenClock(), InProcessEvents())
    await delivery.recover()
    await delivery.drain()

    assert await one(database, outbox.c.status) == (becomes,)


@pytest.mark.parametrize(("sender", "becomes"), [(WebClient(), "sent"), (Forgetful(), "unknown")])
async def test_a_letter_in_the_hands_of_another_process_is_taken_up_when_its_time_is_over(
    database: Database, sender: Sender, becomes: str
) -> None:
    _, here = await Seed(database).customer("web")
    async with database.write() as connection:
        await letters.put(connection, here, None, [Outbound("Hi")], NOW)
    box, clock = SqlOutbox(database), FrozenClock(NOW)
    [letter] = await box.due(NOW, 1)
    await box.sending(letter, SOON)
    delivery = Delivery(box, {"web": sender}, clock, InProcessEvents())

    await delivery.recover(alone=False)
    await delivery.drain()
    assert await one(database, outbox.c.status) == ("sending",), "its sender may be at it"
    clock.forward(1)
    await delivery.recover(alone=False)
    await delivery.drain()

    assert await one(database, outbox.c.status) == (becomes,)


async def test_a_letter_that_an_earlier_version_took_is_not_snatched_from_it(database: Database) -> None:
    """While versions run side by side: the earlier one wrote no lease."""
    _, here = await Seed(database).customer("web")
    async with database.write() as connection:
        await letters.put(connection, here, None, [Outbound("Hi")], NOW)
        await connection.execute(sa.update(outbox).values(status="sending"))
    clock = FrozenClock(NOW)
    delivery = Delivery(SqlOutbox(database), {"web": WebClient()}, clock, InProcessEvents())

    await delivery.recover(alone=False)
    assert await one(database, outbox.c.status) == ("sending",)
    clock.forward(1)
    await delivery.recover(alone=False)
    assert await one(database, outbox.c.status) == ("queued",)


@pytest.mark.parametrize("told", ["delivered", "undelivered", "failed"])
async def test_a_report_that_overtakes_the_answer_to_our_request_stands(database: Database, told: str) -> None:
    _, here = await Seed(database).customer()
    async with database.write() as connection:
        await letters.put(connection, here, None, [Outbound("Hello")], NOW)
    box = SqlOutbox(database)
    [letter] = await box.due(NOW, 1)
    await box.sending(letter, SOON)
    assert await box.status(DeliveryStatus("web", "SM1", told, key=f"out-{letter.id}"), NOW)
    await box.sent(letter, "SM1", LATER)
    assert await one(database, outbox.c.status, outbox.c.sent_at) == (told, LATER)


async def test_a_question_whose_provider_was_busy_is_not_asked_while_a_person_has_the_conversation(
    database: Database,
) -> None:
    house = Desks(database)
    _, here = await house.seed.customer()
    async with database.write() as connection:
        await letters.put(connection, here, None, [Outbound("How likely?", role="question")], NOW)

    async def a_person_comes_meanwhile(*_: object) -> str:
        await house.takeover.claim(here, "Kim")
        raise SendError("Busy.", "later")

    sends, house.sender.send = house.sender.send, a_person_comes_meanwhile  # type: ignore[method-assign]
    await house.deliver()
    house.sender.send = sends  # type: ignore[method-assign]
    house.clock.forward(1)
    await house.deliver()
    assert await one(database, outbox.c.status, outbox.c.error) == ("withheld", TAKEN_OVER)


@pytest.mark.parametrize("writes_again", [False, True])
@pytest.mark.parametrize("role", ["question", "faq", "notice", "agent"])
async def test_what_a_provider_was_too_busy_for_is_not_said_after_stop(
    database: Database, role: str, writes_again: bool
) -> None:
    """The answer to what the customer had written before, or what a person wrote to them. The word that the law asks
    for after STOP goes out, and so does the answer to what they write then."""
    house, store = Desks(database), SqlStore(database)

    async def hears(number: int, text: str, at: str, says: Outbound | None, **values: Any) -> None:
        await store.accept(Inbound("web", "web", f"m{number}", "ada", text), at)
        turn = Outcome(*(await store.next_message(1) or pytest.fail("no message")), at, **values)
        turn.outbox.extend([says] if says else [])
        await store.commit(turn)

    await hears(1, "where is my refund?", NOW, None if role == "agent" else Outbound("Before.", role=role))
    if role == "agent":
        async with database.write() as connection:
            await letters.put(connection, 1, None, [Outbound("Before.", role=role)], NOW)
    [early] = await house.outbox.due(NOW, 1)
    await house.outbox.again(early, SOON, "Busy.")
    await hears(2, "STOP", SOON, Outbound("You will hear nothing more."), opted_out=True)
    if writes_again:
        await hears(3, "and my refund?", LATER, Outbound("After.", role="faq"))
    house.clock.at = LATER
    await house.deliver()
    said = ["You will hear nothing more.", *(["After."] if writes_again else [])]
    before = ["Before."] if role == "agent" and writes_again else []  # they are in a talk with a person
    assert [message.text for _, message in house.sender.taken] == before + said
    async with database.read() as connection:
        first = (await connection.execute(sa.select(outbox.c.status).order_by(outbox.c.id))).scalars().first()
    assert first == ("sent" if before else "withheld")


@pytest.mark.parametrize(
    ("letter", "becomes"),
    [
        (Outbound("A refund takes up to five days.", role="faq"), "sent"),
        (Outbound(prompt=Prompt("guess", "choice", "Did you mean …?", "en"), role="notice"), "withheld"),
    ],
)
async def test_whoever_takes_over_is_not_interrupted_by_anything_that_asks(
    database: Database, letter: Outbound, becomes: str
) -> None:
    house = Desks(database)
    _, here = await house.seed.customer()
    async with database.write() as connection:
        await letters.put(connection, here, None, [letter], NOW)

    await house.takeover.claim(here, "Kim")
    await house.deliver()

    assert await one(database, outbox.c.status) == (becomes,)


async def test_who_is_talking_to_us_does_not_wait_for_a_campaign(database: Database) -> None:
    store, seed = SqlStore(database), Seed(database)
    for _ in range(7):
        _, somebody = await seed.customer("sms")
        async with database.write() as connection:
            await letters.put(connection, somebody, None, [Outbound("How was it?")], NOW)
    here = (await store.accept(Inbound("web", "web", "m1", "ada", "hello"), SOON)).conversation
    outcome = Outcome(*(await store.next_message(here) or pytest.fail("no message")), SOON)
    outcome.outbox.append(Outbound("Good day!"))
    await store.commit(outcome)

    for limit in (3, 50):  # more are due than are taken at a time, and all of them
        due = await SqlOutbox(database).due(LATER, limit)
        assert (len(due), due[0].message.text) == (min(limit, 8), "Good day!")


@pytest.mark.parametrize("settled", ["delivered", "in another's hands"])
async def test_what_is_written_late_does_not_send_a_letter_again(database: Database, settled: str) -> None:
    """The provider was busy, the database went away before that was written; meanwhile another process took the letter
    up and sent it."""
    await invited(database)
    box = SqlOutbox(database)
    [letter] = await box.due(NOW, 1)
    await box.sending(letter, NOW)
    assert await box.recover(["web"], SOON, SOON) == 1
    [again] = await box.due(NOW, 1)
    assert await box.sending(again, LATER)
    if settled == "delivered":
        await box.sent(again, "SM1", NOW)

    await box.again(letter, NOW, "Busy.")
    assert not await box.due(LATER, 1)
    assert await one(database, outbox.c.status) == ("sent" if settled == "delivered" else "sending",)
