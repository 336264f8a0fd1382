"""One contact on several channels: a link code is made for a contact, and whoever brings it is that contact.

Nobody is ever linked by guess: only by a code (or the customer's own telephone number, `bot/storage/moving.py`), and
two contacts that the company knows by different external ids never become one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from bot.errors import ConductorError
from bot.outreach.codes import code_in, digest, make_code, normal

LONGEST_DAYS = 365
"""A code is a key: one that lies about for years belongs to nobody any more."""


@dataclass(frozen=True)
class CodeFacts:
    """What is known of a code and of who brings it. `contact` is the code's, `bringer` the contact of the conversation
    that it came in; the external ids are theirs."""

    id: int
    contact: int
    external_id: str | None
    bringer: int
    bringer_external_id: str | None
    survey: str | None
    expires_at: str
    redeemed_at: str | None
    opted_out: bool = False
    """Whether either of them wants no surveys."""


@dataclass(frozen=True)
class Redemption:
    """What bringing a code comes to. `phrase` is the key of what the customer is told; `code` the row to be redeemed
    (None: nothing changes); `survey` starts after it ("": none)."""

    phrase: str
    code: int | None = None
    survey: str = ""


class Links(Protocol):
    """Where codes are kept (`bot/storage/links.py`)."""

    async def facts(self, digest: str, conversation: int) -> CodeFacts | None:
        """The code with this digest, and who brings it. None: there is no such code."""

    async def keep(self, digest: str, contact: int, survey: str | None, now: str, expires_at: str) -> None:
        """Store a new code of `contact`'s."""


def judge(facts: CodeFacts | None, now: str) -> Redemption:
    """What a code comes to. A code can be used once; who is linked already hears so."""
    if facts is None:
        return Redemption("link_unknown")
    known = facts.contact == facts.bringer
    if facts.redeemed_at is not None:
        return Redemption("link_already" if known else "link_used")
    if datetime.fromisoformat(facts.expires_at) <= datetime.fromisoformat(now):
        return Redemption("link_expired")
    if not known and differ(facts.external_id, facts.bringer_external_id):
        return Redemption("link_foreign")
    if facts.opted_out and facts.survey:
        return Redemption("linked_opted_out", facts.id)
    return Redemption("link_already" if known else "linked", facts.id, facts.survey or "")


def differ(one: str | None, other: str | None) -> bool:
    """Whether two external ids say that these are two people."""
    return one is not None and other is not None and one != other


class Linking:
    """Makes codes, and looks at those that customers bring."""

    def __init__(self, links: Links, randomness: Callable[[int], bytes]) -> None:
        self._links, self._randomness = links, randomness

    async def look(self, text: str, start: str, conversation: int, now: str) -> Redemption | None:
        """What the code in a message comes to; None when there is none in it. Changes nothing."""
        code = code_in(text, start)
        if code is None:
            return None
        return judge(await self._links.facts(digest(code), conversation), now)

    async def make(self, contact: int, survey: str | None, days: int, now: str) -> tuple[str, str]:
        """A new code for `contact`, and until when it can be used (ISO 8601). Raises ConductorError for a number of
        days that can't be."""
        if not 1 <= days <= LONGEST_DAYS:
            raise ConductorError(f"A code can't be valid for {days} days.", f"Use 1 to {LONGEST_DAYS}.")
        code = make_code(self._randomness)
        expires_at = (datetime.fromisoformat(now) + timedelta(days=days)).isoformat()
        await self._links.keep(digest(normal(code) or code), contact, survey, now, expires_at)
        return code, expires_at
