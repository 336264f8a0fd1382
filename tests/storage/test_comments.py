"""What was said beside an answer: beside the answer that counts, on the case, in the export, and gone with the rest."""

from __future__ import annotations

from typing import Any

import pytest

from bot.conversation.state import Conversation, Message, Outcome, Response
from bot.storage.anonymity import forget
from bot.storage.cases import add_reply_to, add_verbatim
from bot.storage.engine import Database
from bot.storage.export import Export
from bot.storage.report_queries import Filter
from bot.storage.responses import save_response
from bot.storage.tables import answers, cases, conversations
from survey_flows.effects import Recorded
from tests.doubles import NOON
from tests.storage.desk_house import Desks
from tests.storage.test_anonymity import said


class House(Desks):
    """A customer whose score has opened a case."""

    async def open(self) -> None:
        self.case_id, self.here = await self.customer_gives_a_two()
        [row] = await self.rows(conversations)
        open_ = Response(row["response_id"], "delivery_nps", "f1", "delivery", False, "{}")
        contact = row["contact_id"]
        self.conversation = Conversation(self.here, contact, "web", "sms", "+49", "en", "survey", response=open_)

    async def answers(self, value: int, comment: str, **how: Any) -> None:
        inbox = await said(self.seed, self.here, f"{value}, {comment}", f"{NOON}{value}{comment}"[-32:])
        recorded = Recorded("score", "score", "nps", value, f"{value}, {comment}", comment=comment, **how)
        outcome = Outcome(Message(inbox, "message", "", None, {}, NOON), self.conversation, NOON, recorded=[recorded])
        async with self.database.write() as connection:
            response = await save_response(connection, outcome)
            await add_verbatim(connection, outcome, response)

    async def comments(self) -> list[tuple[str, str]]:
        return [(row["state"], row["comment"]) for row in await self.rows(answers)]


@pytest.fixture
async def house(database: Database) -> House:
    made = House(database)
    await made.open()
    return made


async def test_it_is_on_the_case_and_in_the_export(house: House) -> None:
    await house.answers(2, "nobody rang")
    assert (await house.case())["verbatim"] == "nobody rang"
    export = Export(house.database)
    assert await export.commented(Filter()) == ["score"]
    [response] = [response async for response in export.responses(Filter())]
    assert [(answer.value, answer.comment) for answer in response.answers] == [(2, "nobody rang")]


async def test_a_corrected_score_keeps_it_and_more_is_added(house: House) -> None:
    await house.answers(2, "nobody rang")
    await house.answers(3, "", replaced=True)
    assert (await house.comments())[-1] == ("current", "nobody rang")
    await house.answers(4, "it was wet", replaced=True)
    assert (await house.comments())[-1] == ("current", "nobody rang\nit was wet")
    assert (await house.case())["verbatim"] == "nobody rang\nit was wet"


async def test_what_was_edited_away_is_on_no_case_any_more(house: House) -> None:
    await house.answers(2, "nobody rang")
    await house.answers(3, "", replaced=True, retold=True)
    assert await house.comments() == [("superseded", "nobody rang"), ("current", "")]
    assert (await house.case())["verbatim"] == ""


async def test_it_is_gone_when_the_data_are_deleted(house: House) -> None:
    await house.answers(2, "nobody rang")
    async with house.database.write() as connection:
        await forget(connection, house.conversation, NOON)
    assert await house.comments() == [("current", "")]
    assert (await house.case())["verbatim"] == ""


async def test_beside_an_address_left_for_an_answer_nothing_stays(house: House) -> None:
    """Somebody anonymous must not be found by what they said with it."""
    await house.update(cases, house.case_id, contact_id=None, conversation_id=None)
    given = Recorded("reach", "reach", "contact", "a@example.com", "a@example.com, ask for Ada", comment="ask for Ada")
    inbox = await said(house.seed, house.here, "a@example.com, ask for Ada", NOON)
    outcome = Outcome(Message(inbox, "message", "", None, {}, NOON), house.conversation, NOON, recorded=[given])
    async with house.database.write() as connection:
        await add_reply_to(connection, outcome, await save_response(connection, outcome))
    assert (await house.case())["reply_to"] == "a@example.com"
    assert [(row["value"], row["raw"], row["comment"]) for row in await house.rows(answers)] == [(None, "", "")]
