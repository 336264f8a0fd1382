"""An anonymous survey that opens cases asks once for an address, and only those whose case it opened."""

from __future__ import annotations

import pytest

from survey_flows import engine
from survey_flows.effects import Ask
from survey_flows.inputs import Said
from survey_flows.loader import load_survey
from survey_flows.model import Survey
from survey_flows.session import Context

SOURCE = """
format: 1
key: pulse
title: {en: Pulse, de: Puls}
touchpoint: work
languages: [en, de]
anonymous: true
questions:
  - {id: score, type: nps, text: {en: "Recommend?", de: "Empfehlen?"}}
endings: {done: {text: {en: Thanks., de: Danke.}}}
recovery:
  - {when: score.band == detractor, team: people}
  - {when: score <= 1, team: lead}
"""
NOW = "2026-11-23T12:00:00+00:00"


def asked_after(survey: Survey, said: str) -> list[str]:
    begun = engine.start(survey, Context("web", "en", 1, NOW)).session
    return [e.prompt.question for e in engine.receive(survey, begun, Said(said), NOW).effects if isinstance(e, Ask)]


@pytest.mark.parametrize(("score", "asked"), [("2", ["reply_to"]), ("7", []), ("10", [])])
def test_only_who_was_unhappy_is_asked(score: str, asked: list[str]) -> None:
    assert asked_after(load_survey(SOURCE), score) == asked


@pytest.mark.parametrize(
    ("instead_of", "stands"),
    [
        ("anonymous: true", "anonymous: false"),
        ("anonymous: true", "anonymous: true\noffer_contact: false"),
        (
            "questions:\n",
            'questions:\n  - {id: mail, type: contact, kind: mail, text: {en: "Where?", de: "Wohin?"}}\n',
        ),
    ],
)
def test_a_survey_that_needs_no_offer_is_as_it_was_written(instead_of: str, stands: str) -> None:
    survey = load_survey(SOURCE.replace(instead_of, stands))
    assert "reply_to" not in [node.id for node in survey.nodes]


def test_a_survey_without_recovery_makes_no_offer() -> None:
    assert [node.id for node in load_survey(SOURCE.partition("recovery:")[0]).nodes] == ["score"]
