"""The telephone inside the house, through the real Rasa: letters are collected by who waits for them, never sent."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pytest
import sqlalchemy as sa

from bot.bootstrap import Conductor, use
from bot.insight.themes.verbatim import Given
from bot.settings import load_settings
from bot.storage import tables
from bot.storage.export import Export
from bot.storage.labels import SqlLabels
from bot.storage.report_queries import Filter
from channels.contract import DeliveryStatus, Heard, Inbound
from tests.backends import Backend
from tests.doubles import FrozenClock, RecordingSender

ADA = "+15005550001"


class Telephone(RecordingSender):
    """A sender whose letters are collected; only calls reach it. It does not know our keys."""

    collected = True
    remembers_keys = False

    async def send(self, channel: str, address: str, message: Any, key: str) -> str:
        self.taken.append((address, message))
        return f"CA-{key}-{len(self.taken)}"


@dataclass
class House:
    conductor: Conductor
    clock: FrozenClock
    telephone: Telephone
    texts: RecordingSender
    step: int = 0

    async def caller(self, text: str = "", kind: str = "message", **extra: Any) -> Heard:
        """Something happens on Ada's telephone: the answer she hears."""
        self.step += 1
        heard = await self.conductor.converse(self.message(self.step, text, kind, **extra), 10.0)
        self.clock.forward(0.1)
        await self.conductor.settle()
        return heard

    def message(self, step: int, text: str, kind: str, **extra: Any) -> Inbound:
        more = {"call": "CA1", **extra}
        return Inbound("twilio_voice", "voice", f"CA1-{step}", ADA, text, extra=more, kind=kind, language="en")

    async def invite(self, survey: str = "delivery_nps") -> int:
        started = await self.conductor.start_survey(
            survey, provider="twilio_voice", channel="voice", address=ADA, language="en"
        )
        assert not started["reason"]
        await self.conductor.settle()
        return int((await self.rows("invitations"))[-1]["id"])

    async def hang_up(self) -> None:
        await self.conductor.call_ended("twilio_voice", ADA, "CA1")
        await self.conductor.settle()

    async def rows(self, table: str) -> list[dict[str, Any]]:
        async with self.conductor.database.read() as connection:
            here = getattr(tables, table)
            found = await connection.execute(sa.select(here).order_by(*here.primary_key))
            return [dict(row) for row in found.mappings()]


@pytest.fixture
async def house(backend: Backend, rasa_agent: Any) -> AsyncIterator[House]:
    clock, telephone, texts = FrozenClock(), Telephone(), RecordingSender()
    settings = load_settings(**backend.settings)
    senders = {"twilio_voice": telephone, "twilio_sms": texts}
    conductor = Conductor(settings, rasa_agent, clock, senders)
    await conductor.prepare()
    use(conductor)
    yield House(conductor, clock, telephone, texts)
    use(None)
    await conductor.stop()


def words(heard: Heard) -> str:
    return " | ".join(message.text for message in heard.messages)


async def test_who_rings_hears_the_survey_for_callers_and_nothing_is_sent(house: House) -> None:
    first = await house.caller(kind="call")
    assert first.survey_open
    assert "how likely are you to recommend" in words(first)
    second = await house.caller("2")
    assert second.case_opened
    assert not house.telephone.taken
    assert {row["status"] for row in await house.rows("outbox")} == {"sent"}


async def test_the_same_message_again_gives_the_same_words_and_counts_once(house: House) -> None:
    await house.caller(kind="call")
    once = await house.caller("9")
    again = await house.conductor.converse(house.message(house.step, "9", "message"), 10.0)
    assert again.messages == once.messages
    assert len(await house.rows("answers")) == 1


@pytest.mark.parametrize(("said", "kept"), [("0", 0), ("*", None)])
async def test_a_star_repeats_and_a_nought_is_a_score_where_it_can_be_one(house: House, said: str, kept: Any) -> None:
    await house.caller(kind="call")
    heard = await house.caller(said)
    assert heard.survey_open
    assert [row["value"] for row in await house.rows("answers")] == ([str(kept)] if kept is not None else [])


async def test_elsewhere_a_nought_asks_for_a_person(house: House) -> None:
    await house.caller(kind="call")
    await house.caller("9")
    assert (await house.caller("0")).owner == "human"
    assert [row["reason"] for row in await house.rows("cases")] == ["asked"]


@pytest.mark.parametrize("key", ["5", "*"])
async def test_where_no_question_is_open_a_key_hears_what_can_be_done(house: House, key: str) -> None:
    await house.caller(kind="call")
    assert not (await house.caller("stop")).survey_open
    assert "press 0 to reach a person" in (await house.caller(key)).messages[-1].text


