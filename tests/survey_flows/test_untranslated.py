"""A template in a language that it does not speak is unfinished, and the check says so."""

from __future__ import annotations

from pathlib import Path

from survey_flows.check import check_file, failed
from survey_flows.new import write


def test_words_that_are_english_still_are_a_warning(tmp_path: Path) -> None:
    file = write(tmp_path, "half", languages=("en", "it"))
    marked = [n for n, line in enumerate(file.read_text("utf-8").splitlines(), 1) if line.endswith("# translate")]

    [finding] = [found for found in check_file(file) if "not translated yet" in found.what]

    assert (finding.level, finding.line) == ("warning", marked[0])
    assert finding.what.startswith(f"{len(marked)} texts are")
    assert failed([finding], strict=True)


def test_a_template_in_its_own_languages_is_finished(tmp_path: Path) -> None:
    file = write(tmp_path, "whole", languages=("en", "de"))
    assert [found for found in check_file(file) if found.level != "info"] == []
