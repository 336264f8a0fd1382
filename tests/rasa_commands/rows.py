"""What a conversation left in the database, without ids and times."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

KEPT = {
    "answers": "select question, type, value, state from answers order by id",
    "responses": "select survey_key, language, status from responses order by id",
    "cases": "select reason, team, priority, metric, score, band, status from cases order by id",
    "inbox": "select kind, text, status from inbox order by id",
    "outbox": "select role, json_extract(payload, '$.text') from outbox order by id",
    "owners": "select owner from conversations order by id",
}


def rows(database: Path) -> dict[str, list[tuple[Any, ...]]]:
    connection = sqlite3.connect(database)
    try:
        return {name: connection.execute(query).fetchall() for name, query in KEPT.items()}
    finally:
        connection.close()
