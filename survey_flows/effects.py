"""What has to happen because of one turn, in order. Whoever runs the engine carries the effects out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from survey_flows.prompt import Prompt

Metric = Literal["nps", "ces1", "ces2", "csat", "rating", ""]
Band = Literal["promoter", "passive", "detractor", ""]
"""For nps: 9–10, 7–8, 0–6. For csat and ces2 the same three words mark the favourable end, the middle and the
unfavourable
end (csat 4–5 / 3 / 1–2, ces2 5–7 / 4 / 1–3, ces1 1–2 / 3 / 4–5), so that one recovery rule can name them all."""


@dataclass(frozen=True, slots=True)
class Say:
    """A text without a question. `role`: greeting, acknowledgement, notice, ending, message, review."""

    text: str
    role: str = "notice"


@dataclass(frozen=True, slots=True)
class Ask:
    prompt: Prompt


@dataclass(frozen=True, slots=True)
class Recorded:
    """An answer to keep. `replaced` says that an earlier answer to the same node is superseded. A skipped question is
    recorded too (`skipped`, value None). `score` is the number that counts for `metric`, if any."""

    node: str
    question: str
    type: str
    value: Any
    raw: str
    metric: Metric = ""
    score: float | None = None
    band: Band = ""
    skipped: bool = False
    replaced: bool = False
    comment: str = ""
    """A remark of substance beside the value ("2, the driver threw the parcel over the fence")."""
    retold: bool = False
    """The comment takes the place of the one that a replaced answer has; else it is added to that."""


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """An answer that no longer lies on the customer's path, because an earlier answer was changed. Kept, but not
    counted."""

    node: str


@dataclass(frozen=True, slots=True)
class Recover:
    """A recovery rule holds: open a case (`bot/recovery`). `rule` is the rule's position in the definition; each
    rule fires once
    a response. `tell` is what the customer is told, in the session's language, or "" for the standard words;
    it may contain ``{due}``. `respond_within` in minutes. `silent`: the customer said stop in the same message, so
    nothing is promised to them."""

    rule: int
    team: str
    priority: str
    respond_within: int
    node: str
    metric: Metric
    score: float | None
    band: Band
    tell: str = ""
    silent: bool = False


@dataclass(frozen=True, slots=True)
class HandOver:
    """A person should take over. `reason`: asked, complaint, delete (the customer's data), unreadable (answers not
    understood), rule."""

    reason: str


@dataclass(frozen=True, slots=True)
class LanguageChanged:
    language: str


@dataclass(frozen=True, slots=True)
class OptedOut:
    """The customer wants no more surveys."""


@dataclass(frozen=True, slots=True)
class Paused:
    """ "Later": nothing more is said until the customer writes again."""


@dataclass(frozen=True, slots=True)
class Ended:
    """The response is over. `status`: completed, disqualified, stopped, expired, quota_full. `ending` is its key or
    ""."""

    status: str
    ending: str = ""


@dataclass(frozen=True, slots=True)
class QuotaCounted:
    quota: str


Effect = (
    Say | Ask | Recorded | Withdrawn | Recover | HandOver | LanguageChanged | OptedOut | Paused | Ended | QuotaCounted
)
