"""The project's own model: Rasa's files, as they are shipped, understood by the agent that serves them."""

from __future__ import annotations

import pytest

from bot.rasa_glue.training import ROOT, ensure_model
from tests.rasa_glue.conftest import intent, turn


@pytest.fixture(scope="module")
def agent():
    from bot.rasa_glue.agent import load_agent

    return load_agent(ensure_model(), ROOT / "endpoints.yml")


UNDERSTOOD = [
    ("en", "where is my refund", "faq", "faq/refund"),
    ("de", "wo ist mein Paket", "faq", "faq/parcel_tracking"),
    ("en", "I want to talk to a human", "control_human", "control_human"),
    ("de", "ich möchte mit einem Menschen sprechen", "control_human", "control_human"),
    ("fr", "bonjour", "greet", "greet"),
    ("es", "muchas gracias", "thanks", "thanks"),
    ("en", "delete my data", "delete_data", "delete_data"),
]


@pytest.mark.parametrize(("language", "said", "name", "full"), UNDERSTOOD)
async def test_understanding(agent, language, said, name, full):
    parsed = await agent.understand(said, language)
    assert (parsed["intent"]["name"], parsed["intent_ranking"][0]["name"]) == (name, full)
    assert parsed["intent"]["confidence"] >= 0.5


@pytest.mark.parametrize("said", ["qwrtz", "🦄🦄🦄", "", "/restart", "שלום עולם"])
async def test_not_understanding(agent, said):
    parsed = await agent.understand(said, "en")
    assert parsed["intent"]["name"] in ("nlu_fallback", "out_of_scope")


@pytest.mark.parametrize(("language", "word"), [("en", "refund"), ("de", "Erstattung")])
async def test_an_faq_is_answered_in_the_conversations_language(agent, language, word):
    selector = {"faq": {"response": {"utter_action": "utter_faq/refund", "intent_response_key": "faq/refund"}}}
    given = turn("?", session=None, owner="bot", language=language)
    done = await agent.converse(given, {**intent("faq", 0.9), "response_selector": selector}, None)
    assert word in done.uttered[0].text
    assert done.actions == ("utter_faq",)
