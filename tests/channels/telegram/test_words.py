"""Telegram's commands must be words that the survey's own reader understands, in each language."""

from __future__ import annotations

import pytest

from channels.telegram.words import command
from survey_flows import answers
from survey_flows.model import Question

QUESTIONS = [Question(id="q", type=kind, text={}) for kind in ("text", "nps")]


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda q: q.type)
@pytest.mark.parametrize("language", ["en", "de", "fr", "es", "it", "nl", "pt", "pl"])
@pytest.mark.parametrize("name", ["stop", "help", "language"])
def test_a_command_steers_the_survey(name: str, language: str, question: Question) -> None:
    words, _ = command(f"/{name}", language)
    reading = answers.read(question, words, language, (language,))
    assert (reading.kind, reading.value) == ("control", name)


@pytest.mark.parametrize("language", [None, "ja", "xx"])
def test_a_language_that_we_do_not_speak_gets_english(language: str | None) -> None:
    assert command("/HELP", language)[0] == "help"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("/start abc-1_Z", "abc-1_Z"),
        ("/start@survey_bot abc", "abc"),
        ("/start " + "x" * 64, "x" * 64),
        ("/start " + "x" * 65, ""),
        ("/start a b", ""),
        ("/start", ""),
        ("start abc", ""),
    ],
)
def test_a_deep_link_carries_a_code_beside_the_button_that_was_pressed(text: str, code: str) -> None:
    assert command(text, "en") == ("/start" if code else text, code)
