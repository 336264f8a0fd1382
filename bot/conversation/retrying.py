"""When a letter that its provider did not take is tried again."""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.conversation.letter import Letter

BACK_OFF_SECONDS = (1, 5, 30, 120, 600)
"""Waiting time before the second, third … attempt. A provider's own Retry-After goes before the first of these; later
the longer of the two counts, or a provider that says "in a second" for ten seconds would use up all attempts."""

LONGEST_WAIT_SECONDS = 86_400.0
"""A provider that asks for more patience than a day gets a day."""

GIVEN_UP_SECONDS = 86_400.0
"""What is older says nothing that a customer still waits for."""


class Retrying:
    """Whose fault it is that a letter is not taken: its own, or its channel's, which takes no other either."""

    def __init__(self) -> None:
        self._taken: dict[str, str] = {}
        """Provider → when it last took a letter of this process's (ISO 8601)."""

    def taken(self, provider: str, now: str) -> None:
        self._taken[provider] = now

    def gives_up(self, letter: Letter, now: str) -> bool:
        """Whether it is not tried again after this attempt, because others got through during its attempts, or it is a
        day old."""
        if letter.attempts < len(BACK_OFF_SECONDS):
            return False
        if letter.written_at <= earlier(now, GIVEN_UP_SECONDS):
            return True
        return self._taken.get(letter.provider, "") > earlier(now, sum(BACK_OFF_SECONDS))


def counts(letter: Letter) -> bool:
    """Whether one more attempt brings it nearer to being given up: later ones only wait for the channel."""
    return letter.attempts < len(BACK_OFF_SECONDS)


def wait_after(failed: int, asked: float | None) -> float:
    """Seconds until a letter that had `failed` attempts before this one is tried again; `asked`: the provider's
    Retry-After."""
    ours = BACK_OFF_SECONDS[min(failed, len(BACK_OFF_SECONDS) - 1)]
    wanted = ours if asked is None else max(asked, ours) if failed else asked
    return min(wanted, LONGEST_WAIT_SECONDS)


def earlier(moment: str, seconds: float) -> str:
    return (datetime.fromisoformat(moment) - timedelta(seconds=seconds)).isoformat(timespec="microseconds")
