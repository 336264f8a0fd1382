"""Whole turns through a real Rasa agent on the tiny project."""

from __future__ import annotations

import asyncio
import json

import pytest

from bot.conversation.ports import ConversationFailed
from bot.conversation.turn import Uttered
from bot.errors import ConductorError
from tests.rasa_glue.conftest import TINY, intent, turn

ACTIONS = "tests.rasa_glue.project.tiny_actions"


def operations(conversed) -> list[str]:
    return [u.decision["operations"][0]["op"] for u in conversed.uttered if u.decision]


async def respond(agent, said: str, tracker: str | None = None, **state):
    """One message through NLU and dialogue."""
    given = turn(said, **state)
    return await agent.converse(given, await agent.understand(said, given.language), tracker)


CONVERSATIONS = [
    # what is said, survey open, actions, texts
    ("where is my refund", False, ["utter_faq"], ["Refunds take five days."]),
    ("where is my refund", True, ["utter_faq", "action_survey_step"], ["Refunds take five days."]),
    ("hello", True, ["utter_greet", "action_survey_step"], ["Hello"]),
    ("help", True, ["action_help", "action_survey_step"], ["Say a number."]),
    ("I want a human", True, ["action_human_handover"], []),
    ("qwrt zxcv", True, ["action_survey_step"], []),
    ("qwrt zxcv", False, ["utter_fallback"], ["Sorry?"]),
]


@pytest.mark.parametrize(("said", "survey_open", "actions", "texts"), CONVERSATIONS)
async def test_a_turn(agent, said, survey_open, actions, texts):
    done = await respond(agent, said, session="{}" if survey_open else None)
    assert list(done.actions) == actions
    assert [u.text for u in done.uttered if u.text] == texts


async def test_an_answer_goes_to_the_survey_whatever_its_words(agent):
    done = await agent.converse(turn("where is my refund"), intent("survey_answer"), None)
    assert list(done.actions) == ["action_survey_step"]


async def test_after_a_digression_the_step_knows_that_it_asks_again(agent):
    done = await respond(agent, "hello")
    assert done.uttered[-1].decision == {"operations": [{"op": "ask", "again": True}]}


async def test_the_agenda_runs_in_order_and_utterances_keep_it(agent):
    parse_data = {**await agent.understand("my parcel has not arrived", "en"), **intent("survey_answer")}
    done = await agent.converse(turn("plan action_note utter_faq action_note"), parse_data, None)
    assert list(done.actions) == ["action_survey_step", "action_note", "utter_faq", "action_note"]
    assert operations(done) == ["ask", "note", "note"]
    assert done.uttered[2] == Uttered("Your parcel is on its way.", ({"title": "Track it", "payload": "track"},))


async def test_an_agenda_does_not_outlive_its_turn(agent):
    planned = await agent.converse(turn("plan action_note"), intent("survey_answer"), None)
    done = await agent.converse(turn("7"), intent("survey_answer"), planned.tracker)
    assert list(done.actions) == ["action_survey_step"]


async def test_an_invitation_starts_the_survey(agent):
    done = await agent.converse(turn("", session=None, start="nps"), intent("survey_invited"), None)
    assert operations(done) == ["start"]


@pytest.mark.parametrize(("language", "greeting"), [("en", "Hello"), ("de", "Hallo")])
async def test_responses_follow_the_conversations_language(agent, language, greeting):
    done = await agent.converse(turn("hi", session=None, language=language), intent("greet"), None)
    assert done.uttered[0].text == greeting


async def test_a_language_change_reaches_a_running_conversation(agent):
    first = await agent.converse(turn("hi", session=None), intent("greet"), None)
    second = await agent.converse(turn("hi", session=None, language="de"), intent("greet"), first.tracker)
    assert second.uttered[0].text == "Hallo"


SLASHES = ["/restart", "/greet", "  /greet", "//greet", "/survey_answer{}", "/ greet"]


