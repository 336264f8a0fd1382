"""A thank-you or a goodbye when no question is open, told by the project's own model: a kind sentence, no question."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.bootstrap import faq_of
from bot.conversation.state import Conversation, Message
from bot.conversation.understand import understand
from bot.rasa_glue import lean_import
from bot.rasa_glue.training import ROOT, ensure_model
from bot.settings import load_settings
from tests.doubles import NOON

pytestmark = pytest.mark.xdist_group("answer_or_question")

TABLE: dict[str, list[str]] = yaml.safe_load(Path(__file__).with_name("partings.yml").read_text(encoding="utf-8"))
SMALLTALK = yaml.safe_load((ROOT / "dialogues/domain/smalltalk.yml").read_text(encoding="utf-8"))["responses"]


@pytest.fixture(scope="module")
def agent() -> Any:
    if lean_import.is_lean() and not {"tensorflow", "rasa.core.agent"} & sys.modules.keys():
        lean_import.install()
    from bot.rasa_glue.agent import load_agent

    return load_agent(ensure_model(), ROOT / "endpoints.yml")


@pytest.mark.parametrize(
    ("language", "text"), [(language, text) for language, texts in TABLE.items() for text in texts]
)
async def test_a_parting_is_understood_as_one(agent: Any, language: str, text: str) -> None:
    conversation = Conversation(1, 1, "web", "web", "ada", language, "bot")
    titles = faq_of(load_settings()).titles(NOON)
    found = await understand(Message(1, "message", text, None, {}, NOON), conversation, None, agent, None, titles)
    assert found.parse_data["intent"]["name"] in ("thanks", "goodbye")


@pytest.mark.parametrize("response", ["utter_thanks", "utter_goodbye"])
def test_a_parting_is_answered_without_a_question_in_every_language(response: str) -> None:
    assert len(SMALLTALK[response]) == len(TABLE)
    assert not [said["text"] for said in SMALLTALK[response] if "?" in said["text"]]
