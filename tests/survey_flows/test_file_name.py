"""A key that is not its file's name is a mistake: published, the survey would replace another."""

from __future__ import annotations

from pathlib import Path

import pytest

from survey_flows.check import check_file, failed
from survey_flows.checks.finding import Finding
from tests.survey_flows.small_surveys import source_of

SCORE = "{id: score, type: nps, required: true, on_unreadable: hand_over}"


def errors(file: Path) -> list[Finding]:
    return [found for found in check_file(file) if found.level == "error"]


def write(file: Path, key: str) -> Path:
    file.write_text("# a remark\n" + source_of(SCORE).replace("key: test", f"key: {key}"), "utf-8")
    return file


def test_a_key_that_is_the_files_name_is_fine(tmp_path: Path) -> None:
    write(tmp_path / "other.yml", "other")
    assert errors(write(tmp_path / "mine.yml", "mine")) == []


def test_another_key_is_an_error_at_its_line(tmp_path: Path) -> None:
    file = write(tmp_path / "mine.yml", "shop")
    [found] = errors(file)
    assert (found.file, file.read_text().splitlines()[found.line - 1]) == (str(file), "key: shop")
    assert found.what == 'The key is "shop", and the file is called mine.yml.'
    assert found.mend == "Write `key: mine`, or call the file shop.yml."
    assert failed([found])


@pytest.mark.parametrize("other", ["shop.yml", "a_copy.yml"])
def test_the_other_file_with_the_key_is_named_with_its_line(tmp_path: Path, other: str) -> None:
    write(tmp_path / other, "shop")
    [found] = errors(write(tmp_path / "mine.yml", "shop"))
    assert f"; {other}:{found.line} has this key as well: published, one replaces the other." in found.what
    assert found.mend == "Write `key: mine`."  # the other name is taken


def test_a_file_beside_it_that_cannot_be_read_hides_nothing(tmp_path: Path) -> None:
    (tmp_path / "binary.yml").write_bytes(b"\xff\xfe\x00")
    (tmp_path / "broken.yml").write_text("key: [")
    assert len(errors(write(tmp_path / "mine.yml", "shop"))) == 1