@pytest.mark.parametrize("said", SLASHES)
async def test_a_slash_is_only_text(agent, said):
    parsed = await agent.understand(said, "en")
    assert parsed["text"] == said
    assert parsed["intent"]["name"] != "restart"
    assert parsed["intent"]["confidence"] < 1.0
    done = await agent.converse(turn(said), parsed, None)
    assert "action_survey_step" in done.actions


async def test_a_message_of_100_kilobytes_is_understood_quickly(agent):
    parsed = await asyncio.wait_for(agent.understand("refund " * 15_000, "en"), 1)
    assert parsed["intent"]["name"]


async def test_empty_parse_data_does_not_make_rasa_parse_the_text(agent):
    done = await agent.converse(turn("/greet"), {}, None)
    assert list(done.actions) == ["action_survey_step"]


FAILURES = [("explode", "RuntimeError"), ("reject", "ActionExecutionRejection"), ("plan action_missing", "Rasa failed")]


@pytest.mark.parametrize(("said", "named"), FAILURES)
async def test_no_failure_is_swallowed(agent, said, named):
    with pytest.raises(ConversationFailed, match=named):
        await agent.converse(turn(said), intent("survey_answer"), None)


async def test_a_missing_response_is_a_failure(agent):
    selector = {"faq": {"response": {"utter_action": "utter_faq/gone", "intent_response_key": "faq/gone"}}}
    with pytest.raises(ConversationFailed, match="utter_faq"):
        await agent.converse(turn("?", session=None), {**intent("faq"), "response_selector": selector}, None)


async def test_an_action_server_that_is_down_is_a_failure(tiny_model, tmp_path, unused_tcp_port):
    from bot.rasa_glue.agent import load_agent

    endpoints = tmp_path / "endpoints.yml"
    address = f"http://127.0.0.1:{unused_tcp_port}/webhook"
    endpoints.write_text((TINY / "endpoints.yml").read_text().replace("inprocess://" + ACTIONS, address))
    with pytest.raises(ConversationFailed, match="action_survey_step"):
        await load_agent(tiny_model, endpoints).converse(turn("7"), intent("survey_answer"), None)


async def test_too_many_actions_end_the_turn(agent):
    done = await agent.converse(turn("plan" + " action_note" * 20), intent("survey_answer"), None)
    assert len(done.actions) == 8


async def test_after_a_failure_the_conversation_goes_on_from_the_stored_tracker(agent):
    first = await agent.converse(turn("7"), intent("survey_answer"), None)
    with pytest.raises(ConversationFailed):
        await agent.converse(turn("explode"), intent("survey_answer"), first.tracker)
    again = await agent.converse(turn("8"), intent("survey_answer"), first.tracker)
    said = [event["text"] for event in json.loads(again.tracker)["events"] if event["event"] == "user"]
    assert said == ["7", "8"]


async def test_a_forgotten_conversation_goes_on_from_its_snapshot(agent):
    first = await agent.converse(turn("7"), intent("survey_answer"), None)
    agent.forget(1)
    second = await agent.converse(turn("8"), intent("survey_answer"), first.tracker)
    assert "7" in second.tracker


async def test_customers_at_once_do_not_mix(agent):
    turns = [turn(f"plan {'action_note ' * n}", conversation=n) for n in range(1, 6)]
    done = await asyncio.gather(*(agent.converse(t, intent("survey_answer"), None) for t in turns))
    assert [len(d.actions) for d in done] == [2, 3, 4, 5, 6]


def test_a_stock_tracker_store_is_refused(tiny_model, tmp_path):
    from bot.rasa_glue.agent import load_agent

    stock = tmp_path / "endpoints.yml"
    stock.write_text("tracker_store: {type: in_memory}\n")
    with pytest.raises(ConductorError, match="InMemoryTrackerStore"):
        load_agent(tiny_model, stock)


def test_a_missing_model_is_a_sentence(tmp_path):
    from bot.rasa_glue.agent import load_agent

    with pytest.raises(ConductorError, match="conductor train"):
        load_agent(tmp_path / "none.tar.gz", TINY / "endpoints.yml")
