"""What a check says, and what it is told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, Literal

import yaml

from survey_flows.model import Survey, Text
from survey_flows.paths.walk import Walk, walk
from survey_flows.yaml_marks import MarkedDict, parse

Level = Literal["error", "warning", "info"]
LEVELS: tuple[Level, ...] = ("error", "warning", "info")


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing about a survey. `line` counts from 1, 0 is the file as a whole. `mend` says what to do, "" when
    nothing has to be done.

    `error`: the survey does not do what was written. `warning`: customers will notice. `info`: worth knowing.
    """

    level: Level
    file: str
    line: int
    what: str
    mend: str = ""

    def as_dict(self) -> dict[str, Any]:
        """The public form, as `--format json` prints it."""
        return asdict(self)

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        return f"{place}: {self.level}: {self.what} {self.mend}".rstrip()


@lru_cache(maxsize=1)
def channels() -> Mapping[str, Any]:
    """The limits of the channels (`survey_flows/channels.yml`)."""
    path = Path(__file__).parents[1] / "channels.yml"
    loaded: Mapping[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return loaded


@dataclass(frozen=True)
class Subject:
    """The survey that is checked, its file's name, and what several checks need: the walk, and where things stand in
    the file."""

    survey: Survey
    file: str

    @cached_property
    def walk(self) -> Walk:
        return walk(self.survey)

    @cached_property
    def _marks(self) -> Any:
        return parse(self.survey.source, self.file)[0]

    def line(self, *path: str) -> int:
        """The line of a field at the top of the file (`line("endings", "done")`); 0 when it is not there."""
        here, line = self._marks, 0
        for name in path:
            if not isinstance(here, MarkedDict) or name not in here:
                return line
            here, line = here[name], here.line_of(name)
        return line

    def finding(self, level: Level, line: int, what: str, mend: str = "") -> Finding:
        return Finding(level, self.file, line, what, mend)

    @cached_property
    def texts(self) -> tuple[tuple[str, int, Text], ...]:
        """Every text a customer can read: (what it is, line, words). Copies that loops make are there once."""
        survey = self.survey
        found: list[tuple[str, int, Text]] = [("the greeting", self.line("greeting"), survey.greeting)]
        for node in survey.nodes:
            question = node.question
            for name in ("text", "short", "help", "low", "high", "unit", "tell_more"):
                found.append((f'"{name}" of question "{node.id}"', node.line, getattr(question, name)))
            for option in question.options:
                found.append((f'the label of option "{option.key}" of "{node.id}"', node.line, option.label))
                found.append((f'the short label of option "{option.key}" of "{node.id}"', node.line, option.short))
        for key, ending in survey.endings.items():
            found.append((f'the text of ending "{key}"', self.line("endings", key), ending.text))
        for number, rule in enumerate(survey.recovery, 1):
            found.append((f'"tell" of recovery rule {number}', self.line("recovery"), rule.tell))
        if survey.review:
            found.append(("the text of the review invitation", self.line("review"), survey.review.text))
            wordings = [text for _, text in survey.review.wordings]
            found += [("a wording of the review invitation", self.line("review"), text) for text in wordings]
        for name, attribute in survey.attributes.items():
            found.append((f'the fallback of attribute "{name}"', self.line("attributes", name), attribute.fallback))
        unique = {(line, tuple(words.items())): (what, line, words) for what, line, words in reversed(found) if words}
        return tuple(reversed(unique.values()))
