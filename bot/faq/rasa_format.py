"""Entries as Rasa's own training data: `faq/<key>` intents and `utter_faq/<key>` responses. (Back again:
`rasa_import.py`.)"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import yaml

from bot.faq.entry import HEARD, INTENT, Book, Entry

LANGUAGE_SLOT = "language"


def responses(book: Book, default_language: str) -> dict[str, list[dict[str, Any]]]:
    """The domain's responses. Every language and channel variant carries its condition; the default language's answer
    also stands without one, for `rasa shell`, which knows no language yet."""
    found: dict[str, list[dict[str, Any]]] = {}
    for key in book.keys:
        variations: list[dict[str, Any]] = []
        for entry in book.of_key(key):
            condition = [{"type": "slot", "name": LANGUAGE_SLOT, "value": entry.language}]
            variations.append({"text": entry.text(), "condition": condition})
            own = dict.fromkeys([*([HEARD] if entry.text(HEARD) != entry.text() else []), *entry.variants])
            variations += [{"text": entry.text(name), "channel": name, "condition": condition} for name in own]
        fallback = book.entry(key, default_language) or book.of_key(key)[0]
        variations.append({"text": fallback.text()})
        found[f"utter_{INTENT}/{key}"] = variations
    return found


def nlu(entries: Iterable[Entry]) -> dict[str, Any]:
    """Rasa's NLU file of these entries."""
    return {
        "version": "3.1",
        "nlu": [
            {"intent": f"{INTENT}/{entry.key}", "examples": "".join(f"- {text}\n" for text in entry.phrasings)}
            for entry in entries
        ],
    }


def export(book: Book, folder: Path, default_language: str) -> list[Path]:
    """Write the book as Rasa's YAML: one NLU file a language, and the responses. Returns the files."""
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for language in book.languages:
        file = folder / f"faq_{language}.yml"
        _dump(file, nlu(entry for entry in book if entry.language == language))
        written.append(file)
    answers = folder / "faq_responses.yml"
    _dump(answers, {"version": "3.1", "responses": responses(book, default_language)})
    return [*written, answers]


def _dump(file: Path, data: Mapping[str, Any]) -> None:
    file.write_text(yaml.safe_dump(dict(data), sort_keys=False, allow_unicode=True, width=120), encoding="utf-8")
