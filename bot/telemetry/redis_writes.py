"""Whether Redis takes writes. One that answers and takes none (it is full, loading, or a replica after a failover) is
as good as gone: locks, places, jobs and signs of life are all written."""

from __future__ import annotations

import re
from typing import Any

PROBE = "conductor:probe"
PROBE_MS = 10_000
"""Life of what a probe writes."""
ROOM_BYTES = 256 * 1024
"""What must fit in beside all else before Redis counts as back: one that is full to the brim takes a write whenever a
key dies, and none a moment later."""

REFUSALS = {
    "OOM": "its memory is full",
    "READONLY": "it is a replica",
    "MISCONF": "it can't save its data",
    "LOADING": "it reads its data after a start",
    "NOREPLICAS": "too few of its replicas are there",
}
"""Redis' own word → what it means."""

_KINDS = {"ReadOnlyError": "READONLY", "BusyLoadingError": "LOADING", "OutOfMemoryError": "OOM"}
_WORDS = re.compile(rf"\b({'|'.join(REFUSALS)})\b")


async def try_write(redis: Any) -> None:
    """Raises what Redis says when it takes no write."""
    await redis.set(PROBE, b"", px=PROBE_MS)


async def try_room(redis: Any) -> None:
    """`try_write`, with room left. Redis looks at its memory before a write, not after it: so a second one follows."""
    await redis.set(f"{PROBE}:room", bytes(ROOM_BYTES), px=PROBE_MS)
    try:
        await try_write(redis)
    finally:
        await redis.delete(f"{PROBE}:room")


def refusal(error: BaseException) -> str:
    """Redis' own word for why it takes no writes (OOM, READONLY, MISCONF, LOADING, NOREPLICAS); "" for other errors.
    The client takes it off some; a script's error has it in the middle."""
    kind = type(error)
    if kind.__module__ != "redis.exceptions":
        return ""
    found = _WORDS.search(str(error))
    return _KINDS.get(kind.__name__) or (found.group() if found else "")


def no_writes(error: BaseException) -> str:
    """The sentence for the log; "" where Redis is gone altogether."""
    word = refusal(error)
    return f"Redis takes no writes: {word}. This process goes on by itself until it does." if word else ""
