"""Random customers: reproducible, all counted, and they meet every branch."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from bot.cli import main
from survey_flows import simulate
from survey_flows.check import DEFINITIONS
from survey_flows.loader import load_file, load_survey
from tests.survey_flows.small_surveys import EVERYTHING, survey_of

SURVEY = load_survey(EVERYTHING)


def test_the_same_seed_gives_the_same_customers() -> None:
    assert simulate.run(SURVEY, 50, seed=4) == simulate.run(SURVEY, 50, seed=4)
    assert simulate.run(SURVEY, 50, seed=4).paths != simulate.run(SURVEY, 50, seed=5).paths


def test_more_customers_do_not_change_those_before() -> None:
    few, many = simulate.run(SURVEY, 20, seed=1), simulate.run(SURVEY, 40, seed=1)
    assert few.paths <= many.paths


def test_everybody_is_counted_once() -> None:
    result = simulate.run(SURVEY, 120, seed=2)
    counts = (
        result.customers,
        result.paths.total(),
        result.ends.total(),
        result.turns.total(),
        result.lengths().total(),
    )
    assert counts == (120,) * 5


def test_every_ending_and_every_question_is_met() -> None:
    result = simulate.run(SURVEY, 1500, seed=3)
    assert {"done", "not_customer", "full", "expired", "stopped"} <= set(result.ends)
    assert set(result.asked) == {node.id for node in SURVEY.nodes if node.question.type != "message"}


@pytest.mark.parametrize("path", sorted(DEFINITIONS.glob("*.yml")), ids=lambda p: p.stem)
def test_nobody_gets_stuck_in_a_ready_survey(path: object) -> None:
    result = simulate.run(load_file(str(path)), 150, seed=9)
    assert result.ends["unfinished"] == 0


def test_progress_is_told_after_each_customer() -> None:
    told: list[int] = []
    simulate.run(survey_of("{id: a, type: yes_no}"), 5, 1, progress=told.append)
    assert told == [1] * 5


def test_a_negative_number_is_refused() -> None:
    with pytest.raises(ValueError, match="must not be negative"):
        simulate.run(SURVEY, -1, 1)


def test_the_command_shows_where_customers_end() -> None:
    result = CliRunner().invoke(main, ["survey", "simulate", "30", "delivery_nps", "--seed", "2"])
    assert result.exit_code == 0
    assert result.output.startswith("30 random customers took delivery_nps.")


def test_the_command_as_json() -> None:
    result = CliRunner().invoke(main, ["survey", "simulate", "30", "delivery_nps", "--format", "json", "--lang", "de"])
    assert sum(path["customers"] for path in json.loads(result.stdout)["paths"]) == 30


@pytest.mark.parametrize(
    "arguments", [["0", "delivery_nps"], ["x", "delivery_nps"], ["5", "nosuch"], ["5", "delivery_nps", "--lang", "xx"]]
)
def test_what_cannot_be_simulated_is_a_sentence(arguments: list[str]) -> None:
    result = CliRunner().invoke(main, ["survey", "simulate", *arguments])
    assert result.exit_code == 2
    assert "Error: " in result.output
