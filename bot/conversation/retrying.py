"""When a letter that its provider did not take is tried again."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta

from bot.conversation.letter import Letter

BACK_OFF_SECONDS = (1, 5, 30, 120, 600)
"""Waiting time before the second, third … attempt. A provider's own Retry-After goes before the first of these; later
the longer of the two counts, or a provider that says "in a second" for ten seconds would use up all attempts."""

LONGEST_WAIT_SECONDS = 86_400.0
"""A provider that asks for more patience than a day gets a day."""

GIVEN_UP_SECONDS = 86_400.0
"""What is older says nothing that a customer still waits for."""


IN_A_ROW = 20
"""Letters of a provider that are refused one after the other before it is left alone."""
PAUSE_SECONDS = 30.0


class Retrying:
    """Whose fault it is that a letter is not taken: its own, where others get through meanwhile, or its channel's.
    Times are ISO 8601. What is known is this process's: after a start nobody has got through yet."""

    def __init__(self) -> None:
        self._taken: dict[str, str] = {}
        """Provider → when it last took a letter."""
        self._refused: Counter[str] = Counter()
        """Provider → how many in a row it has not taken."""
        self._paused: dict[str, str] = {}

    def taken(self, provider: str, now: str) -> None:
        self._taken[provider] = now
        self._refused[provider] = 0

    def refused(self, provider: str, now: str) -> None:
        """After many in a row it gets a pause, or each letter of a campaign would try by itself."""
        self._refused[provider] += 1
        if self._refused[provider] >= IN_A_ROW:
            self._paused[provider] = later(now, PAUSE_SECONDS)

    def paused(self, now: str) -> list[str]:
        """Providers that are left alone at the moment."""
        return [provider for provider, until in self._paused.items() if until > now]

    def gives_up(self, letter: Letter, busy: bool, now: str) -> bool:
        """Whether it is not tried again after this attempt. `busy`: its provider only asks for patience."""
        if letter.attempts and letter.written_at <= later(now, -GIVEN_UP_SECONDS):
            return True
        return letter.attempts >= len(BACK_OFF_SECONDS) and self._its_own_fault(letter, busy, now)

    def counts(self, letter: Letter, busy: bool, now: str) -> bool:
        """Whether this attempt brings it nearer to being given up. What its channel is to blame for makes it wait
        longer, and no more."""
        return letter.attempts < len(BACK_OFF_SECONDS) - 1 or self._its_own_fault(letter, busy, now)

    def _its_own_fault(self, letter: Letter, busy: bool, now: str) -> bool:
        """Whether another one got through since it was tried before."""
        waited = BACK_OFF_SECONDS[min(letter.attempts, len(BACK_OFF_SECONDS)) - 1] if letter.attempts else 0
        return not busy and self._taken.get(letter.provider, "") > later(now, -waited)


def wait_after(failed: int, asked: float | None) -> float:
    """Seconds until a letter that had `failed` attempts before this one is tried again; `asked`: the provider's
    Retry-After."""
    ours = BACK_OFF_SECONDS[min(failed, len(BACK_OFF_SECONDS) - 1)]
    wanted = ours if asked is None else max(asked, ours) if failed else asked
    return min(wanted, LONGEST_WAIT_SECONDS)


def later(moment: str, seconds: float) -> str:
    return (datetime.fromisoformat(moment) + timedelta(seconds=seconds)).isoformat()
