"""The first answer counts when it has reached the customer; what was lost leaves the clocks running."""

from __future__ import annotations

import pytest

from bot.recovery import clocks
from bot.storage.engine import Database
from bot.storage.tables import case_clocks, outbox
from channels.contract import DeliveryStatus, SendError
from tests.storage.desk_house import Desks


@pytest.fixture
def house(database: Database) -> Desks:
    return Desks(database)


async def claimed(house: Desks) -> tuple[int, int]:
    case, here = await house.customer_gives_a_two()
    await house.casework.claim(case, "Kim")
    return case, here


async def running(house: Desks) -> set[str]:
    return {row["kind"] for row in await house.rows(case_clocks) if row["struck_at"] is None}


async def told_late(house: Desks) -> int:
    return [kind for kind, _ in await house.told_to()].count(clocks.FIRST_RESPONSE_MISSED)


async def test_what_was_written_is_no_answer_until_it_arrives(house: Desks) -> None:
    _, here = await claimed(house)
    await house.takeover.reply(here, "Kim", "I am sorry.", hold=5)
    assert (await house.case())["first_response_at"] is None
    house.clock.forward(1)
    await house.deliver()
    assert (await house.case())["first_response_at"] == house.clock.at
    assert not await running(house) & set(clocks.UNTIL_ANSWERED)


async def test_an_undo_after_the_due_time_leaves_a_late_case(house: Desks) -> None:
    _, here = await claimed(house)
    house.clock.forward(59.97)
    letter = await house.takeover.reply(here, "Kim", "I am sorry.", hold=5)
    house.clock.forward(0.05)
    await house.takeover.withdraw(here, "Kim", letter)
    await house.pass_time(0)
    assert (await house.case())["first_response_at"] is None
    assert await told_late(house) == 1


async def test_a_letter_that_a_closed_window_held_back_is_no_answer_and_it_is_our_turn(house: Desks) -> None:
    _, here = await claimed(house)
    await house.takeover.reply(here, "Kim", "I am sorry.")

    async def refuses(*_: object) -> str:
        raise SendError("More than 24 hours.", "withhold")

    house.sender.send = refuses  # type: ignore[method-assign]
    await house.deliver()
    case = await house.case()
    assert (case["first_response_at"], case["status"]) == (None, "waiting_for_us")
    assert clocks.AGENT_IDLE in await running(house)
    assert clocks.CUSTOMER_IDLE not in await running(house), "a customer who heard nothing is not silent"
    moved = {"from": "waiting_for_customer", "to": "waiting_for_us", "letter": 1}
    assert ("conductor", "undelivered", moved) in await house.audit()
    await house.pass_time(61)
    assert await told_late(house) == 1


@pytest.mark.parametrize("how", ["undelivered", "failed", "withheld"])
async def test_an_answer_that_is_lost_after_it_was_sent_does_not_count_any_more(house: Desks, how: str) -> None:
    _, here = await claimed(house)
    await house.takeover.reply(here, "Kim", "I am sorry.")
    await house.deliver()
    assert (await house.case())["first_response_at"] is not None
    await house.outbox.status(DeliveryStatus("web", "theirs-out-1", how, "30005"), house.clock.now())
    if how == "withheld":  # late news of an earlier state change nothing; this one is a refusal after "sent"
        assert (await house.rows(outbox))[0]["status"] == "withheld"
    assert (await house.case())["first_response_at"] is None
    assert set(clocks.UNTIL_ANSWERED) <= await running(house)


async def test_when_the_first_is_lost_the_next_that_arrived_is_the_first(house: Desks) -> None:
    _, here = await claimed(house)
    for text in ("I am sorry.", "A new one is on its way."):
        await house.takeover.reply(here, "Kim", text)
        await house.deliver()
        house.clock.forward(1)
    second = (await house.rows(outbox))[1]
    await house.outbox.status(DeliveryStatus("web", "theirs-out-1", "undelivered"), house.clock.now())
    case = await house.case()
    assert (case["first_response_at"], case["first_response_id"]) == (second["sent_at"], second["id"])
    assert case["status"] == "waiting_for_customer"
