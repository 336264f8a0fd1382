"""One FAQ entry in one language, and the book of all of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

INTENT = "faq"
"""Rasa's retrieval intent: an entry is `faq/<key>`, its answer `utter_faq/<key>`."""
HEARD = "voice"
"""The channel where nobody can tap an address."""


@dataclass(frozen=True)
class Link:
    """An address that belongs to an answer: a page, or a file to look at (an attachment)."""

    label: str
    url: str


@dataclass(frozen=True)
class Entry:
    """One question that customers ask, and its answer, in one language.

    `variants` are answers for single channels ("sms", "voice", …); `links` and `attachments` stand below the answer
    wherever it can be read. `follow_up`: keys of entries that are offered afterwards. `hand_to`: a team that gets a
    case after the answer ("": none). `valid_from`, `valid_until`: first and last day (ISO 8601) on which it is
    answered. `lines`: where in `file` each field stands.
    """

    key: str
    language: str
    title: str
    answer: str
    phrasings: tuple[str, ...]
    variants: Mapping[str, str] = field(default_factory=dict)
    links: tuple[Link, ...] = ()
    attachments: tuple[Link, ...] = ()
    follow_up: tuple[str, ...] = ()
    hand_to: str = ""
    valid_from: str = ""
    valid_until: str = ""
    file: str = ""
    lines: Mapping[str, int] = field(default_factory=dict, compare=False)

    def text(self, channel: str = "") -> str:
        """What is said on `channel`: its own variant, else the answer; below it what belongs to it. Attachments stay
        with a variant too: a picture is no part of the words."""
        said = self.variants.get(channel, self.answer)
        if channel == HEARD:
            return said
        links = () if channel in self.variants else self.links
        return "\n".join([said, *(f"{link.label}: {link.url}" for link in (*links, *self.attachments))])

    def valid(self, day: str) -> bool:
        """Whether it is answered on `day` (ISO 8601)."""
        return self.valid_from <= day and (not self.valid_until or day <= self.valid_until)

    def expired(self, day: str) -> bool:
        """Whether its last day has passed."""
        return bool(self.valid_until) and self.valid_until < day


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

    def on(self, day: str) -> Book:
        """The entries that are answered on `day` (ISO 8601)."""
        return Book({place: entry for place, entry in self.entries.items() if entry.valid(day)})

    @property
    def languages(self) -> tuple[str, ...]:
        return tuple(sorted({language for language, _ in self.entries}))

    @property
    def keys(self) -> tuple[str, ...]:
        return tuple(sorted({key for _, key in self.entries}))

    def of_key(self, key: str) -> Sequence[Entry]:
        """The entry in all its languages."""
        return [entry for entry in self if entry.key == key]
