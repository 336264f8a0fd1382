"""Several quick messages in a row are read together: "it was late" / "and nobody" / "answered the phone" is one answer
(docs/adr/0019). Pure, but for reading.

What is complete in itself (a number, a button, a control, a question that we can answer, a whole sentence) is answered
at once. Only words that may go on wait a little, and what waits already is never waited for.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cache, partial
from pathlib import Path

import yaml

from bot.conversation.state import Conversation, Message
from bot.conversation.understood import Understood

LONGEST_WAIT = 4
"""However the customer goes on, nobody is kept waiting longer than this many times the wait for one message."""

DANGLING = Path(__file__).with_name("dangling.yml")

FEW_LOST = 6
"""Words that we do not understand are worth waiting for what follows, if they are so few; more are a message."""
MANY_TOLD = 20
"""Whoever writes so many words into one message has told it."""

_OVER = tuple(".!?。！？؟)")
_GOES_ON = ("...", "…")
_ALONE = ("edited", "reaction", "start", "recording", "media", "location", "event", "call", "hung_up", "corrects")
"""What makes a message one of its own, whatever its words."""

Read = Callable[[Message], Awaitable[Understood]]


@dataclass(frozen=True)
class Burst:
    """`message` with the words of those that were joined to it, and what they mean together. `until`: it is not to be
    answered before (ISO 8601; "": now). `hushed`: the customer has said "stop" or asked for a person meanwhile, so
    nothing more is asked."""

    message: Message
    understood: Understood
    until: str = ""
    hushed: bool = False


async def gather(
    message: Message,
    conversation: Conversation,
    read: Read,
    stands_alone: Callable[[Message], Awaitable[bool]],
    now: str,
    wait_seconds: float,
) -> Burst:
    """`message`, and of what came after it (`message.then`) whatever belongs to it. `read` says what a message means
    here, `stands_alone` whether one is about something else."""
    read = partial(_heard, read, conversation.language)
    burst, latest, followed = Burst(message, await read(message)), message, False
    if not _may_go_on(message, conversation):
        return burst
    for later in message.then:
        if not burst.understood.goes_on:
            break
        joined = None
        if _plain(later) and not await stands_alone(later):
            alone = await read(later)
            joined = await _joined(burst, later, alone, read)
            burst = replace(burst, hushed=joined is None and _leaves(alone))
        if joined is None:
            followed = True
            break
        burst, latest = joined, later
    if followed or not burst.understood.goes_on or _complete(latest.text, burst.understood.goes_on):
        return burst
    until = _until(message.received_at, latest.received_at, wait_seconds)
    return replace(burst, until=until.isoformat()) if until > datetime.fromisoformat(now) else burst


async def _heard(read: Read, language: str, message: Message) -> Understood:
    """What a message means; half a question ("where is") means nothing for sure, whatever it may be taken for."""
    understood = await read(message)
    if understood.goes_on or _answers(understood) or not is_unfinished(message.text, language):
        return understood
    return replace(understood, goes_on="lost")


def is_unfinished(text: str, language: str) -> bool:
    """Whether a text breaks off: its last word is one that nobody ends with."""
    words = text.casefold().split()
    return bool(words) and words[-1] in _dangling().get(language, ()) and len(words) <= FEW_LOST


@cache
def _dangling() -> dict[str, frozenset[str]]:
    words: dict[str, list[str]] = yaml.safe_load(DANGLING.read_text(encoding="utf-8"))
    return {language: frozenset(known) for language, known in words.items()}


def join(message: Message, later: Message) -> Message:
    """One message with the words of both, in lines: an edit of one of them finds its line."""
    text = f"{message.text.strip()}\n{later.text.strip()}"
    return replace(message, text=text, parts=(*message.parts, later.id))


async def _joined(burst: Burst, later: Message, alone: Understood, read: Read) -> Burst | None:
    """Both as one; None when `later`, which means `alone` by itself, is a message of its own."""
    if burst.understood.goes_on == "answer" and alone.goes_on != "answer":
        return None
    whole = join(burst.message, later)
    together = await read(whole)
    found_at_last = burst.understood.goes_on == "lost" and not alone.goes_on and not _answers(together)
    if found_at_last and (_answers(alone) or together.goes_on):
        return Burst(whole, alone)  # "hm" / "8": what was not understood needs no reply of its own
    return Burst(whole, together)


def _answers(understood: Understood) -> bool:
    return understood.reading is not None and understood.reading.kind != "none"


def _may_go_on(message: Message, conversation: Conversation) -> bool:
    """A caller hears the answer at once, and what was offered ("did you mean") is answered by one message."""
    return (
        message.kind == "message" and conversation.channel != "voice" and not conversation.guesses and _plain(message)
    )


def _plain(message: Message) -> bool:
    """Words, and nothing else."""
    alone = any(message.payload.get(key) for key in _ALONE)
    return message.kind == "message" and not message.picked and not alone and bool(message.text.strip())


def _leaves(understood: Understood) -> bool:
    reading = understood.reading
    if reading is None:
        return False
    return reading.stops or (reading.kind == "control" and reading.value in ("stop", "human"))


def _complete(text: str, kind: str) -> bool:
    """Whether a message looks as if nothing followed it: a sentence with its full stop, or so many words."""
    said, words = text.rstrip(), len(text.split())
    if said.endswith(_GOES_ON):
        return False
    if kind == "lost":
        return said.endswith(_OVER) or words > FEW_LOST
    return words >= MANY_TOLD or (words >= 3 and said.endswith(_OVER))


def _until(first: str, latest: str, seconds: float) -> datetime:
    begun, last = datetime.fromisoformat(first), datetime.fromisoformat(latest)
    return min(last + timedelta(seconds=seconds), begun + timedelta(seconds=LONGEST_WAIT * seconds))
