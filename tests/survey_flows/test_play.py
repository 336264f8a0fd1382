"""The terminal player: a script of lines in, what the customer would see out."""

from __future__ import annotations

import pytest
from click.testing import CliRunner

from bot.cli import main
from survey_flows.effects import Ended, HandOver, Paused, QuotaCounted, Recorded, Recover, Withdrawn
from survey_flows.play import play, shown, told
from survey_flows.prompt import Choice, Prompt
from survey_flows.session import Context
from tests.survey_flows.small_surveys import ENDINGS, survey_of

NOW = "2026-01-05T09:00:00+00:00"
RECOVERY = ENDINGS + "recovery:\n  - {when: score.band == detractor, team: care, priority: high, respond_within: 4h}\n"
SURVEY = survey_of(
    "{id: score, type: nps, text: {en: Recommend}}", "{id: again, type: yes_no, text: {en: Again}}", rest=RECOVERY
)
CHOICES = (Choice("a", "Apples", emoji="🍎", keypad="1"), Choice("b", "Pears", keypad="2"))


def played(*lines: str, channel: str = "sms") -> tuple[str, list[tuple[str, str]]]:
    """The session's status after these lines, and everything that was written."""
    written: list[tuple[str, str]] = []
    context = Context(channel, "en", 1, NOW)
    session = play(SURVEY, context, lines, lambda style, text: written.append((style, text)), lambda: NOW)
    return session.status, written


def test_a_whole_conversation() -> None:
    status, written = played("3", "yes")
    assert status == "completed"
    assert [text for style, text in written if style == "bot" and text in ("Recommend", "Again", "Thanks!")] == [
        "Recommend", "Again", "Thanks!",
    ]  # fmt: skip
    assert [text for style, text in written if style == "effect"] == [
        "answer kept: score = 3, detractor",
        "case would open: team care, priority high, due in 240 min",
        "answer kept: again = True",
        "response ends: completed, ending done",
    ]


def test_when_the_lines_end_the_answers_are_kept() -> None:
    status, written = played("9")
    assert status == "active"
    assert written[-1] == ("effect", "left unfinished; the answers so far are kept")


def test_on_the_telephone_digits_are_keys() -> None:
    status, written = played("10", "2", channel="voice")
    assert status == "completed"
    assert ("effect", "answer kept: again = False") in written


@pytest.mark.parametrize(("channel", "lines"), [
    ("sms", ["1 🍎 Apples", "2 Pears"]),
    ("whatsapp", ["[ 🍎 Apples ]  [ Pears ]"]),
    ("voice", ["press 1: Apples", "press 2: Pears"]),
])  # fmt: skip
def test_choices_look_as_on_the_channel(channel: str, lines: list[str]) -> None:
    prompt = Prompt("fruit", "choice", "Which?", "en", CHOICES)
    assert [text for style, text in shown(prompt, channel) if style == "choice"] == lines


def test_a_scale_is_one_line_with_its_ends() -> None:
    points = tuple(Choice(n, str(n)) for n in range(1, 4))
    prompt = Prompt("s", "scale", "How?", "en", points, low="bad", high="good")
    assert ("choice", "1 2 3   (1 = bad, 3 = good)") in shown(prompt, "sms")


def test_of_a_score_in_doubt_the_line_shows_what_was_meant() -> None:
    points = tuple(Choice(n, str(n)) for n in range(11))
    prompt = Prompt("s", "scale", "Did you mean 8 or 9?", "en", points, meant=(8, 9))
    assert shown(prompt, "web")[1:] == [("choice", "8 9")]


def test_a_star_on_the_telephone_repeats() -> None:
    result = CliRunner().invoke(main, ["survey", "play", "delivery_nps", "--channel", "voice"], input="*\n")
    assert result.output.count("How likely are you to recommend us to a friend or colleague?") == 2
    assert "did not catch" not in result.output


@pytest.mark.parametrize(("effect", "words"), [
    (Recorded("a", "a", "nps", None, "", skipped=True), "answer kept: a = skipped"),
    (Recorded("a", "a", "nps", 8, "8", "nps", 8.0, "passive", replaced=True),
     "answer kept: a = 8, passive (replaces the earlier one)"),
    (Withdrawn("b"), "answer no longer counts: b"),
    (Recover(0, "care", "high", 240, "a", "nps", 3.0, "detractor"),
     "case would open: team care, priority high, due in 240 min"),
    (HandOver("asked"), "a person would take over (asked)"),
    (Ended("stopped"), "response ends: stopped"),
    (QuotaCounted("gold"), "counts for quota gold"),
    (Paused(), "paused until the customer writes again"),
])  # fmt: skip
def test_effects_are_told_in_words(effect: object, words: str) -> None:
    assert told(effect) == words  # type: ignore[arg-type]


def test_a_pipe_can_be_the_customer() -> None:
    result = CliRunner().invoke(main, ["survey", "play", "delivery_nps", "--lang", "de"], input="3\n")
    assert result.exit_code == 0
    assert "case would open" in result.output


@pytest.mark.parametrize(
    "arguments", [["nosuch"], ["delivery_nps", "--lang", "xx"], ["delivery_nps", "--attribute", "name"]]
)
def test_what_cannot_be_played_is_a_sentence(arguments: list[str]) -> None:
    result = CliRunner().invoke(main, ["survey", "play", *arguments])
    assert result.exit_code == 2
    assert result.output.startswith("Error: ")
