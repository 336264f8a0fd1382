"""Answers in the FAQ's words, questions beside a score, remarks beside a score: told apart by the project's own model,
in eight languages. The table: answer_or_question.yml."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.bootstrap import faq_of
from bot.conversation.guessing import Titles
from bot.conversation.state import Conversation, Message, Response
from bot.conversation.turn import PERSON_WANTED
from bot.conversation.understand import understand
from bot.conversation.understood import Understood
from bot.rasa_glue import lean_import
from bot.rasa_glue.training import ROOT, ensure_model
from bot.settings import load_settings
from survey_flows import engine, loader, serialise
from survey_flows.inputs import Said
from survey_flows.model import Survey
from survey_flows.session import Context
from tests.doubles import NOON

pytestmark = pytest.mark.xdist_group("answer_or_question")

TABLE: dict[str, dict[str, list[Any]]] = yaml.safe_load(
    Path(__file__).with_name("answer_or_question.yml").read_text(encoding="utf-8")
)
TOLD = {text for found in TABLE["told_and_asked"].values() for _, text, _ in found}
LANGUAGES = ("en", "de", "fr", "es", "it", "nl", "pt", "pl")


def rows(name: str) -> Iterator[tuple[Any, ...]]:
    for language, found in TABLE[name].items():
        for row in found:
            yield (language, *(row if isinstance(row, list) else [row]))


@pytest.fixture(scope="module")
def agent() -> Any:
    if lean_import.is_lean() and not {"tensorflow", "rasa.core.agent"} & sys.modules.keys():
        lean_import.install()
    from bot.rasa_glue.agent import load_agent

    return load_agent(ensure_model(), ROOT / "endpoints.yml")


@pytest.fixture(scope="module")
def survey() -> Survey:
    return loader.load_file(ROOT / "survey_flows" / "definitions" / "delivery_nps.yml")


@pytest.fixture(scope="module")
def titles() -> Titles:
    return faq_of(load_settings()).titles(NOON)


@pytest.fixture
def read(agent: Any, survey: Survey, titles: Titles) -> Any:
    async def read(text: str, language: str, *before: str) -> Understood:
        """What `text` means, after the answers `before`."""
        session = engine.start(survey, Context("web", language, 1, NOON)).session
        for said in before:
            session = engine.receive(survey, session, Said(said), NOON).session
        response = Response(1, survey.key, survey.fingerprint, "test", False, serialise.dumps(session))
        conversation = Conversation(1, 1, "web", "web", "ada", language, "survey", response=response)
        return await understand(Message(1, "message", text, None, {}, NOON), conversation, survey, agent, None, titles)

    return read


def test_the_table_covers_every_language() -> None:
    assert set(TABLE["told_and_asked"]) == set(LANGUAGES)
    assert set(TABLE["person_asked_for"]) == set(TABLE["person_named"]) == set(LANGUAGES)
    for name, least in (("answers_to_why", 5), ("both", 5), ("remarks", 5)):
        assert all(len(TABLE[name][language]) >= (12 if language in ("en", "de") else least) for language in LANGUAGES)


@pytest.mark.parametrize(("language", "text"), rows("answers_to_why"))
async def test_words_of_the_faq_are_still_the_answer(read: Any, language: str, text: str) -> None:
    found = await read(text, language, "3")
    assert (found.parse_data["intent"]["name"], found.reading.value, found.digression) == ("survey_answer", text, "")


@pytest.mark.parametrize(("language", "score", "text", "key"), rows("both"))
async def test_a_question_beside_a_score_is_heard(read: Any, language: str, score: int, text: str, key: str) -> None:
    found = await read(text, language)
    assert (found.parse_data["intent"]["name"], found.reading.value) == ("survey_answer", score)
    assert (found.digression, found.asked) == (("", True) if key == "?" else (f"faq/{key}", False))
    assert bool(found.remark) == (text in TOLD)


@pytest.mark.parametrize(("language", "score", "text", "key"), rows("told_and_asked"))
async def test_what_is_told_beside_a_question_is_kept(
    read: Any, language: str, score: int, text: str, key: str
) -> None:
    found = await read(text, language)
    assert (found.digression, found.asked) == (("", True) if key == "?" else (f"faq/{key}", False))
    assert found.remark == text.lstrip("0123456789.,! ")


@pytest.mark.parametrize(("language", "score", "text"), rows("remarks"))
async def test_a_remark_beside_a_score_is_no_question(read: Any, language: str, score: int, text: str) -> None:
    found = await read(text, language)
    assert (found.parse_data["intent"]["name"], found.reading.value) == ("survey_answer", score)
    assert (found.digression, found.asked) == ("", False)


@pytest.mark.parametrize(("language", "text"), rows("unclear"))
async def test_a_number_that_may_count_something_is_asked_about(read: Any, language: str, text: str) -> None:
    assert (await read(text, language)).parse_data["intent"]["name"] == "survey_unclear"


@pytest.mark.parametrize(("language", "text"), rows("person_asked_for"))
async def test_a_person_asked_for_beside_an_account_is_called(read: Any, language: str, text: str) -> None:
    found = await read(text, language, "3")
    answer = (found.parse_data["intent"]["name"], found.reading.value, found.digression)
    assert answer == ("survey_answer", text, PERSON_WANTED)


@pytest.mark.parametrize(("language", "text"), rows("person_named"))
async def test_a_person_who_is_only_named_is_not_called(read: Any, language: str, text: str) -> None:
    found = await read(text, language, "3")
    answer = (found.parse_data["intent"]["name"], found.reading.value, found.digression)
    assert answer == ("survey_answer", text, "")


@pytest.mark.parametrize(("language", "text"), rows("person_asked_for"))
async def test_a_person_asked_for_beside_a_score_and_a_remark_is_called(read: Any, language: str, text: str) -> None:
    found = await read(f"3, {text}", language)
    assert (found.reading.value, found.digression, found.remark) == (3, PERSON_WANTED, text)
