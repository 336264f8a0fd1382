"""`conductor survey publish` says what `check` would warn of, and publishes all the same."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from bot.cli import main
from tests.backends import Backend
from tests.cli.conftest import settle_in
from tests.survey_flows.small_surveys import source_of


def test_a_missing_translation_is_warned_of_and_the_survey_is_live(
    tmp_path: Path, backend: Backend, monkeypatch: pytest.MonkeyPatch
) -> None:
    settle_in(backend, monkeypatch)
    file = tmp_path / "test.yml"
    file.write_text(source_of("{id: score, type: nps}").replace("languages: [en]", "languages: [en, de]"), "utf-8")

    result = CliRunner().invoke(main, ["survey", "publish", str(file)])

    assert (result.exit_code, "test is live" in result.stdout) == (0, True), result.output
    assert 'warning: "text" of question "score" is missing in de.' in result.stderr
    assert "info" not in result.stderr
