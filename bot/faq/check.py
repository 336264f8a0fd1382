"""What is wrong with an FAQ that can be read: doubles, gaps between languages, answers too long for a channel. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterator

from bot.faq.entry import Book, Entry
from bot.faq.problem import Problem

FEWEST_PHRASINGS = 8
"""Below this an entry is often missed: the classifier has nothing to learn from."""
SMS_CHARACTERS = 320
"""Two messages' worth; more is paid for each time (160 characters a message, 153 of several)."""
VOICE_WORDS = 60
"""About 25 seconds aloud; nobody listens longer without being able to ask back."""


def check(book: Book) -> list[Problem]:
    """All findings, errors first."""
    found = [*_doubles(book), *_languages(book)]
    for entry in book:
        found += [*_length(entry), *_few(entry)]
    return sorted(found, key=lambda p: (p.level != "error", p))


def plain(text: str) -> str:
    """How alike two phrasings are for the classifier: small letters, no signs, no accents."""
    bare = "".join(c for c in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(c))
    return " ".join(re.findall(r"\w+", bare))


def _doubles(book: Book) -> Iterator[Problem]:
    """The same words can't mean two entries."""
    met: dict[tuple[str, str], Entry] = {}
    for entry in book:
        for text in entry.phrasings:
            other = met.setdefault((entry.language, plain(text)), entry)
            if other.key != entry.key:
                what = f'"{text}" is a phrasing of {other.key}, too'
                yield Problem(entry.file, what, "Keep it where customers mean it.")


def _languages(book: Book) -> Iterator[Problem]:
    spoken: dict[str, set[str]] = defaultdict(set)
    for entry in book:
        spoken[entry.key].add(entry.language)
    for key, languages in spoken.items():
        for missing in sorted(set(book.languages) - languages):
            what = f"there is no {key} in {missing}"
            yield Problem(f"{missing}/{key}.md", what, "Customers who write so are offered a person.", "warning")


def _length(entry: Entry) -> Iterator[Problem]:
    sms, voice = len(entry.text("sms")), len(entry.text("voice").split())
    if sms > SMS_CHARACTERS:
        what = f"the answer has {sms} characters as an SMS; {SMS_CHARACTERS} are two messages"
        yield Problem(entry.file, what, "Add a `short:` answer.", "warning")
    if voice > VOICE_WORDS:
        what = f"the answer has {voice} words on the phone; {VOICE_WORDS} take 25 seconds"
        yield Problem(entry.file, what, "Add a `short:` or `voice:` answer.", "warning")


def _few(entry: Entry) -> Iterator[Problem]:
    count = len({plain(text) for text in entry.phrasings})
    if count < FEWEST_PHRASINGS:
        what = f"it has {count} different phrasings; {FEWEST_PHRASINGS} make it found"
        yield Problem(entry.file, what, "Write as customers write, misspelt and short, too.", "warning")
