"""Entries as Rasa's own training data: `faq/<key>` intents and `utter_faq/<key>` responses, and back again."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import yaml

from bot.errors import ConductorError
from bot.faq.entry import HEARD, INTENT, Book, Entry

LANGUAGE_SLOT = "language"
_EXAMPLE = re.compile(r"^\s*-\s?(.*)$")
_ENTITY = re.compile(r"\[([^\]]+)\](?:\([^)]*\)|\{[^}]*\})")


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


def entries_from(files: Iterable[Path], language: str) -> list[Entry]:
    """The entries that Rasa files hold: retrieval intents `<any>/<key>` with their examples, and the responses'
    texts. Raises ConductorError for a file that can't be read, or an intent without a response."""
    phrasings: dict[str, list[str]] = defaultdict(list)
    texts: dict[str, str] = {}
    for file in files:
        data = _load(file)
        for block in data.get("nlu") or ():
            intent = str(block.get("intent", ""))
            if "/" in intent:
                phrasings[intent] += _examples(block.get("examples"))
        for name, variations in (data.get("responses") or {}).items():
            if "/" in name and variations:
                texts[name.removeprefix("utter_")] = _text_in(variations, language)
    silent = sorted(set(phrasings) - set(texts))
    if silent:
        raise ConductorError(
            f"There is no response for {', '.join(silent[:10])}.", "Name the file with the responses, too."
        )
    return [
        Entry(_key(intent), language, _title(said), texts[intent], tuple(dict.fromkeys(said)))
        for intent, said in sorted(phrasings.items())
        if said
    ]


def _load(file: Path) -> Mapping[str, Any]:
    try:
        data = yaml.safe_load(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise ConductorError(f"{file} can't be read: {' '.join(str(error).split())}.") from error
    if not isinstance(data, dict):
        raise ConductorError(f"{file} is no Rasa file.", "It holds `nlu:` or `responses:`.")
    return data


def _examples(block: Any) -> list[str]:
    lines = str(block or "").splitlines()
    found = [match[1].strip() for match in map(_EXAMPLE.match, lines) if match]
    return [_ENTITY.sub(r"\1", text) for text in found if text]


def _text_in(variations: Any, language: str) -> str:
    """The variation for `language`, else the first."""
    for variation in variations:
        if any(c.get("value") == language for c in variation.get("condition") or ()):
            return str(variation.get("text", ""))
    return str(variations[0].get("text", ""))


def _key(intent: str) -> str:
    name = re.sub(r"[^a-z0-9]+", "_", intent.partition("/")[2].lower()).strip("_")
    return name if name[:1].isalpha() else f"entry_{name}"


def _title(phrasings: list[str]) -> str:
    """The first phrasing; an entry's keeper writes a better one."""
    first = phrasings[0].strip()
    return first[:1].upper() + first[1:]
