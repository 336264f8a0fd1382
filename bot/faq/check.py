"""What is wrong with an FAQ that can be read: doubles, gaps between languages, answers too long for a channel, entries
that are over, follow-ups and teams that don't exist. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Collection, Iterator

import smsutil

from bot.faq.entry import HEARD, Book, Entry
from bot.faq.problem import Problem
from survey_flows.checks.voice import told_to_write

FEWEST_PHRASINGS = 8
"""Below this an entry is often missed: the classifier has nothing to learn from."""
SMS_SEGMENTS = 2
"""Each is paid for (160 characters alone, 153 of several; 70 and 67 with a sign outside GSM-7)."""
VOICE_SECONDS = 25
"""Nobody listens longer without being able to ask back."""
CHARACTERS_A_SECOND = 15
"""Of speech: 150 English words a minute, as long as English words are with their blanks (6 characters)."""


def check(book: Book, today: str = "", teams: Collection[str] | None = None) -> list[Problem]:
    """All findings, errors first. `today`: ISO 8601, "" looks at no dates; `teams`: those there are, None: any may
    be."""
    found = [*_doubles(book), *_languages(book)]
    for entry in book:
        found += [*_length(entry), *_heard(entry), *_few(entry), *_follow_ups(entry, book), *_dates(entry, today)]
        if entry.hand_to and teams is not None and entry.hand_to not in teams:
            known = f"recovery.yml has {', '.join(sorted(teams))}."
            found.append(_at(entry, "hand_to", f'there is no team "{entry.hand_to}"', known, "error"))
    return sorted(found, key=lambda p: (p.level != "error", p.file, p.line, p.what))


def plain(text: str) -> str:
    """How alike two phrasings are for the classifier: small letters, no signs, no accents."""
    bare = "".join(c for c in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(c))
    return " ".join(re.findall(r"\w+", bare))


def _at(entry: Entry, field: str, what: str, mend: str, level: str = "warning") -> Problem:
    line = entry.lines.get(field, 0)
    return Problem(entry.file, what, mend, "error" if level == "error" else "warning", line)


def _doubles(book: Book) -> Iterator[Problem]:
    """The same words can't mean two entries."""
    met: dict[tuple[str, str], Entry] = {}
    for entry in book:
        for place, text in enumerate(entry.phrasings):
            other = met.setdefault((entry.language, plain(text)), entry)
            if other.key != entry.key:
                what = f'"{text}" is a phrasing of {other.key}, too'
                yield _at(entry, f"phrasings.{place}", what, "Keep it where customers mean it.", "error")


def _languages(book: Book) -> Iterator[Problem]:
    spoken: dict[str, set[str]] = defaultdict(set)
    for entry in book:
        spoken[entry.key].add(entry.language)
    for key, languages in spoken.items():
        for missing in sorted(set(book.languages) - languages):
            what = f"there is no {key} in {missing}"
            yield Problem(f"{missing}/{key}.md", what, "Customers who write so are offered a person.", "warning")


def _length(entry: Entry) -> Iterator[Problem]:
    segments = len(smsutil.split(entry.text("sms")).parts)
    if segments > SMS_SEGMENTS:
        what = f"the answer takes {segments} SMS segments; {SMS_SEGMENTS} are enough for most"
        yield _at(entry, "sms" if "sms" in entry.lines else "answer", what, "Add a `short:` or `sms:` answer.")
    spoken = round(len(entry.text(HEARD)) / CHARACTERS_A_SECOND)
    if spoken > VOICE_SECONDS:
        what = f"the answer takes {spoken} seconds on the phone; nobody listens longer than {VOICE_SECONDS}"
        yield _at(entry, HEARD if HEARD in entry.lines else "answer", what, "Add a `short:` or `voice:` answer.")


def _heard(entry: Entry) -> Iterator[Problem]:
    told = told_to_write(entry.text(HEARD), entry.language)
    if told:
        what = f'callers are told to write or tap ("{told}"), which they can\'t'
        yield _at(entry, HEARD if HEARD in entry.lines else "answer", what, "Add a `voice:` answer.")


def _few(entry: Entry) -> Iterator[Problem]:
    count = len({plain(text) for text in entry.phrasings})
    if count < FEWEST_PHRASINGS:
        what = f"it has {count} different phrasings; {FEWEST_PHRASINGS} make it found"
        yield _at(entry, "phrasings", what, "Write as customers write, misspelt and short, too.")


def _follow_ups(entry: Entry, book: Book) -> Iterator[Problem]:
    for place, key in enumerate(entry.follow_up):
        field = f"follow_up.{place}"
        if key == entry.key:
            yield _at(entry, field, "it suggests itself", "Name another entry.", "error")
        elif key not in book.keys:
            yield _at(entry, field, f"there is no entry {key} to follow", "Name an entry's key.", "error")
        elif book.entry(key, entry.language) is None:
            yield _at(entry, field, f"there is no {key} in {entry.language}", "It is left out until there is.")


def _dates(entry: Entry, today: str) -> Iterator[Problem]:
    if today and entry.expired(today):
        what = f"its last day was {entry.valid_until}; it is no longer answered"
        yield _at(entry, "valid_until", what, "Give it a new last day, or delete the file.")
