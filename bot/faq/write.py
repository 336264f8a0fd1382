"""An entry → the Markdown file that its keepers edit."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import yaml

from bot.faq.entry import Entry
from bot.faq.read import SHORT_CHANNELS


def as_markdown(entry: Entry) -> str:
    """The file's text; reading it gives the same entry again."""
    head: dict[str, Any] = {"title": entry.title, "phrasings": list(entry.phrasings)}
    variants = dict(entry.variants)
    short = {variants.get(channel) for channel in SHORT_CHANNELS}
    if len(short) == 1 and (text := short.pop()):
        head["short"] = text
        variants = {channel: said for channel, said in variants.items() if channel not in SHORT_CHANNELS}
    head.update(variants)
    for name, links in (("links", entry.links), ("attachments", entry.attachments)):
        if links:
            head[name] = [{"label": link.label, "url": link.url} for link in links]
    more = (("follow_up", list(entry.follow_up)), ("hand_to", entry.hand_to))
    days = (("valid_from", entry.valid_from), ("valid_until", entry.valid_until))
    head.update({name: value for name, value in (*more, *days) if value})
    dumped = yaml.safe_dump(head, sort_keys=False, allow_unicode=True, width=1000)
    return f"---\n{dumped}---\n{entry.answer}\n"


def write(entry: Entry, folder: Path) -> Path:
    """Write the entry below `folder` and return its file. Raises FileExistsError rather than overwrite one; a file is
    there whole or not at all."""
    file = folder / entry.language / f"{entry.key}.md"
    file.parent.mkdir(parents=True, exist_ok=True)
    if file.exists():
        raise FileExistsError(str(file))
    unfinished = file.with_name(f".{file.name}.{os.getpid()}.tmp")  # no entry: `read.SUFFIXES`
    try:
        unfinished.write_text(as_markdown(entry), encoding="utf-8")
        unfinished.replace(file)
    finally:
        unfinished.unlink(missing_ok=True)
    return file


def write_all(entries: Iterable[Entry], folder: Path) -> tuple[list[Path], list[Path]]:
    """Write the entries that are not there yet; returns the files made, and those that were there and stay. When one
    can't be written, none of them is left behind."""
    made: list[Path] = []
    kept: list[Path] = []
    try:
        for entry in entries:
            try:
                made.append(write(entry, folder))
            except FileExistsError as there:
                kept.append(Path(str(there)))
    except BaseException:
        for file in made:
            file.unlink(missing_ok=True)
        raise
    return made, kept
