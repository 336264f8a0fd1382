"""Old files stay readable: a registry lifts a definition step by step, and says what is wrong with a version it does
not know."""

from __future__ import annotations

import pytest

from survey_flows import migrations
from survey_flows.migrations import Definition, FormatError, Formats
from survey_flows.yaml_marks import MarkedDict, parse


@pytest.fixture
def formats() -> Formats:
    """A format that has changed twice: 2 renamed `touchpoint`, 3 made `expires` a mapping."""
    formats = Formats(first=1)

    @formats.to(2)
    def rename_touchpoint(definition: Definition) -> None:
        definition["moment"] = definition.pop("touchpoint")

    @formats.to(3)
    def expiry_by_channel(definition: Definition) -> None:
        definition["expires"] = {"default": definition.get("expires", "7d")}

    return formats


OLD = {"format": 1, "key": "a", "touchpoint": "delivery", "expires": "2d"}


def test_a_file_of_format_1_is_lifted_through_every_step(formats: Formats) -> None:
    assert formats.migrate(OLD) == {"format": 3, "key": "a", "moment": "delivery", "expires": {"default": "2d"}}


def test_a_file_in_the_middle_starts_there(formats: Formats) -> None:
    lifted = formats.migrate({"format": 2, "key": "a", "moment": "support"})
    assert lifted == {"format": 3, "key": "a", "moment": "support", "expires": {"default": "7d"}}


def test_a_current_file_is_returned_equal_but_not_the_same(formats: Formats) -> None:
    current = {"format": 3, "questions": [{"id": "a"}]}
    lifted = formats.migrate(current)
    lifted["questions"][0]["id"] = "b"
    assert current == {"format": 3, "questions": [{"id": "a"}]}


def test_the_given_definition_is_left_alone(formats: Formats) -> None:
    before = dict(OLD)
    formats.migrate(OLD)
    assert before == OLD


@pytest.mark.parametrize(
    ("version", "says"),
    [
        (None, "format: 3"),
        ("1", "format: 3"),
        (True, "format: 3"),
        (4, "reads up to 3"),
        (0, "oldest is 1"),
    ],
)
def test_an_unknown_version_is_a_sentence(formats: Formats, version: object, says: str) -> None:
    with pytest.raises(FormatError, match=says):
        formats.migrate({"format": version})


@pytest.mark.parametrize("version", [2, 3, 5])
def test_steps_are_registered_in_order_and_once(formats: Formats, version: int) -> None:
    with pytest.raises(ValueError, match="next format after 3 is 4"):
        formats.to(version)


def test_today_there_is_only_format_1() -> None:
    assert migrations.FORMATS.latest == 1
    assert migrations.migrate({"format": 1, "key": "a"}) == {"format": 1, "key": "a"}


def test_a_file_that_knows_its_lines_still_does(formats: Formats) -> None:
    document, _ = parse("format: 1\nkey: a\ntouchpoint: delivery\nquestions: []\n", "a.yml")
    lifted = formats.migrate(document)
    assert isinstance(lifted, MarkedDict)
    assert lifted.line_of("questions") == 4
