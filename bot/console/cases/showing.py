"""What the templates of cases need beside the read models: words for codes, and what the composer must know."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from bot.console.desk.words import Words
from bot.conversation.delivery import TAKEN_OVER
from bot.recovery.desk import Desk
from bot.storage.case_thread import Event, Line, Thread
from bot.storage.outbox import NOBODY_LISTENS
from bot.storage.takeover import WITHDRAWN
from channels.looks import LOOKS


def chip(score: float | None) -> str:
    """A score as it stands in its chip: 2, not 2.0."""
    return "" if score is None else f"{score:g}"


def coded(words: Words, group: str, code: str) -> str:
    """A code in words; one that we have none for (a company's own root cause) as it is written, without underscores."""
    key = f"inbox.{group}.{code}"
    return words(key) if words.has(key) else code.replace("_", " ")


_WHY = {WITHDRAWN: "withdrawn", TAKEN_OVER: "taken_over", NOBODY_LISTENS: "nobody_listens"}


def why(words: Words, reason: str) -> str:
    """Why something was not sent. Our own reasons in the reader's language; a provider's as it gave them."""
    return words(f"inbox.why.{_WHY[reason]}") if reason in _WHY else reason


_IMPERSONAL = frozenset(
    (
        *("woken", "undelivered", "agent_left", "forgotten", "unassigned", "agent_idle", "customer_idle"),
        *("first_response_risk", "first_response_missed", "resolution_risk", "resolution_missed"),
    )
)
"""What comes about by itself: its sentence is whole without anybody who did it."""


def by_somebody(event: Event) -> bool:
    """Whether the sentence of `event_line` begins with who did it."""
    return event.kind not in _IMPERSONAL


def event_line(words: Words, event: Event, desk: Desk) -> str:
    """What happened, in a sentence."""
    data: Mapping[str, Any] = event.data
    known = f"inbox.events.{event.kind}"
    values = {
        "before": coded(words, "states", str(data.get("from", ""))),
        "after": coded(words, "states", str(data.get("to", ""))),
        "team": desk.team(str(data.get("to") or data.get("team") or "")).name(words.language),
        "reason": coded(words, "reasons", str(data.get("reason", ""))),
        "score": chip(data.get("score")),
    }
    if event.kind == "status" and data.get("to") == "resolved":
        cause = coded(words, "causes", str(data.get("root_cause", "")))
        return words("inbox.events.resolved", cause=cause)
    return words(known, **values) if words.has(known) else event.kind.replace("_", " ")


def grouped(items: Sequence[Line | Event]) -> list[tuple[str, Any]]:
    """Items as they are drawn: ("line", …), ("note", …), and neighbouring events folded into one ("events", […])."""
    drawn: list[tuple[str, Any]] = []
    for item in items:
        if isinstance(item, Line):
            drawn.append(("line", item))
        elif item.kind == "note":
            drawn.append(("note", item))
        elif drawn and drawn[-1][0] == "events":
            drawn[-1][1].append(item)
        else:
            drawn.append(("events", [item]))
    return drawn


def obstacle(words: Words, thread: Thread, agent: str, may_work: bool) -> str:
    """Why no reply can be written now, as a sentence that says what can be done; "" when one can."""
    if not may_work:
        return words("inbox.obstacle.read_only")
    if thread.case["conversation_id"] is None:
        return words("inbox.obstacle.anonymous")
    if not thread.open:
        return words("inbox.obstacle.over")
    if thread.owner == "human" and thread.owner_agent not in (None, agent):
        return words("inbox.obstacle.theirs", agent=thread.owner_agent)
    if thread.owner != "human":
        return words("inbox.obstacle.unclaimed")
    if thread.owner_agent is None:
        return words("inbox.obstacle.awaited")
    if thread.window == 0:
        return words("inbox.obstacle.window")
    if thread.case["channel"] == "voice" and not thread.on_call:
        return words("inbox.obstacle.phone")
    return ""


def most(channel: str) -> int:
    """Characters of one message on the channel."""
    return LOOKS[channel].text_limit if channel in LOOKS else 4096
