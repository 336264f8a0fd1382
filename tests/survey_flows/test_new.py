"""A new survey is valid from the first second, in the languages asked for, and never overwrites another."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from bot.cli import main
from survey_flows import new
from survey_flows.check import check_file
from survey_flows.loader import load_survey

TEMPLATES = ("blank", "ces", "csat", "nps")


def test_there_is_a_template_for_each_metric() -> None:
    assert new.templates() == TEMPLATES


@pytest.mark.parametrize("template", TEMPLATES)
@pytest.mark.parametrize("languages", [("en",), ("de", "fr"), ("en", "de", "fr", "es"), ("it", "pt-BR")])
def test_a_new_survey_is_valid_in_its_languages(template: str, languages: tuple[str, ...], tmp_path: Path) -> None:
    path = new.write(tmp_path, "my_survey", template, languages)
    survey = load_survey(path.read_text(encoding="utf-8"))
    assert (survey.key, survey.languages) == ("my_survey", languages)
    found = [f.what for f in check_file(path) if f.level != "info"]
    unfinished = not set(languages) <= set(new.WRITTEN)
    assert len(found) == unfinished
    assert all("not translated yet" in what for what in found)


def test_a_language_the_templates_do_not_speak_is_marked() -> None:
    text = new.render("a", "nps", ("en", "it"))
    assert text.count(" it: ") > 5
    assert all(line.endswith("  # translate") for line in text.splitlines() if " it: " in line)


def test_it_carries_its_comments_and_its_schema() -> None:
    text = new.render("a", "blank")
    assert text.startswith("# yaml-language-server: $schema=../schema/survey-1.json\n")
    assert "# required: true" in text


def test_an_existing_file_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "mine.yml"
    path.write_text("precious", encoding="utf-8")
    with pytest.raises(new.NewSurveyError, match="exists already"):
        new.write(tmp_path, "mine")
    assert path.read_text(encoding="utf-8") == "precious"


@pytest.mark.parametrize(("key", "template", "languages", "says"), [
    ("My Survey", "nps", ("en",), "Use only a–z"),
    ("a", "npss", ("en",), "There are: blank, ces, csat, nps"),
    ("a", "nps", ("english!",), "Use codes like"),
    ("a", "nps", (), "Use codes like"),
])  # fmt: skip
def test_what_cannot_be_written_is_a_sentence(key: str, template: str, languages: tuple[str, ...], says: str) -> None:
    with pytest.raises(new.NewSurveyError, match=says):
        new.render(key, template, languages)


def test_the_command_writes_and_then_refuses(tmp_path: Path) -> None:
    arguments = ["survey", "new", "fresh", "--template", "csat", "--lang", "de", "--folder", str(tmp_path)]
    assert CliRunner().invoke(main, arguments).exit_code == 0
    again = CliRunner().invoke(main, arguments)
    assert again.exit_code == 2
    assert "exists already" in again.output


def test_a_folder_that_is_not_there_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(new.NewSurveyError, match="cannot be written"):
        new.write(tmp_path / "nowhere", "a")
