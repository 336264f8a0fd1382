"""What is said of the database or Redis while it is away: a line when it goes, one a minute, one when it is back.

Everything that looks again each second fails each second meanwhile; the log would hold nothing else, and none of it
says more than the first line did. Errors of another kind keep their way (`bot/conversation/failure.py`).
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable

from bot.telemetry.redis_writes import no_writes

log = logging.getLogger(__name__)

EVERY_SECONDS = 60.0


class Away:
    """One service. `gone` and `back` are the sentences. Loops and threads of libraries tell it, so it locks."""

    def __init__(
        self,
        gone: str,
        back: str,
        now: Callable[[], float] = time.monotonic,
        instead: Callable[[BaseException], str] = lambda _: "",
    ) -> None:
        """`instead`: the sentence for an error that says more than that it is gone; "" for all others."""
        self._gone, self._back, self._now, self._instead = gone, back, now, instead
        self._since: float | None = None
        self._last = 0.0
        self._told: float | None = None
        self._lock = threading.Lock()
        self._is_outage: Callable[[BaseException], bool] = lambda _: False

    def known_by(self, is_outage: Callable[[BaseException], bool]) -> None:
        """How an error that comes of this is told from others."""
        self._is_outage = is_outage

    def caused(self, error: BaseException) -> bool:
        return self._is_outage(error)

    def fails(self, error: BaseException) -> None:
        """It did not answer. Of the error its class is named: its words may quote a customer."""
        with self._lock:
            now = self._now()
            if self._since is None or now - self._last > EVERY_SECONDS:  # it was back, and nobody asked it
                self._since = now
            self._last = now
            if self._told is not None and now - self._told < EVERY_SECONDS:
                return
            self._told, lasts = now, round(now - self._since)
        meanwhile = f", for {lasts} s by now" if lasts else ""
        log.error("%s (%s%s)", self._instead(error) or self._gone, type(error).__name__, meanwhile)

    def answers(self) -> None:
        """It answered. Costs nothing where it was not away."""
        if self._since is None:
            return
        with self._lock:
            since, self._since = self._since, None
            if since is None or self._told is None or self._told < since:
                return  # it went within a minute of the last line, and nothing was said of that
            lasted = round(self._now() - since)
        log.warning("%s It was away for %d s.", self._back, lasted)


DATABASE = Away(
    "The database does not answer: what comes in waits, and it is tried again.", "The database answers again."
)
REDIS = Away("Redis is gone: this process goes on by itself until it is back.", "Redis is back.", instead=no_writes)


class OfLibraries(logging.Filter):
    """Dramatiq's consumers say each second, with their way, that Redis is away: that is `REDIS`'s to say."""

    def filter(self, record: logging.LogRecord) -> bool:
        if not record.name.startswith("dramatiq") or record.levelno < logging.ERROR:
            return True
        error = _error_of(record)
        if error is None or not REDIS.caused(error):
            return True
        REDIS.fails(error)
        return False


def _error_of(record: logging.LogRecord) -> BaseException | None:
    if record.exc_info and record.exc_info[1]:
        return record.exc_info[1]
    said = record.args if isinstance(record.args, tuple) else ()
    return next((value for value in said if isinstance(value, BaseException)), None)
