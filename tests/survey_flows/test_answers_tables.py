"""Every row of `tests/answers/*.yml`: what people type or say, and what it means."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from survey_flows.answers import read
from survey_flows.model import Option, Question
from survey_flows.reading import NOT_AN_ANSWER, Reading, ambiguous, control, outside, value

TABLES = sorted((Path(__file__).parents[1] / "answers").glob("*.yml"))


def question_of(data: dict[str, Any]) -> Question:
    fields = {"id": "q", "text": {}, **data}
    fields["options"] = tuple(Option(**option) for option in data.get("options", ()))
    return Question(**fields)


def expected(row: Any) -> Reading:
    if row == "none":
        return NOT_AN_ANSWER
    if not isinstance(row, dict):
        return value(row)
    if "any_of" in row:
        return ambiguous(*row["any_of"])
    if "outside" in row:
        return outside(row["outside"], row.get("rest", ""))
    if "control" in row:
        return control(row["control"], *row.get("to", ()))
    return replace(value(row["value"], row.get("rest", "")), stops=row.get("stops", False))


def rows() -> list[Any]:
    found = []
    for path in TABLES:
        table = yaml.safe_load(path.read_text(encoding="utf-8"))
        found += [pytest.param(table, text, row, id=f"{path.stem}: {text}") for text, row in table["readings"].items()]
    return found


@pytest.mark.parametrize(("table", "text", "row"), rows())
def test_reading(table: dict[str, Any], text: str, row: Any) -> None:
    language = table["language"]
    languages = tuple(table.get("languages", [language]))

    reading = read(question_of(table["question"]), text, language, languages, table.get("today", ""))

    assert reading == expected(row)
    assert type(reading.value) is type(expected(row).value)


def test_the_tables_hold_what_they_promise() -> None:
    controls = [p for p in rows() if isinstance(p.values[2], dict) and "control" in p.values[2]]
    near_misses = [p for p in rows() if "near_misses" in p.id]

    assert len(rows()) >= 1200
    assert len(controls) >= 100
    assert len(near_misses) >= 100
    assert {path.stem[:2] for path in TABLES} == {"en", "de", "fr", "es", "it", "nl", "pt", "pl"}
