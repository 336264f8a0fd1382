"""What a conversation left in the database, without ids and times."""

from __future__ import annotations

import json
from typing import Any

from tests.backends import Backend

KEPT = {
    "answers": "select question, type, value, state from answers order by id",
    "responses": "select survey_key, language, status from responses order by id",
    "cases": "select reason, team, priority, metric, score, band, status from cases order by id",
    "inbox": "select kind, text, status from inbox order by id",
    "outbox": "select role, payload from outbox order by id",
    "owners": "select owner from conversations order by id",
}


def rows(backend: Backend) -> dict[str, list[tuple[Any, ...]]]:
    found = {name: backend.rows(query) for name, query in KEPT.items()}
    found["outbox"] = [(role, json.loads(payload)["text"]) for role, payload in found["outbox"]]
    return found
