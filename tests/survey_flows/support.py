"""Small surveys for tests: only what a test is about is written down, the rest is filled in."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass, field
from typing import Any

import yaml

from survey_flows import engine, serialise
from survey_flows.effects import Ask, Effect, Ended, Recorded, Say, Withdrawn
from survey_flows.inputs import Input, Said
from survey_flows.loader import load_survey
from survey_flows.model import Survey
from survey_flows.problems import SurveyError
from survey_flows.reading import Reading
from survey_flows.session import Context, Session

NOW = "2026-01-05T10:00:00+00:00"
HEAD = {"format": 1, "key": "small", "title": "Small", "languages": ["en", "de"]}
TAIL = {"endings": {"done": {"text": {"en": "Bye.", "de": "Tschüs."}}}}

BRANCHING = """
questions:
  - id: score
    type: nps
    text: {en: "Score?", de: "Note?"}
    short: "Score, 0 to 10?"
    help: Ten is best.
    next: [{if: score.band == promoter, goto: liked}]
  - {id: why, type: text, when: score <= 6, text: "Why {score}?"}
  - {id: more, type: yes_no, text: "More?"}
  - {id: liked, type: yes_no, text: {en: "Liked?", de: "Gut?"}}
recovery:
  - {when: score.band == detractor, team: care, priority: high, respond_within: 4h, tell: "Somebody writes by {due}."}
"""
"""Most of what a survey can do, in four questions."""


def source(body: str) -> str:
    """A whole survey file from the part that matters. The part's own fields win."""
    return yaml.safe_dump(
        {**HEAD, **TAIL, **(yaml.safe_load(textwrap.dedent(body)) or {})}, sort_keys=False, allow_unicode=True
    )


def survey(body: str) -> Survey:
    return load_survey(source(body))


def problems(text: str, **options: Any) -> list[str]:
    """What is wrong with a file; empty when it loads."""
    try:
        load_survey(text, filename="s.yml", **options)
    except SurveyError as error:
        return [str(problem) for problem in error.problems]
    return []


@dataclass
class Talk:
    """A conversation with the engine. Every turn passes through the saved form of the session."""

    survey: Survey
    session: Session
    effects: tuple[Effect, ...]
    history: list[Effect] = field(default_factory=list)

    def send(self, inp: Input | Reading | str) -> Talk:
        """A raw input, a reading (as if the words had been read so), or plain words for the real reader."""
        if isinstance(inp, Reading):
            inp = Said("…", inp)
        elif isinstance(inp, str):
            inp = Said(inp)
        turn = engine.receive(self.survey, serialise.loads(serialise.dumps(self.session)), inp, NOW)
        self.session, self.effects = turn.session, turn.effects
        self.history.extend(turn.effects)
        return self

    @property
    def asked(self) -> str | None:
        return next((effect.prompt.text for effect in self.effects if isinstance(effect, Ask)), None)

    @property
    def said(self) -> list[str]:
        return [effect.text for effect in self.effects if isinstance(effect, Say)]

    @property
    def recorded(self) -> dict[str, Any]:
        return {effect.node: effect.value for effect in self.effects if isinstance(effect, Recorded)}

    @property
    def withdrawn(self) -> list[str]:
        return [effect.node for effect in self.effects if isinstance(effect, Withdrawn)]

    @property
    def ended(self) -> Ended | None:
        return next((effect for effect in self.effects if isinstance(effect, Ended)), None)

    @property
    def names(self) -> list[str]:
        """The kinds of effects of the last turn, in order."""
        return [type(effect).__name__ for effect in self.effects]


def talk(body: str | Survey, **context: Any) -> Talk:
    loaded = survey(body) if isinstance(body, str) else body
    turn = engine.start(loaded, Context(**{"channel": "sms", "language": "en", "seed": 7, "now": NOW, **context}))
    return Talk(loaded, turn.session, turn.effects, list(turn.effects))
