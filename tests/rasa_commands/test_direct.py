"""What happens in `rasa shell` between two prompts, in this process: Rasa's own agent, and no handler around it."""

from __future__ import annotations

from typing import Any

import pytest

from bot.rasa_glue.tracker_store import BoundedTrackerStore
from tests.rasa_commands.rows import rows

ANNA = "anna"
COMMENT = "The driver was friendly and he carried the parcel up to the third floor."


class Talk:
    """`rasa shell` without its terminal."""

    def __init__(self, agent: Any) -> None:
        self.agent = agent

    async def say(self, text: str) -> str:
        answers = await self.agent.handle_text(text, sender_id=ANNA)
        return "\n".join(answer["text"] for answer in answers)

    def new_process(self) -> None:
        """Trackers live in memory: another process knows none."""
        store = self.agent.tracker_store
        assert isinstance(store, BoundedTrackerStore)
        store.forget(ANNA)


@pytest.fixture
def talk(loaded, here):
    talk = Talk(loaded._agent)
    yield talk
    talk.new_process()


async def test_a_survey_from_an_empty_database_to_its_end(talk, here):
    assert "how likely are you to recommend" in await talk.say("give feedback")
    assert "mattered most" in await talk.say("9")
    assert await talk.say("2")
    assert "Thank" in await talk.say(COMMENT)
    kept = rows(here)
    assert kept["responses"] == [("relationship_nps", "en", "completed")]
    assert [value for _, _, value, _ in kept["answers"]] == ["9", '"delivery"', f'"{COMMENT}"']
    assert [text for _, text, _ in kept["inbox"]] == ["give feedback", "9", "2", COMMENT]


async def test_an_faq_in_the_middle_is_answered_and_the_question_asked_again(talk):
    await talk.say("give feedback")
    await talk.say("9")
    answered = await talk.say("how can I track my parcel?")
    assert "tracking link" in answered
    assert "mattered most" in answered


async def test_a_low_score_opens_a_case_and_the_next_question_follows(talk, here):
    """Three actions answer this message: they share one agenda and one row of the inbox."""
    await talk.say("give feedback")
    answered = await talk.say("2")
    assert answered.count("mattered") == 1
    kept = rows(here)
    assert [(reason, score) for reason, _, _, _, score, _, _ in kept["cases"]] == [("score", 2)]
    assert [text for _, text, _ in kept["inbox"]] == ["give feedback", "2"]


@pytest.mark.parametrize("words", ["agent", "I want to talk to a human"])
async def test_after_the_handover_the_bot_is_silent_also_in_a_new_process(talk, here, words):
    await talk.say("give feedback")
    assert "a person" in await talk.say(words)
    assert await talk.say("hello?") == ""
    talk.new_process()
    assert await talk.say("where is my refund?") == ""
    assert rows(here)["owners"] == [("human",)]


async def test_a_new_process_takes_up_the_open_question(talk, here):
    await talk.say("give feedback")
    await talk.say("9")
    talk.new_process()
    assert "main reason" in await talk.say("prices")  # an answer here, though the FAQ's "price_match" is near
    talk.new_process()
    assert "Thank" in await talk.say(COMMENT)
    assert [value for _, _, value, _ in rows(here)["answers"]] == ["9", '"price"', f'"{COMMENT}"']


async def test_an_answer_and_a_question_are_both(talk, here):
    await talk.say("give feedback")
    answered = await talk.say("3, where is my refund?")
    assert answered.index("5 working days") < answered.index("mattered most")
    assert [value for _, _, value, _ in rows(here)["answers"]] == ["3"]


async def test_words_about_an_invoice_are_the_answer_to_why(talk, here):
    await talk.say("give feedback")
    await talk.say("9")
    await talk.say("2")
    assert "Thank" in await talk.say("the invoice was missing and nobody told me where to find it")
    assert rows(here)["responses"][0][2] == "completed"


async def test_did_you_mean_in_the_middle_of_a_survey(talk, here):
    await talk.say("give feedback")
    assert "Did you mean" in await talk.say("what about the delivery thing")
    answered = await talk.say("change the delivery address")
    assert "address" in answered
    assert "recommend" in answered
    assert rows(here)["answers"] == []


async def test_restart_reads_the_database_again(talk):
    await talk.say("give feedback")
    await talk.say("/restart")
    assert "mattered most" in await talk.say("9")


@pytest.mark.parametrize("words", ["stop", "please stop sending me surveys"])
async def test_stop_ends_the_survey(talk, here, words):
    await talk.say("give feedback")
    assert await talk.say(words)
    assert rows(here)["responses"][0][2] not in ("active", "paused")


async def test_another_language_is_used_by_the_survey_and_by_rasas_responses(talk):
    await talk.say("give feedback")
    assert "Hazelmoor" in await talk.say("Deutsch")
    assert "Sendung" in await talk.say("wo ist mein Paket?")
