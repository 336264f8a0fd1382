"""Time, as it is handed to whatever asks for it."""

from __future__ import annotations

from datetime import datetime, timezone


class SystemClock:
    """The machine's clock, in UTC to the microsecond."""

    def now(self) -> str:
        return datetime.now(timezone.utc).isoformat(timespec="microseconds")
