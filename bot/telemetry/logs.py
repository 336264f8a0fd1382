"""The log: one line an event, as text or (LOG_FORMAT=json) as JSON, with the conversation's id and no personal data.

- LOG_LEVEL is for our own code. Libraries stay at WARNING: below, they log what customers write (drivers the parameters
  of statements, SDKs their requests, Rasa the messages).
- An error's words may quote a customer, so of an error its class and its way are logged. Exceptions: our own
  ConductorError, and what the operating system says.
- Rasa logs by structlog: of its events the sentence is kept, not the values beside it.
- asyncio shows a task with its error's words, Sanic an address with what was looked for: both are cut off.
"""

from __future__ import annotations

import json
import logging
import re
import traceback
from collections.abc import Mapping, MutableMapping
from datetime import datetime, timezone
from typing import Any

from bot.errors import ConductorError
from bot.telemetry.away import OfLibraries
from bot.telemetry.turns import CONVERSATION

OURS = ("bot", "channels", "survey_flows", "actions")
FORMATS = ("text", "json")
_OPEN_WORDS = (ConductorError, OSError, ImportError)
_OF_THE_MACHINE = ("builtins", "socket", "ssl")
"""Modules whose OSErrors say what the operating system said. Libraries make OSErrors of their own, which quote (smtplib
names whom a letter was for, requests the whole address)."""
_QUERY = re.compile(r"\?\S+")


def configure(level: str, form: str) -> None:
    """Everything in this process logs to standard error like this from now on. Raises ConductorError for a level or a
    format that does not exist."""
    if not isinstance(logging.getLevelName(level), int):
        raise ConductorError(f"LOG_LEVEL is {level!r}.", "Use DEBUG, INFO, WARNING, ERROR or CRITICAL.")
    if form not in FORMATS:
        raise ConductorError(f"LOG_FORMAT is {form!r}.", "Use text or json.")
    handler = logging.StreamHandler()
    handler.setFormatter(JsonLines() if form == "json" else TextLines())
    handler.addFilter(OfLibraries())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(max(logging.WARNING, logging.getLevelName(level)))
    for name in OURS:
        logging.getLogger(name).setLevel(level)
    if level == "DEBUG":
        logging.captureWarnings(True)  # else `conductor serve` leaves them out
    quiet_rasa()


def take_in_sanic() -> None:
    """What Sanic logs goes this way, too. Rasa's server cuts its loggers off from all others when it starts
    (`update_sanic_log_level`): their lines would be written as they are, with what an error quotes."""
    for name in ("sanic.root", "sanic.error", "sanic.access"):
        logging.getLogger(name).propagate = True


def quiet_rasa() -> None:
    """Rasa's structlog on the standard log, from WARNING on."""
    import structlog

    structlog.configure(
        processors=[_sentence_only],
        wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING),
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )


def _sentence_only(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> str:
    name, said = str(event.get("event", "")), str(event.get("event_info", ""))
    error = event.get("exc_info")
    kind = f" ({type(error).__name__})" if isinstance(error, BaseException) else ""
    return f"{name}: {said}{kind}" if said else f"{name}{kind}"


def _way(record: logging.LogRecord) -> Mapping[str, str] | None:
    """Class and frames of a record's error; its words only where they are no customer's."""
    error = record.exc_info[1] if record.exc_info else None
    if error is None:
        return None
    words = f": {error}" if _open(error) else ""
    return {
        "error": f"{type(error).__name__}{words}",
        "trace": "".join(traceback.format_tb(error.__traceback__)),
    }


def _open(error: BaseException) -> bool:
    if isinstance(error, OSError):
        return type(error).__module__ in _OF_THE_MACHINE
    return isinstance(error, _OPEN_WORDS)


def _said(record: logging.LogRecord) -> str:
    """A record's sentence, without what a library shows beside it."""
    said = record.getMessage()
    if record.name == "asyncio":
        return said.split("\n", 1)[0]
    if record.name.startswith("sanic"):
        return _QUERY.sub("?…", said)
    return said


class TextLines(logging.Formatter):
    """``time LEVEL component [conversation 12] message``, an error's way below it."""

    def format(self, record: logging.LogRecord) -> str:
        here = CONVERSATION.get()
        whose = f" [conversation {here}]" if here is not None else ""
        line = f"{_time(record)} {record.levelname} {record.name}{whose}: {_said(record)}"
        found = _way(record)
        return f"{line}\n{found['trace']}{found['error']}" if found else line


class JsonLines(logging.Formatter):
    """time (ISO 8601, UTC), level, component, message; conversation, error and trace where there is one."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "time": _time(record),
            "level": record.levelname.lower(),
            "component": record.name,
            "message": _said(record),
        }
        here = CONVERSATION.get()
        if here is not None:
            line["conversation"] = here
        line.update(_way(record) or {})
        return json.dumps(line, ensure_ascii=False)


def _time(record: logging.LogRecord) -> str:
    return datetime.fromtimestamp(record.created, timezone.utc).isoformat(timespec="milliseconds")
