"""One line an event; of an error its class and its way, its words only where they are nobody's."""

from __future__ import annotations

import json
import logging
import sys

import pytest

from bot.errors import ConductorError
from bot.telemetry.logs import JsonLines, TextLines, configure
from bot.telemetry.turns import turn

WORDS = "my parcel of marzipan never came"


def record(error: BaseException | None = None) -> logging.LogRecord:
    info = None
    if error is not None:
        try:
            raise error
        except BaseException:
            info = sys.exc_info()
    return logging.LogRecord("bot.conversation.worker", logging.ERROR, __file__, 1, "It %s.", ("stopped",), info)


def test_a_line_of_json() -> None:
    line = json.loads(JsonLines().format(record()))
    assert line.pop("time").endswith("+00:00")
    assert line == {"level": "error", "component": "bot.conversation.worker", "message": "It stopped."}


@pytest.mark.parametrize("form", [JsonLines(), TextLines()])
def test_an_errors_words_may_be_a_customers(form: logging.Formatter) -> None:
    line = form.format(record(ValueError(WORDS)))
    assert "ValueError" in line
    assert "test_logs.py" in line
    assert "marzipan" not in line


@pytest.mark.parametrize(
    "error", [ConductorError("The port is taken.", "Take another."), OSError("The port is taken.")]
)
def test_words_of_ours_and_of_the_machine_are_shown(error: Exception) -> None:
    assert "The port is taken." in TextLines().format(record(error))


def test_within_a_turn_a_line_has_its_conversation() -> None:
    with turn(12, "telegram", "message", 3):
        assert json.loads(JsonLines().format(record()))["conversation"] == 12
        assert "[conversation 12]" in TextLines().format(record())
    assert "conversation 12" not in TextLines().format(record())


@pytest.mark.parametrize(("level", "form"), [("LOUD", "text"), ("INFO", "xml")])
def test_what_does_not_exist_is_named(level: str, form: str) -> None:
    with pytest.raises(ConductorError, match=r"LOUD|xml"):
        configure(level, form)
