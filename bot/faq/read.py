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
from datetime import date
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import yaml

from bot.faq.entry import Book, Entry, Link
from bot.faq.problem import FaqError, Problem
from channels.contract import CHANNELS
from survey_flows.quick_yaml import compose, read

KEY = re.compile(r"[a-z][a-z0-9_]{0,59}")
LANGUAGE = re.compile(r"[a-z]{2}")
UNWRITTEN = "TODO: write the answer."
"""Stands in a draft; with it the FAQ can't be trained, or customers would read it."""
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
    "follow_up",
    "hand_to",
    "valid_from",
    "valid_until",
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
        text = file.read_text(encoding="utf-8-sig")
        data = _data(text, file.suffix)
    except yaml.MarkedYAMLError as error:
        return None, [_unreadable(name, error, int(file.suffix == ".md"))]
    except (yaml.YAMLError, UnicodeDecodeError, ValueError) as error:
        return None, [Problem(name, f"can't be read: {' '.join(str(error).split())}", "Look at a file that works.")]
    reader = _Reader(name, data, lines(text, file.suffix))
    entry = reader.entry(file.stem, file.parent.name)
    return (None if reader.problems else entry), reader.problems


def _unreadable(name: str, error: yaml.MarkedYAMLError, above: int) -> Problem:
    """YAML's own words for what is wrong, with the line; `above`: lines before the YAML begins."""
    mark = error.problem_mark or error.context_mark
    what = f"can't be read: {error.problem or error}"
    return Problem(name, what, "Put the text in quotes, or look at a file that works.", line=_line(mark, above))


def _line(mark: yaml.Mark | None, above: int) -> int:
    return mark.line + 1 + above if mark else 0


def lines(text: str, suffix: str) -> dict[str, int]:
    """Where each field stands, and each item of a list ("phrasings.3"), from 0 on."""
    above = int(suffix == ".md")
    head = _HEAD.match(text) if above else None
    root = compose(head[1] if head else text)
    found: dict[str, int] = {"answer": text[: head.start(2)].count("\n") + 1} if head else {}
    for name, value in root.value if isinstance(root, yaml.MappingNode) else ():
        found[str(name.value)] = _line(name.start_mark, above)
        if isinstance(value, yaml.SequenceNode):
            items = enumerate(value.value)
            found |= {f"{name.value}.{n}": _line(item.start_mark, above) for n, item in items}
    return found


def _data(text: str, suffix: str) -> Mapping[str, Any]:
    if suffix == ".md":
        parts = _HEAD.match(text)
        if parts is None:
            raise ValueError("it has no head: a first line of ---, the fields, and a line of --- before the answer")
        head, body = read(parts[1]) or {}, parts[2].strip()
        data = {**head, "answer": body} if isinstance(head, dict) else None
    else:
        data = read(text)
    if not isinstance(data, dict):
        raise ValueError("the fields are written as `name: value`")
    return data


class _Reader:
    """Reads the fields of one file and notes what is wrong with them."""

    def __init__(self, name: str, data: Mapping[str, Any], lines: Mapping[str, int]) -> None:
        self.name, self.data, self.lines = name, data, lines
        self.problems: list[Problem] = []

    def entry(self, key: str, language: str) -> Entry:
        self._names(key, language)
        variants = {channel: self.text(channel) for channel in CHANNELS if channel in self.data}
        if "short" in self.data:
            variants = {**dict.fromkeys(SHORT_CHANNELS, self.text("short")), **variants}
        entry = Entry(
            key=key,
            language=language,
            title=self.text("title", needed=True),
            answer=self.text("answer", needed=True),
            phrasings=self.texts("phrasings", needed=True),
            variants=variants,
            links=self.links("links"),
            attachments=self.links("attachments"),
            follow_up=self.texts("follow_up"),
            hand_to=self.text("hand_to"),
            valid_from=self.day("valid_from"),
            valid_until=self.day("valid_until"),
            file=self.name,
            lines=self.lines,
        )
        if entry.answer == UNWRITTEN:
            self.wrong("the answer is still to be written", "Write it, or move the draft elsewhere.", "answer")
        if entry.valid_until and entry.valid_until < entry.valid_from:
            self.wrong("it ends before it begins", "Swap the two days.", "valid_until")
        return entry

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
                    str(field),
                )

    def wrong(self, what: str, mend: str = "", field: str = "") -> None:
        self.problems.append(Problem(self.name, what, mend, line=self.lines.get(field, 0)))

    def day(self, field: str) -> str:
        """A day, ISO 8601; YAML makes a date of it by itself."""
        value = self.data.get(field)
        try:
            return "" if value is None else date.fromisoformat(str(value)).isoformat()
        except ValueError:
            self.wrong(f"`{field}` is no day", "Write it as 2026-12-24.", field)
            return ""

    def text(self, field: str, needed: bool = False) -> str:
        value = self.data.get(field)
        if value is None and not needed:
            return ""
        if not isinstance(value, str) or not value.strip():
            self.wrong(
                f"`{field}` is needed: a text", "Put it in quotes when it begins with a sign or a number.", field
            )
            return ""
        return value.strip()

    def texts(self, field: str, needed: bool = False) -> tuple[str, ...]:
        value = self.data.get(field)
        if value is None and not needed:
            return ()
        if not isinstance(value, list) or not value or not all(isinstance(v, str) and v.strip() for v in value):
            self.wrong(f"`{field}` is a list of texts", "Write each on a line of its own, after a dash.", field)
            return ()
        return tuple(v.strip() for v in value)

    def links(self, field: str) -> tuple[Link, ...]:
        value = self.data.get(field) or []
        if not isinstance(value, list) or not all(self._is_link(link) for link in value):
            self.wrong(f"`{field}` is a list of {{label: …, url: https://…}}", "Add what is missing.", field)
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
