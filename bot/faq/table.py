"""Entries from a CSV file: one row an entry, or one row a phrasing."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path

from bot.errors import ConductorError
from bot.faq.entry import Entry
from bot.faq.read import KEY

COLUMNS = ("key", "title", "answer", "phrasing")
SEPARATOR = "|"
"""Between several phrasings in one cell."""


def entries_from_csv(file: Path, language: str) -> list[Entry]:
    """Rows with the columns key, title, answer, phrasing; rows of one key are one entry. Raises ConductorError with
    the line."""
    found: dict[str, Entry] = {}
    for line, row in _rows(file):
        key = (row["key"] or "").strip()
        if not KEY.fullmatch(key):
            raise ConductorError(f'{file}, line {line}: the key "{key}" can\'t be used.', "Use small letters and _.")
        said = tuple(p.strip() for p in (row["phrasing"] or "").split(SEPARATOR) if p.strip())
        old = found.get(key) or Entry(key, language, "", "", ())
        found[key] = replace(
            old,
            title=old.title or (row["title"] or "").strip() or (said[0] if said else key),
            answer=old.answer or (row["answer"] or "").strip(),
            phrasings=tuple(dict.fromkeys((*old.phrasings, *said))),
        )
    silent = [key for key, entry in found.items() if not entry.answer or not entry.phrasings]
    if silent:
        raise ConductorError(f"{file}: no answer or no phrasing for {', '.join(silent[:10])}.")
    return list(found.values())


def _rows(file: Path) -> Iterable[tuple[int, Mapping[str, str | None]]]:
    try:
        with file.open(encoding="utf-8-sig", newline="") as handle:
            reader = csv.DictReader(handle)
            missing = [name for name in COLUMNS if name not in (reader.fieldnames or ())]
            if missing:
                raise ConductorError(f"{file} has no column {', '.join(missing)}.", f"Columns: {', '.join(COLUMNS)}.")
            yield from ((reader.line_num, row) for row in reader)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise ConductorError(f"{file} can't be read: {error}.", "Save it as CSV in UTF-8.") from error