async def test_where_no_question_is_open_a_nought_asks_for_a_person(house: House) -> None:
    await house.caller(kind="call")
    await house.caller("stop")
    assert (await house.caller("0")).owner == "human"


async def test_an_invitation_rings_and_the_survey_begins_when_the_call_is_taken(house: House) -> None:
    invitation = await house.invite()
    [(address, call)] = house.telephone.taken
    assert (address, call.role, call.data["survey"], call.data["invitation"]) == (
        ADA, "call", "delivery_nps", invitation,
    )  # fmt: skip
    assert not await house.rows("responses")

    heard = await house.caller(kind="call", survey="delivery_nps", invitation=invitation)
    assert heard.survey_open
    [response] = await house.rows("responses")
    assert response["invitation_id"] == invitation
    assert [row["status"] for row in await house.rows("invitations")] == ["sent"]


async def reports(house: House, attempt: int, status: str = "unreached") -> None:
    """What Twilio says became of a call that we placed, the `attempt`th."""
    why = "busy" if status == "unreached" else ""
    await house.conductor.status(DeliveryStatus("twilio_voice", f"CA-out-1-{attempt}", status, why, "out-1"))
    await house.conductor.settle()


async def nobody(house: House) -> None:
    await reports(house, len(house.telephone.taken))


async def test_a_call_that_nobody_takes_is_placed_again_by_plan_and_then_given_up(house: House) -> None:
    await house.invite()
    for calls, minutes in ((1, 30), (2, 240)):
        await nobody(house)
        assert len(house.telephone.taken) == calls
        house.clock.forward(minutes + 1)
        await house.conductor.settle()
        assert len(house.telephone.taken) == calls + 1
    await nobody(house)
    house.clock.forward(100_000)
    await house.conductor.settle()
    assert len(house.telephone.taken) == 3
    [invitation] = await house.rows("invitations")
    assert (invitation["status"], invitation["reason"]) == ("skipped", "Nobody took the call (busy).")


async def test_a_report_of_an_earlier_call_changes_nothing(house: House) -> None:
    await house.invite()
    await nobody(house)
    await reports(house, 1, "delivered")  # late, and the retry is planned already
    house.clock.forward(31)
    await house.conductor.settle()
    assert len(house.telephone.taken) == 2
    await reports(house, 1)  # again: it is not the second call that nobody took
    assert [(row["status"], row["error"]) for row in await house.rows("outbox")] == [("sent", None)]
    await reports(house, 2, "delivered")
    assert [row["status"] for row in await house.rows("outbox")] == ["delivered"]


async def test_who_opts_out_meanwhile_is_not_rung_up_again(house: House) -> None:
    await house.invite()
    await nobody(house)
    await house.conductor.accept(Inbound("twilio_sms", "sms", "SM1", ADA, "STOP"))
    await house.conductor.settle()
    house.clock.forward(60)
    await house.conductor.settle()
    assert len(house.telephone.taken) == 1
    assert [row["reason"] for row in await house.rows("invitations")] == ["the contact opted out"]


async def test_a_second_invitation_rings_when_the_first_call_and_its_survey_are_over(house: House) -> None:
    first = await house.invite()
    await house.invite("relationship_nps")
    assert len(house.telephone.taken) == 1, "the first call is ringing"
    await house.caller(kind="call", survey="delivery_nps", invitation=first)
    assert len(house.telephone.taken) == 1, "they are in the first call"
    await house.caller("9")
    await house.hang_up()
    await reports(house, 1, "delivered")
    assert "What did you like best?" in house.texts.taken[-1][1].text
    assert len(house.telephone.taken) == 1, "the first survey goes on by text"
    await house.caller(kind="call")
    await house.caller("2")
    await house.caller("skip")
    assert [row["status"] for row in await house.rows("responses")] == ["completed"]
    assert len(house.telephone.taken) == 1, "the survey is over, but they have not hung up yet"
    await house.hang_up()
    assert [call.data["survey"] for _, call in house.telephone.taken] == ["delivery_nps", "relationship_nps"]


async def test_a_call_whose_end_is_never_reported_does_not_hold_up_the_next_for_ever(house: House) -> None:
    await house.invite()
    await house.invite("relationship_nps")
    for minutes, calls in ((230, 1), (20, 2)):
        house.clock.forward(minutes)
        await house.conductor.settle()
        assert len(house.telephone.taken) == calls


