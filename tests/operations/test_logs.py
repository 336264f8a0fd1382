"""One line an event; of an error its class and its way, its words only where they are nobody's."""

from __future__ import annotations

import asyncio
import gc
import json
import logging
import smtplib
import sys
from collections.abc import Iterator
from types import SimpleNamespace

import pytest
from sanic.handlers import ErrorHandler

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


@pytest.fixture
def lines(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """What the whole process logs."""
    written: list[str] = []

    class Lines(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            written.append(self.format(record))

    of_loops = logging.getLogger("asyncio")  # as a process has it: Rasa's commands, tested beside, set it otherwise
    monkeypatch.setattr(of_loops, "disabled", False)
    monkeypatch.setattr(of_loops, "propagate", True)
    monkeypatch.setattr(of_loops, "level", logging.NOTSET)
    handler = Lines()
    handler.setFormatter(TextLines())
    logging.getLogger().addHandler(handler)
    yield written
    logging.getLogger().removeHandler(handler)


async def test_a_task_that_nobody_waits_for_says_where_it_failed_and_not_about_what(lines: list[str]) -> None:
    async def fails(_words: str) -> None:
        raise ValueError(WORDS)

    task = asyncio.create_task(fails(WORDS))
    await asyncio.wait([task])
    del task
    gc.collect()
    [line] = lines
    assert "Task exception was never retrieved" in line
    assert "ValueError" in line
    assert "test_logs.py" in line
    assert "marzipan" not in line


def test_a_failed_request_is_named_without_what_was_looked_for(lines: list[str]) -> None:
    asked = SimpleNamespace(url="http://127.0.0.1:5005/console/cases?q=marzipan", app=SimpleNamespace(config=None))
    ErrorHandler.log(asked, ValueError(WORDS))
    [line] = lines
    assert "/console/cases" in line
    assert "marzipan" not in line


def test_a_library_that_calls_its_errors_the_machines_is_not_quoted() -> None:
    refused = smtplib.SMTPRecipientsRefused({"jane@example.com": (550, b"no")})  # an OSError
    line = TextLines().format(record(refused))
    assert "SMTPRecipientsRefused" in line
    assert "jane" not in line
