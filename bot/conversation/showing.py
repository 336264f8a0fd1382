"""What screens show of a turn, and what is kept of it with the message. Pure."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from bot.conversation.ports import full_intent
from bot.conversation.understood import Understood


def reading(understood: Understood) -> Mapping[str, Any] | None:
    """What the text means at the open question, as JSON."""
    return None if understood.reading is None else understood.reading.as_json()


def shown(understood: Understood, actions: Any, started: float) -> dict[str, Any]:
    """What screens show of the turn. `ms` is the time from reading to decision; `started`: `time.perf_counter()`."""
    found = understood.parse_data.get("intent") or {}
    ranking = understood.parse_data.get("intent_ranking") or ()
    return {
        "intent": full_intent(understood.parse_data),
        "confidence": round(float(found.get("confidence") or 0.0), 3),
        "ranking": [[i.get("name"), round(float(i.get("confidence") or 0.0), 3)] for i in ranking[:5]],
        "reading": reading(understood),
        "digression": understood.digression,
        "actions": [a for a in actions if a != "action_listen"],
        "ms": round((time.perf_counter() - started) * 1000, 1),
    }