async def test_the_link_to_a_review_is_not_read_aloud(house: House) -> None:
    invitation = await house.invite("relationship_nps")
    await house.caller(kind="call", survey="relationship_nps", invitation=invitation)
    heard = [words(await house.caller(said)) for said in ("9", "skip", "skip", "skip", "skip")]
    assert [row["status"] for row in await house.rows("responses")] == ["completed"]
    assert "http" not in " ".join(heard)
    [review] = [row for row in await house.rows("outbox") if row["role"] == "review"]
    assert review["status"] == "withheld"
    assert review["error"] == "A link can't be followed on the telephone: it was not read aloud."


async def test_one_number_is_one_contact(house: House) -> None:
    await house.caller(kind="call")
    await house.conductor.accept(Inbound("twilio_sms", "sms", "SM1", ADA, "hello"))
    await house.conductor.accept(Inbound("twilio_sms", "sms", "SM2", "+15005550002", "hello"))
    assert len(await house.rows("contacts")) == 2


async def test_a_call_that_is_cut_off_goes_on_by_text_and_comes_back(house: House) -> None:
    await house.caller(kind="call")
    await house.caller("9")
    await house.hang_up()
    assert "mattered most" in house.texts.taken[-1][1].text

    back = await house.caller(kind="call")
    assert "mattered most" in words(back)
    await house.caller("2")
    [response] = await house.rows("responses")
    assert response["status"] == "active"
    assert len(await house.rows("answers")) == 2


@pytest.mark.parametrize("first", ["recording", "end", "both"])
async def test_what_was_spoken_before_hanging_up_counts_whatever_twilio_tells_first(house: House, first: str) -> None:
    await house.caller(kind="call", survey="delivery_nps")
    await house.caller("2")
    house.step += 1
    spoken = Inbound("twilio_voice", "voice", f"CA1-{house.step}", ADA, "", extra={"recording": "RE1", "hung_up": True})
    told = {"recording": [house.conductor.accept(spoken)], "end": [house.hang_up(), house.conductor.accept(spoken)]}
    for news in told.get(first, ()):
        await news
        await house.conductor.settle()
    if first == "both":
        await asyncio.gather(house.conductor.accept(spoken), house.hang_up())
    house.clock.forward(0.1)
    await house.hang_up()
    assert await house.conductor.transcribed("twilio_voice", spoken.message_id, "it was quick")

    assert (await house.rows("answers"))[-1]["raw"] == "it was quick"
    voice, sms = await house.rows("conversations")
    assert (voice["call"], voice["response_id"], sms["response_id"]) == (None, None, 1)
    assert "arrive on the promised day" in house.texts.taken[-1][1].text


async def test_who_answered_nothing_gets_no_text(house: House) -> None:
    await house.caller(kind="call")
    await house.hang_up()
    assert not house.texts.taken


async def test_who_hides_their_number_is_written_to_nowhere(house: House) -> None:
    for step, (kind, text) in enumerate([("call", ""), ("message", "9")]):
        said = Inbound("twilio_voice", "voice", f"CA1-{step}", "hidden:CA1", text, extra={"call": "CA1"}, kind=kind)
        await house.conductor.converse(said, 10.0)
    await house.conductor.call_ended("twilio_voice", "hidden:CA1", "CA1")
    await house.conductor.settle()

    assert not house.texts.taken
    assert [row["channel"] for row in await house.rows("conversations")] == ["voice"]


async def test_text_me_instead(house: House) -> None:
    await house.caller(kind="call")
    heard = await house.caller("Text me, instead!")
    assert (heard.moved, heard.survey_open) == ("sms", False)
    assert "how likely are you to recommend" in house.texts.taken[-1][1].text
    await house.conductor.accept(Inbound("twilio_sms", "sms", "SM1", ADA, "9"))
    await house.conductor.settle()
    assert [row["value"] for row in await house.rows("answers")] == ["9"]


async def test_without_texts_nobody_is_promised_one(house: House) -> None:
    del house.conductor.senders["twilio_sms"]
    use(house.conductor)
    await house.caller(kind="call")
    heard = await house.caller("text me instead")
    assert words(heard).startswith("I am sorry, I can't send text messages here.")
    assert heard.survey_open


@pytest.mark.parametrize("busy_with", ["agent", "give feedback"])
async def test_busy_text_messages_are_not_promised_either(house: House, busy_with: str) -> None:
    await house.conductor.accept(Inbound("twilio_sms", "sms", "SM1", ADA, busy_with, language="en"))
    await house.conductor.settle()
    await house.caller(kind="call")
    heard = await house.caller("text me instead")
    assert words(heard).startswith("I am sorry, something else is open in your text messages just now.")
    assert heard.survey_open
    assert not heard.moved


