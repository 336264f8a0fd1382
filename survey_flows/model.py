"""A survey as the engine sees it: validated, immutable, and flat.

`loader.py` makes these from YAML. The nested form that a person writes (groups, loops, sub-surveys) is unrolled into
`Survey.nodes`, one
list in the order in which they are asked: a loop over the options of a question has one copy of its questions for
each option, guarded by
"this option was chosen"; a sub-survey's questions carry its id as a prefix. Jumps go forward only. So every run
ends: each step moves
strictly forward through a finite list, and there is nothing to prove at run time.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

Text = Mapping[str, str]
"""A text in each language: language code → words, with `{pipes}` still in it."""


class Rule(Protocol):
    """A checked condition. `source` is what the author wrote; `names` what it reads; `__call__` evaluates it."""

    source: str
    names: tuple[str, ...]

    def __call__(self, facts: Mapping[str, Any]) -> bool: ...


@dataclass(frozen=True)
class Option:
    """One option of a choice. `synonyms`: language → further words that mean it. `exclusive`: "none of these"
    (multi_choice)."""

    key: str
    label: Text
    short: Text = field(default_factory=dict)
    emoji: str = ""
    synonyms: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    exclusive: bool = False


@dataclass(frozen=True)
class Timeout:
    """After `minutes` without an answer: `remind` (ask again, once), `skip`, or `end`."""

    minutes: int
    then: str


@dataclass(frozen=True)
class Question:
    """What is asked. Which fields a type uses is said in its file in `survey_flows/questions/`.

    `text`, `short` (the form used after a digression; falls back to `text`), `low`/`high` (scale ends), `help`.
    `scale` = (lowest, highest). `version`: CES "1.0" or "2.0". `halves`: what to do with 7.5: "ask", "round".
    `on_unreadable`: after three
    re-asks "skip" or "hand_over".
    """

    id: str
    type: str
    text: Text
    short: Text = field(default_factory=dict)
    help: Text = field(default_factory=dict)
    low: Text = field(default_factory=dict)
    high: Text = field(default_factory=dict)
    options: tuple[Option, ...] = ()
    scale: tuple[int, int] | None = None
    version: str = ""
    stars: bool = False
    unit: Text = field(default_factory=dict)
    minimum: float | None = None
    maximum: float | None = None
    whole: bool = False
    halves: str = "ask"
    kind: str = ""
    tell_more: Text = field(default_factory=dict)
    required: bool = False
    reasks: int = 3
    on_unreadable: str = "skip"
    timeout: Timeout | None = None
    shuffle: bool = False
    at_least: int = 0
    at_most: int = 0


@dataclass(frozen=True)
class Jump:
    """`when` None: always. `target`: a later node's id, or `end:KEY`."""

    when: Rule | None
    target: str


@dataclass(frozen=True)
class Node:
    """One place where something is asked. `id` is unique in the survey: ``score``, ``topics.parking.rating``,
    ``ces.effort``.

    All of `guards` must hold, else the node is passed over. `jumps`: first that holds wins, looked at after the
    answer. `group` names the
    shuffled group(s) the node belongs to, outermost first, with the member's index: (("details", 0),). `binding`
    holds loop values:
    {"option": "parking", "over": "liked"} (the option's key, and the node whose options the loop runs over).
    `question.id` is the name that the author wrote, the last part of `id`.
    """

    id: str
    question: Question
    guards: tuple[Rule, ...] = ()
    jumps: tuple[Jump, ...] = ()
    group: tuple[tuple[str, int], ...] = ()
    binding: Mapping[str, str] = field(default_factory=dict)
    line: int = 0


@dataclass(frozen=True)
class Ending:
    """`status`: completed, disqualified, or quota_full."""

    key: str
    text: Text
    status: str = "completed"


@dataclass(frozen=True)
class RecoveryRule:
    """When `when` holds after an answer, a case opens. `respond_within` in minutes. `priority`: low, normal, high,
    urgent."""

    when: Rule
    team: str
    priority: str = "normal"
    respond_within: int = 240
    tell: Text = field(default_factory=dict)


@dataclass(frozen=True)
class Review:
    """An invitation to review in public, offered to everyone alike whatever the score (docs/adr: no review gating)."""

    url: str
    text: Text
    wordings: tuple[tuple[Rule, Text], ...] = ()
    """The first whose rule holds is said instead of `text`; every one of them holds the link."""


@dataclass(frozen=True)
class Quota:
    """At most `limit` responses for which `when` holds; then the survey ends with `then` (an ending's key)."""

    name: str
    when: Rule | None
    limit: int
    then: str


@dataclass(frozen=True)
class Attribute:
    """A contact attribute that texts and conditions may use. `type`: text, number, bool, date. `fallback` is piped
    when it is unknown."""

    name: str
    type: str = "text"
    fallback: Text = field(default_factory=dict)


@dataclass(frozen=True)
class Split:
    """A seeded random split: arm → weight."""

    name: str
    arms: Mapping[str, float]


@dataclass(frozen=True)
class Survey:
    """One published version of one survey. `fingerprint`: SHA-256 (first 16 hex digits) over the canonical
    definition, sub-surveys included."""

    key: str
    fingerprint: str
    title: Text
    touchpoint: str
    languages: tuple[str, ...]
    nodes: tuple[Node, ...]
    endings: Mapping[str, Ending]
    greeting: Text = field(default_factory=dict)
    attributes: Mapping[str, Attribute] = field(default_factory=dict)
    splits: Mapping[str, Split] = field(default_factory=dict)
    quotas: tuple[Quota, ...] = ()
    recovery: tuple[RecoveryRule, ...] = ()
    review: Review | None = None
    expires_minutes: int = 7 * 24 * 60
    anonymous: bool = False
    shuffled: frozenset[str] = frozenset()
    greeting_spoken: Text = field(default_factory=dict)
    """What callers hear instead of the greeting: nobody on the telephone writes STOP."""
    source: str = ""

    @property
    def language(self) -> str:
        """The language used when the customer's is not one of the survey's: the first."""
        return self.languages[0]


Resolver = Callable[[str], str]
"""Gives the YAML source of another survey by key (for sub-surveys); raises KeyError when there is none."""
