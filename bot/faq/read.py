"""An FAQ file (Markdown with a YAML head, or YAML alone) → entry. Every mistake in it is reported, not only the first.

---
title: Where is my refund?
phrasings: [where is my refund, when do I get my money back]
---
A refund takes up to 5 working days …
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import yaml

from bot.faq.entry import Book, Entry, Link
from bot.faq.problem import FaqError, Problem
from channels.contract import CHANNELS

KEY = re.compile(r"[a-z][a-z0-9_]{0,59}")
LANGUAGE = re.compile(r"[a-z]{2}")
SUFFIXES = (".md", ".yml", ".yaml")
SHORT_CHANNELS = ("sms", "voice")
"""`short` is the answer on these, unless they have a variant of their own: one costs by length, one is listened to."""
_FIELDS = (
    "title",
    "answer",
    "phrasings",
    "short",
    *CHANNELS,
    "links",
    "attachments",
)
_HEAD = re.compile(r"\A---[ \t]*\n(.*?)^---[ \t]*$\n?(.*)\Z", re.DOTALL | re.MULTILINE)


def read_folder(folder: Path) -> Book:
    """The book of `folder`/<language>/<key>.md. An empty or missing folder is an empty book. Raises FaqError."""
    book, problems = read_all(folder)
    if problems:
        raise FaqError(problems)
    return book


def read_all(folder: Path) -> tuple[Book, list[Problem]]:
    """The entries that could be read, and what is wrong with the others."""
    problems: list[Problem] = []
    entries = []
    for file in files(folder):
        entry, found = read_file(file, folder)
        problems += found
        if entry is not None:
            entries.append(entry)
    problems += _twice(entries)
    return Book.of(entries), problems


def files(folder: Path) -> list[Path]:
    """The files of all entries. README.md is not one."""
    found = [file for file in folder.glob("*/*") if file.suffix in SUFFIXES and file.stem.lower() != "readme"]
    return sorted(found)


def read_file(file: Path, folder: Path) -> tuple[Entry | None, list[Problem]]:
    """One entry; its language is the folder's name, its key the file's."""
    name = str(file.relative_to(folder))
    try:
        data = _data(file)
    except (yaml.YAMLError, UnicodeDecodeError, ValueError) as error:
        return None, [Problem(name, f"can't be read: {' '.join(str(error).split())}", "Look at a file that works.")]
    reader = _Reader(name, data)
    entry = reader.entry(file.stem, file.parent.name)
    return (None if reader.problems else entry), reader.problems


def _data(file: Path) -> Mapping[str, Any]:
    text = file.read_text(encoding="utf-8")
    if file.suffix == ".md":
        parts = _HEAD.match(text)
        if parts is None:
            raise ValueError("it has no head: a first line of ---, the fields, and a line of --- before the answer")
        head, body = yaml.safe_load(parts[1]) or {}, parts[2].strip()
        data = {**head, "answer": body} if isinstance(head, dict) else None
    else:
        data = yaml.safe_load(text)
    if not isinstance(data, dict):
        raise ValueError("the fields are written as `name: value`")
    return data


class _Reader:
    """Reads the fields of one file and notes what is wrong with them."""

    def __init__(self, name: str, data: Mapping[str, Any]) -> None:
        self.name, self.data = name, data
        self.problems: list[Problem] = []

    def entry(self, key: str, language: str) -> Entry:
        self._names(key, language)
        variants = {channel: self.text(channel) for channel in CHANNELS if channel in self.data}
        if "short" in self.data:
            variants = {**dict.fromkeys(SHORT_CHANNELS, self.text("short")), **variants}
        return Entry(
            key=key,
            language=language,
            title=self.text("title", needed=True),
            answer=self.text("answer", needed=True),
            phrasings=self.texts("phrasings", needed=True),
            variants=variants,
            links=self.links("links") + self.links("attachments"),
            file=self.name,
        )

    def _names(self, key: str, language: str) -> None:
        if not KEY.fullmatch(key):
            self.wrong(f'the name "{key}" can\'t be used', "Use small letters, digits and _, beginning with a letter.")
        if not LANGUAGE.fullmatch(language):
            self.wrong(f'the folder "{language}" is no language', "Name it by two letters, such as en or de.")
        for field in self.data:
            if field not in _FIELDS:
                near = get_close_matches(str(field), _FIELDS, 1)
                self.wrong(
                    f"there is no field `{field}`",
                    f"Did you mean {near[0]}?" if near else f"Known: {', '.join(_FIELDS)}.",
                )

    def wrong(self, what: str, mend: str = "") -> None:
        self.problems.append(Problem(self.name, what, mend))

    def text(self, field: str, needed: bool = False) -> str:
        value = self.data.get(field)
        if value is None and not needed:
            return ""
        if not isinstance(value, str) or not value.strip():
            self.wrong(f"`{field}` is needed: a text", "Put it in quotes when it begins with a sign or a number.")
            return ""
        return value.strip()

    def texts(self, field: str, needed: bool = False) -> tuple[str, ...]:
        value = self.data.get(field)
        if value is None and not needed:
            return ()
        if not isinstance(value, list) or not value or not all(isinstance(v, str) and v.strip() for v in value):
            self.wrong(f"`{field}` is a list of texts", "Write each on a line of its own, after a dash.")
            return ()
        return tuple(v.strip() for v in value)

    def links(self, field: str) -> tuple[Link, ...]:
        value = self.data.get(field) or []
        if not isinstance(value, list) or not all(self._is_link(link) for link in value):
            self.wrong(f"`{field}` is a list of {{label: …, url: https://…}}")
            return ()
        return tuple(Link(link["label"], link["url"]) for link in value)

    @staticmethod
    def _is_link(link: Any) -> bool:
        if not isinstance(link, dict) or set(link) != {"label", "url"}:
            return False
        return all(isinstance(v, str) for v in link.values()) and link["url"].startswith(
            ("https://", "http://", "tel:")
        )


def _twice(entries: list[Entry]) -> list[Problem]:
    first: dict[tuple[str, str], str] = {}
    problems = []
    for entry in entries:
        met = first.setdefault((entry.language, entry.key), entry.file)
        if met != entry.file:
            problems.append(Problem(entry.file, f"{met} is the same entry", "Keep one of the two files."))
    return problems