async def test_on_the_telephone_nobody_is_told_to_write(house: House) -> None:
    await house.caller(kind="call")
    await house.caller("9")
    assert "know what you have told me" in words(await house.caller("agent"))


async def test_what_nobody_can_hear_is_withheld_with_its_reason(house: House) -> None:
    await house.caller(kind="call")
    await house.caller("agent")
    await house.hang_up()
    [conversation] = await house.rows("conversations")
    await house.conductor.takeover.claim(conversation["id"], "Dana")
    await house.conductor.takeover.reply(conversation["id"], "Dana", "Hello?")
    await house.conductor.settle()
    reply = (await house.rows("outbox"))[-1]
    assert (reply["status"], reply["error"]) == ("withheld", "Nobody is on the telephone: it could not be said.")


async def test_a_recorded_answer_gets_its_words_and_so_does_the_case(house: House) -> None:
    await house.caller(kind="call")
    await house.caller("2")
    await house.caller("delivery")
    heard = await house.caller(recording="RE1")
    assert "tell us a little more" not in words(heard)
    assert await house.conductor.transcribed("twilio_voice", f"CA1-{house.step}", "it was late and wet")
    assert (await house.rows("answers"))[-1]["raw"] == "it was late and wet"
    assert "it was late and wet" in (await house.rows("cases"))[0]["verbatim"]
    assert not await house.conductor.transcribed("twilio_voice", "CA9-1", "who?")


async def spoke(house: House) -> str:
    """Ada is a detractor and speaks at the free question. The message's number."""
    await house.caller(kind="call", survey="delivery_nps")
    await house.caller("2")
    await house.caller(recording="RE1")
    return f"CA1-{house.step}"


async def written(house: House, message: str, text: str = "the parcel was broken") -> None:
    assert await house.conductor.transcribed("twilio_voice", message, text)


async def current(house: House) -> dict[str, Any]:
    """The free answer that counts."""
    [answer] = [one for one in await house.rows("answers") if (one["type"], one["state"]) == ("text", "current")]
    return answer


@pytest.mark.parametrize("transcript_first", [False, True])
async def test_what_is_added_to_a_recorded_answer_stands_behind_its_words(house: House, transcript_first: bool) -> None:
    message = await spoke(house)
    if transcript_first:
        await written(house, message)
    heard = await house.caller("and the courier was rude")
    assert "I have added that" in words(heard)
    if not transcript_first:
        assert (await current(house))["raw"] == "and the courier was rude"  # the rest follows
        await written(house, message)
    both = "the parcel was broken\nand the courier was rude"
    answer = await current(house)
    assert (json.loads(answer["value"]), answer["raw"]) == (both, both)
    assert [case["verbatim"] for case in await house.rows("cases")] == [both]


async def test_a_transcript_that_comes_twice_is_written_down_once(house: House) -> None:
    message = await spoke(house)
    await house.caller("and the courier was rude")
    for _ in range(2):
        await written(house, message)
    assert (await current(house))["raw"] == "the parcel was broken\nand the courier was rude"
    texts = [one["raw"] for one in await house.rows("answers") if one["type"] == "text"]
    assert texts == ["the parcel was broken", "the parcel was broken\nand the courier was rude"]


@pytest.mark.parametrize("transcript", [None, "", "  "])
async def test_a_recording_without_a_transcript_puts_no_words_into_the_customers_mouth(
    house: House, transcript: str | None
) -> None:
    message = await spoke(house)
    if transcript is not None:
        await written(house, message, transcript)
    answer = await current(house)
    assert (answer["value"], answer["raw"], answer["skipped"]) == (None, "", False)
    assert [case["verbatim"] for case in await house.rows("cases")] == [""]
    [exported] = [one async for one in Export(house.conductor.database).responses(Filter())]
    [given] = [one for one in exported.answers if one.type == "text"]
    assert (given.value, given.raw) == (None, "")


async def test_who_had_their_data_deleted_is_not_written_down_any_more(house: House) -> None:
    message = await spoke(house)
    await house.caller("delete my data")
    await house.caller("yes")
    await written(house, message)
    assert {one["raw"] for one in await house.rows("answers")} == {""}


async def test_words_that_come_late_are_labelled_anew(house: House) -> None:
    labels = SqlLabels(house.conductor.database)
    message = await spoke(house)
    await house.caller("and the courier was rude")
    answer = (await current(house))["id"]
    given = [Given(answer, "rude", 1.0)]
    await labels.label("theme", "v1", [answer], given, "2026-11-27")
    before = await labels.signature()
    await written(house, message)
    assert await house.rows("answer_labels") == []
    assert await labels.signature() != before
