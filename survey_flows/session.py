"""One customer's run through one survey, as plain data that is saved after every turn and read back before the next."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

Status = Literal["active", "paused", "completed", "disqualified", "stopped", "expired", "quota_full", "handed_over"]


@dataclass(frozen=True, slots=True)
class Context:
    """What is known when a response starts; nothing else ever enters the engine.

    `attributes` are the contact's. `earlier` holds earlier responses: survey key → question id → value.
    `seed` drives every random choice (splits, order), so that a response can be replayed exactly.
    `quotas` counts responses so far by quota name. `now` is an ISO 8601 time.
    """

    channel: str
    language: str
    seed: int
    now: str
    attributes: Mapping[str, Any] = field(default_factory=dict)
    earlier: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    quotas: Mapping[str, int] = field(default_factory=dict)


class Given(NamedTuple):
    """An answer as the session keeps it. `skipped` answers have value None. A tuple, so that it is JSON as it is."""

    value: Any
    raw: str = ""
    skipped: bool = False


@dataclass(frozen=True)  # without slots: `made_of` fills it five times as fast as its __init__ does
class Session:
    """Serialisable state of one response. `fingerprint` names the exact definition the response began with.

    `current` is the id of the open node, or None when the response is over. `reasks` counts how often it was asked
    again.
    `reopened` is set while the customer went back to a question that has an answer already. `fired` holds the
    positions of
    the recovery rules that have fired. `shown` holds the messages that were said, and marks such as ``why:more``
    (the follow-up was asked)
    and ``score:reminded`` for what is done once only. `probing` is the text node whose "tell us more" is open: its
    first words
    are recorded already.
    """

    survey: str
    fingerprint: str
    language: str
    channel: str
    seed: int
    started: str
    status: Status = "active"
    current: str | None = None
    answers: Mapping[str, Given] = field(default_factory=dict)
    reasks: int = 0
    reopened: str | None = None
    shown: tuple[str, ...] = ()
    fired: tuple[int, ...] = ()
    attributes: Mapping[str, Any] = field(default_factory=dict)
    earlier: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    quotas: Mapping[str, int] = field(default_factory=dict)
    probing: str | None = None

    @property
    def over(self) -> bool:
        return self.status not in ("active", "paused")

    @staticmethod
    def made_of(fields: dict[str, Any]) -> Session:
        """A session that keeps this very dict as its fields; every field must be there. For the engine's hot path."""
        session: Session = object.__new__(Session)
        object.__setattr__(session, "__dict__", fields)
        return session
