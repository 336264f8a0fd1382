"""What inviting asks of the rest of the house. Implemented in `bot/storage`, wired in `bot/bootstrap`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from bot.outreach.decision import Standing
from bot.outreach.invitee import Invitee
from survey_flows.model import Survey


class Clock(Protocol):
    def now(self) -> str:
        """The time, ISO 8601 with UTC offset, to the microsecond."""


class Catalogue(Protocol):
    async def live(self, key: str) -> Survey:
        """The live version of a survey. Raises ConductorError that names the surveys there are."""


class Policy(Protocol):
    """The settings that matter here (`bot.settings.Settings` has them)."""

    @property
    def default_region(self) -> str: ...
    @property
    def ask_again_after_days(self) -> int: ...


@dataclass(frozen=True)
class Verdict:
    """What was decided about one invitee. `reason` "" means: ask, in `language`; `waits`: after the open one."""

    language: str
    reason: str = ""
    waits: bool = False


@dataclass(frozen=True)
class Invited:
    """What became of one invitee. `reason` "" means: invited; `invitation` and `conversation` are the rows' ids.
    `waits`: another survey is running; this one starts when that has ended."""

    reason: str
    language: str
    invitation: int | None = None
    conversation: int | None = None
    waits: bool = False


Judge = Callable[[Invitee, Standing], Verdict]


class Invitations(Protocol):
    async def invite(self, survey_key: str, invitees: Sequence[Invitee], judge: Judge, now: str) -> list[Invited]:
        """For each invitee, in order: look up how they stand, ask `judge`, and store the invitation with its inbox row.

        All in ONE transaction: a crash leaves either all of it or nothing. An invitee later in the sequence sees what
        was stored for the earlier ones. Whoever is skipped leaves no trace."""

    async def standings(self, invitees: Sequence[Invitee]) -> list[Standing]:
        """How each invitee stands, in order. Changes nothing."""
