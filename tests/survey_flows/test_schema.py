"""The published JSON Schema: what the loader takes, an editor takes; and the other way round for typical mistakes."""

from __future__ import annotations

import json
from copy import deepcopy
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from survey_flows.check import DEFINITIONS
from survey_flows.loader import load_survey
from survey_flows.new import TEMPLATES
from survey_flows.problems import SurveyError
from survey_flows.questions import TYPES
from survey_flows.questions.base import COMMON_FIELDS
from survey_flows.yaml_marks import parse
from tests.survey_flows.small_surveys import EVERYTHING

ROOT = Path(__file__).parents[2]
SCHEMA: dict[str, Any] = json.loads((DEFINITIONS.parent / "schema" / "survey-1.json").read_text(encoding="utf-8"))
VALIDATOR = jsonschema.Draft7Validator(SCHEMA)
FILES = [*sorted(DEFINITIONS.glob("*.yml")), *sorted(TEMPLATES.glob("*.yml"))]


def errors(source: str) -> list[str]:
    document, problems = parse(source, "test.yml")
    assert not problems
    return [f"{list(e.absolute_path)}: {e.message}" for e in VALIDATOR.iter_errors(document)]


def example_of_the_how_to() -> str:
    text = (ROOT / "docs" / "how-to" / "write-a-survey.md").read_text(encoding="utf-8")
    return text.split("```yaml\n", 1)[1].split("```", 1)[0]


def test_it_is_a_valid_draft_7_schema() -> None:
    jsonschema.Draft7Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("path", FILES, ids=lambda p: f"{p.parent.name}/{p.stem}")
def test_every_survey_of_ours_validates(path: Path) -> None:
    assert errors(path.read_text(encoding="utf-8")) == []


def test_the_example_with_everything_validates() -> None:
    assert errors(EVERYTHING) == []


def test_the_example_of_the_how_to_validates_and_loads() -> None:
    source = example_of_the_how_to()
    assert errors(source) == []
    assert load_survey(source).key == "my_delivery"


MISTAKES: list[tuple[str, str, str]] = [
    ("no format", "format: 1\n", ""),
    ("another format", "format: 1", "format: 2"),
    ("a key with a blank", "key: everything", "key: every thing"),
    ("a misspelt field", "touchpoint: delivery", "touchpiont: delivery"),
    ("an unknown type", "type: nps", "type: nsp"),
    ("a field of another type", "type: nps", "type: nps\n    stars: true"),
    ("no text", '    text: {en: "Would you recommend us?"}\n', ""),
    ("a rating without a scale", "scale: [1, 5], ", ""),
    ("a scale of one number", "scale: [1, 5]", "scale: [1]"),
    ("too many re-asks", "on_unreadable: hand_over", "reasks: 9"),
    ("an unknown word", "on_unreadable: hand_over", "on_unreadable: despair"),
    ("a duration in words", "after: 2h", "after: two hours"),
    ("an option without a label", "{key: speed, label: {en: Speed}}", "{key: speed}"),
    ("a loop over nothing", "    over: liked\n", ""),
    ("an unknown status", "status: disqualified", "status: gone"),
    ("an unknown attribute type", "type: text}\nsplits", "type: word}\nsplits"),
    ("a recovery rule without a team", ", team: care", ""),
    ("a quota without an ending", ", then: full", ""),
]


@pytest.mark.parametrize(("right", "wrong"), [m[1:] for m in MISTAKES], ids=[m[0] for m in MISTAKES])
def test_a_typical_mistake_is_marked_by_schema_and_loader_alike(right: str, wrong: str) -> None:
    assert right in EVERYTHING
    broken = EVERYTHING.replace(right, wrong, 1)
    assert errors(broken) != []
    with pytest.raises(SurveyError):
        load_survey(broken)


def test_types_are_those_the_engine_registers() -> None:
    assert set(SCHEMA["definitions"]["question"]["properties"]["type"]["enum"]) == set(TYPES)


@pytest.mark.parametrize("name", sorted(TYPES))
def test_fields_are_those_the_engine_understands(name: str) -> None:
    definition = SCHEMA["definitions"][f"question_{name}"]
    assert set(definition["properties"]) == COMMON_FIELDS | TYPES[name].fields
    assert definition["additionalProperties"] is False


def _properties(part: Any) -> list[tuple[str, dict[str, Any]]]:
    found: list[tuple[str, dict[str, Any]]] = []
    if isinstance(part, dict):
        found += list(part.get("properties", {}).items()) if isinstance(part.get("properties"), dict) else []
        for key, inner in part.items():
            if key != "if":
                found += _properties(inner)
    elif isinstance(part, list):
        for inner in part:
            found += _properties(inner)
    return found


def test_every_field_is_described_for_completion() -> None:
    nameless = [
        name
        for name, field in _properties(deepcopy(SCHEMA))
        if isinstance(field, dict) and not field.get("description")
    ]
    assert nameless == []
