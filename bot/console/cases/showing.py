"""What the templates of cases need beside the read models: words for codes, and what the composer must know."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from bot.console.desk.words import Words
from bot.console.playground.asking import MADE_UP
from bot.conversation.obstacles import TAKEN_OVER
from bot.recovery.desk import Desk
from bot.storage.case_thread import Event, Line, Thread
from bot.storage.takeover import WITHDRAWN
from bot.storage.withholding import NOBODY_LISTENS
from channels.looks import LOOKS

_NEVER_OUT = ("withheld", "failed", "undelivered")
"""Delivery states of a letter that the customer does not have, and will not get."""


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


def actor(words: Words, event: Event, reader: str) -> str:
    """Who did it, as its sentence begins. `reader`: the name of the agent who reads it."""
    return words("inbox.you") if event.actor == reader else coded(words, "actors", event.actor)


def event_line(words: Words, event: Event, desk: Desk, reader: str = "") -> str:
    """What happened, in a sentence; of what the `reader` did in the second person."""
    data: Mapping[str, Any] = event.data
    kind = _kind(event)
    values = {
        "before": capital(coded(words, "states", str(data.get("from", "")))),
        "after": capital(coded(words, "states", str(data.get("to", "")))),
        "team": desk.team(str(data.get("to") or data.get("team") or "")).name(words.language),
        "reason": coded(words, "reasons", str(data.get("reason", ""))),
        "score": chip(data.get("score")),
        "cause": coded(words, "causes", str(data.get("root_cause", ""))),
    }
    groups = ("your_events", "events") if reader and event.actor == reader else ("events",)
    known = next((key for key in (f"inbox.{group}.{kind}" for group in groups) if words.has(key)), "")
    return words(known, **values).strip() if known else kind.replace("_", " ")


def _kind(event: Event) -> str:
    """Whose sentence it is."""
    if event.kind != "status":
        return event.kind
    if event.data.get("to") == "resolved":
        return "resolved"
    return "wrote" if event.actor == "customer" else "status"


def capital(text: str) -> str:
    """With a capital letter to begin with; the others stay."""
    return text[:1].upper() + text[1:]


def quotes(verbatim: str) -> list[str]:
    """What the customer said, one by one: each answer in their own words is a line."""
    return [line.strip() for line in verbatim.splitlines() if line.strip()]


def told(words: Words, line: Line) -> str:
    """What a line of the thread says: its words, or what was done without any."""
    if line.text:
        return line.text
    if line.recording:
        return words("inbox.spoken")
    meant = ", ".join(answer.label for answer in line.answers if answer.label)
    if line.keys:
        return (
            words("inbox.pressed_for", keys=line.keys, meant=meant) if meant else words("inbox.pressed", keys=line.keys)
        )
    return words("inbox.no_words")


_TELEPHONE = ("sms", "whatsapp", "voice")
"""Channels whose addresses people can read: they are telephone numbers."""


def customer_name(words: Words, name: str, address: str, contact: int | None, channel: str = "") -> str:
    """What a customer is called: their name, else where they can be met. A provider's long number is told by its
    `channel` and its end ("": the whole of it, where the channel stands beside). An address that only a browser at
    the playground made up says nothing to anybody."""
    if name or contact is None:
        return name or address or words("inbox.anonymous")
    if address.startswith(MADE_UP):
        return words("inbox.at_playground", number=address[-4:])
    if address and channel and channel not in _TELEPHONE:
        return f"{coded(words, 'channels', channel)} {address if len(address) <= 8 else f'…{address[-4:]}'}"
    return address or words("inbox.nameless")


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


def unanswered(thread: Thread) -> bool:
    """Whether the customer wrote last in a chat that a person has, so that resolving the case leaves it unanswered.
    What the bot says there is no answer, nor is what never got out. On the phone answers are not written."""
    if thread.owner != "human" or thread.case["channel"] == "voice":
        return False
    said = (i for i in reversed(thread.items) if isinstance(i, Line) and i.by != "bot" and i.status not in _NEVER_OUT)
    last = next(said, None)
    return last is not None and last.by == "customer"


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
    if thread.consent == "stopped":
        return words("inbox.obstacle.stopped")
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
