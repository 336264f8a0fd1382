"""An entry → the Markdown file that its keepers edit."""

from __future__ import annotations

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
    """Write the entry below `folder` and return its file. Raises FileExistsError rather than overwrite one."""
    file = folder / entry.language / f"{entry.key}.md"
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("x", encoding="utf-8") as handle:
        handle.write(as_markdown(entry))
    return file
