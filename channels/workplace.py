"""What passes between a channel in which agents work (a team's Slack) and the house. Pure data.

An agent's deed comes as an `Inbound` of the kind `AGENT`, whose `address` is the agent's on that channel. Its `extra`:
`does` (said, edited, deleted, claim, hand_back, resolve, transfer), `channel` and `thread` (where), `case` (its number;
0: that of the thread), `ts` (how the provider names the message), and what a form was filled with.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, Protocol, runtime_checkable

from channels.contract import Inbound

AGENT = "agent"
"""`Inbound.kind` of what an agent did: never a customer's message."""

Act = Literal["claim", "resolve", "hand_back", "transfer"]
Said = Literal["customer", "bot", "agent", "note", "event"]


@dataclass(frozen=True)
class Card:
    """A case as a message. `acts`: what can be done now, each with its label; `quote`: the customer's words."""

    case: int
    title: str
    facts: tuple[tuple[str, str], ...]
    quote: str = ""
    acts: tuple[tuple[Act, str], ...] = ()
    link: str = ""
    link_label: str = ""


@dataclass(frozen=True)
class Line:
    """One line of a case's thread. `who` said it ("": nobody, it happened)."""

    said: Said
    who: str
    text: str


@dataclass(frozen=True)
class CaseForm:
    """What is asked before something is done. `options`: value and label of the one thing to choose; `words`: labels
    by name (title, choose, write, resume where a survey waits, send, cancel). `must_write`: the text is
    needed; `may_write`: it is asked for at all. `first`: the first option is chosen already."""

    does: Act
    case: int
    options: tuple[tuple[str, str], ...]
    words: Mapping[str, str]
    must_write: bool
    may_write: bool = True
    first: bool = False


class Workplace(Protocol):
    """The house, for a channel in which agents work."""

    async def case_at(self, channel: str, thread: str) -> int | None:
        """The case whose thread that is; None: it is none of ours."""

    async def take(self, deed: Inbound) -> bool:
        """Commit what an agent did, before the provider is acknowledged. False: it was there already."""

    async def objection(self, deed: Inbound) -> str:
        """Why a filled in form will not do; "" when it will. Changes nothing."""

    async def form(self, who: str, case: int, does: str) -> CaseForm | str:
        """The form for that; a text says why not."""


@runtime_checkable
class HasWorkplace(Protocol):
    """A receiver that agents can reach, too."""

    workplace: Workplace


def deed(provider: str, key: str, who: str, does: str, text: str = "", **extra: Any) -> Inbound:
    """What an agent did."""
    return Inbound(provider, provider, key, who, text, extra={"does": does, **extra}, kind=AGENT)
