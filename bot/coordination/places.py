"""Places at a provider: how many requests it may have seen within its window. In memory, for one process.

A request holds its place from its grant until its answer came, and then one window longer. So the provider never sees
more than the limit, however long a request is on its way:

    Take any requests that arrive within one window, and j the one of them that was granted last. Another one, i,
    arrived at most a window before j arrived, and was answered after it arrived. So i's place becomes free at
    answered(i) + window > arrived(i) + window >= arrived(j) >= granted(j): when j was granted, every i held a place.

The time that an answer takes is lost that way: a place serves one request per window + round trip. The fastest round
trip that was seen lately is therefore taken off again (`Facts.spared`): i's place becomes free at answered(i) + window
- spared. In the proof the two ways that were rounded up, i's way back and j's way out, then pay for it:

    answered(i) + window - spared = arrived(i) + back(i) + window - spared
                                 >= arrived(j) + back(i) - spared  =  granted(j) + out(j) + back(i) - spared

which is not before granted(j) as long as no way out together with another's way back is shorter than the fastest round
trip seen lately (as the process measured it, without Redis). That is the one thing assumed: a fifth is left for it
(`SPARED`), nothing is taken off before a thousand answers were seen, and what counts is the fastest of a quarter of an
hour at least. On a machine so busy that all of them were slow it may still be wrong. No protocol that sees grants and
answers only can let more through and be sure.

A request of which no answer comes, because it timed out or its process died, holds its place until it can't be under
way any more (`LIFE_SECONDS`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

LIFE_SECONDS = 31.0
"""Longer than the outbox waits for a provider (`bot.conversation.sending_times.SEND_SECONDS`)."""
SPARED = 0.8
"""Of the fastest answer seen lately that is taken off."""
SEEN = 1000
"""Answers that must have been seen for that: fewer, of a busy moment, may all be slow."""
LATELY_SECONDS = 900.0
"""How long an answer counts as seen lately; at most twice as long."""
DENSER = 0.4
"""Grants keep a distance of so much of the limit's own: the letters after a pause are spread over 0.4 of a window. More
would be lost: places become free as unevenly as answers come, and each that waits for its distance is late (with 0.8,
one per cent of the limit)."""


@dataclass(frozen=True)
class Window:
    """At most `most` requests within any `seconds`. `name` says whose: a provider's, or of one chat. `whole`: the
    provider's, whose grants are spaced and whose answers are timed."""

    name: str
    most: int
    seconds: float
    whole: bool = True


class Answer(NamedTuple):
    """`granted`: go in `seconds`, the place is held. Else ask again then. `window`: index of the one that says so."""

    granted: bool
    seconds: float
    window: int


@dataclass
class Facts:
    """What is known of a provider. `spaced`: when the next grant may be; the rest is of the last answers."""

    spaced: float = 0.0
    since: float = 0.0
    fastest: float = 0.0
    seen: int = 0
    fastest_before: float = 0.0
    seen_before: int = 0

    def learn(self, trip: float, now: float) -> None:
        """An answer took `trip` seconds."""
        if now - self.since > LATELY_SECONDS:
            recent = now - self.since <= 2 * LATELY_SECONDS
            self.fastest_before, self.seen_before = (self.fastest, self.seen) if recent else (0.0, 0)
            self.since, self.fastest, self.seen = now, trip, 0
        self.fastest = min(self.fastest, trip)
        self.seen += 1

    def spared(self, trip: float) -> float:
        """Seconds that are taken off a place whose request took `trip`."""
        if self.seen + self.seen_before < SEEN:
            return 0.0
        lately = min(self.fastest, self.fastest_before) if self.seen_before else self.fastest
        return SPARED * min(lately, trip)


@dataclass
class Held:
    """Of one place: when it is free, and whether that is known (`answered`) or only the latest that can be."""

    until: float
    answered: bool = False


@dataclass
class Places:
    """All windows of this process. Times are seconds of one clock that never goes back."""

    windows: dict[str, dict[str, Held]] = field(default_factory=dict)
    facts: dict[str, Facts] = field(default_factory=dict)
    swept: float = 0.0

    def take(self, now: float, token: str, windows: Sequence[Window], patience: float) -> Answer:
        """A place in every one of `windows` (the first is the provider's), now or within `patience`, or none."""
        self._sweep(now)
        facts = self.facts.setdefault(windows[0].name, Facts()) if windows[0].whole else Facts()
        at, said, over = max(now, facts.spaced), 0, list[tuple[dict[str, Held], list[str]]]()
        for number, window in enumerate(windows):
            held = self._held(window.name, now)
            if (beyond := len(held) - window.most) < 0:
                continue
            first = sorted(held, key=lambda one: held[one].until)[: beyond + 1]
            last = held[first[-1]]
            if not last.answered:  # it will be free a window after its answer, which has not come
                return Answer(False, min(last.until - now, window.seconds), number)
            if last.until > at:
                at, said = last.until, number
            over.append((held, first))
        if at - now > patience:
            return Answer(False, at - now, said)
        for held, first in over:
            for one in first:
                del held[one]
        for window in windows:
            self.windows[window.name][token] = Held(at + LIFE_SECONDS)
        facts.spaced = at + (DENSER * windows[0].seconds / windows[0].most if windows[0].whole else 0.0)
        return Answer(True, at - now, said)

    def answered(self, now: float, token: str, windows: Sequence[Window], taken: bool, seconds: float) -> None:
        """The answer to a request came now, `seconds` after it left. `taken` False: it was refused, which may be faster
        than anything else."""
        for window in windows:
            held = self._held(window.name, now)
            mine = held.get(token)
            if mine is None or mine.answered:
                continue
            spared = 0.0
            if window.whole:
                facts, trip = self.facts[window.name], min(seconds, now - (mine.until - LIFE_SECONDS))
                if taken:
                    facts.learn(trip, now)
                spared = facts.spared(trip)
            held[token] = Held(now + window.seconds - spared, answered=True)

    def _sweep(self, now: float) -> None:
        """Chats that nobody has written to lately are forgotten."""
        if now - self.swept >= LIFE_SECONDS:
            self.swept = now
            self.windows = {name: held for name in list(self.windows) if (held := self._held(name, now))}

    def _held(self, name: str, now: float) -> dict[str, Held]:
        held = self.windows.setdefault(name, {})
        for one in [one for one, place in held.items() if place.until <= now]:
            del held[one]
        return held
