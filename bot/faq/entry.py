"""One FAQ entry in one language, and the book of all of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

INTENT = "faq"
"""Rasa's retrieval intent: an entry is `faq/<key>`, its answer `utter_faq/<key>`."""


@dataclass(frozen=True)
class Link:
    """An address that belongs to an answer: a page, or a file to look at (an attachment)."""

    label: str
    url: str


@dataclass(frozen=True)
class Entry:
    """One question that customers ask, and its answer, in one language.

    `variants` are answers for single channels ("sms", "voice", …); `links` stand below the answer wherever it can be
    read.
    """

    key: str
    language: str
    title: str
    answer: str
    phrasings: tuple[str, ...]
    variants: Mapping[str, str] = field(default_factory=dict)
    links: tuple[Link, ...] = ()
    file: str = ""

    def text(self, channel: str = "") -> str:
        """What is said on `channel`: its own variant, else the answer with its links."""
        if channel in self.variants:
            return self.variants[channel]
        if channel == "voice":
            return self.answer  # nobody can tap a link that is read aloud
        return "\n".join([self.answer, *(f"{link.label}: {link.url}" for link in self.links)])


@dataclass(frozen=True)
class Book:
    """All entries, found by language and key."""

    entries: Mapping[tuple[str, str], Entry] = field(default_factory=dict)

    @classmethod
    def of(cls, entries: Iterable[Entry]) -> Book:
        return cls({(entry.language, entry.key): entry for entry in entries})

    def __iter__(self) -> Iterator[Entry]:
        return iter(self.entries.values())

    def __len__(self) -> int:
        return len(self.entries)

    def entry(self, key: str, language: str) -> Entry | None:
        """The entry in this language; None when there is none."""
        return self.entries.get((language, key))

    @property
    def languages(self) -> tuple[str, ...]:
        return tuple(sorted({language for language, _ in self.entries}))

    @property
    def keys(self) -> tuple[str, ...]:
        return tuple(sorted({key for _, key in self.entries}))

    def of_key(self, key: str) -> Sequence[Entry]:
        """The entry in all its languages."""
        return [entry for entry in self if entry.key == key]
