"""Days as people say them: "24.12.2026", "next tuesday", "3 days ago", "December 24th". Always a day; "next week" is
none."""

from __future__ import annotations

from datetime import date, timedelta

from survey_flows.answers.items import Utterance, unknown_words
from survey_flows.answers.lexicon import base_table, lexicon
from survey_flows.answers.phrases import UNKNOWN, Item, Table
from survey_flows.reading import NOT_AN_ANSWER, Reading, ambiguous, value

_SMALL = frozenset(
    (
        "filler",
        "go_on",
        "article",
        "range",
        "between",
        "out_of",
        "announce",
        "points",
        "units",
        "correct",
        "or",
        "and",
        "small",
    )
)


def date_table(language: str) -> Table:
    """Weekdays, months, "yesterday" (tag "offset", days), "next"/"last"/"this", "ago"/"in", and the small words
    around."""
    words = lexicon(language).dates
    table = Table(base_table(language))
    for days, patterns in words.get("offsets", {}).items():
        table.add("offset", patterns, int(days))
    for index, patterns in words.get("weekdays", {}).items():
        table.add("weekday", patterns, int(index) - 1)
    for index, patterns in words.get("months", {}).items():
        table.add("month", patterns, int(index))
    for name in ("day", "week"):
        table.add("span", words.get(name, ()), {"day": 1, "week": 7}[name])
    for name in ("next", "last", "this", "ago", "ahead", "small"):
        table.add(name, words.get(name, ()))
    return table


def read_date(said: Utterance, table: Table, today: str, kind: str, *, day_first: bool) -> tuple[Reading, int]:
    """ISO date(s). `today`: ISO, "" when unknown: then only full dates are read. `kind`: past, future, or any."""
    items = [i for i in table.scan(said.tokens) if i.tag.isalnum() or i.tag in ("-", "/", "more_than")]
    unknown = unknown_words(items)
    now = date.fromisoformat(today) if today else None
    days = _numeric(said, now, kind, day_first) or _worded(items, now, kind)
    fitting = tuple(dict.fromkeys(d.isoformat() for d in days if _fits(d, now, kind)))
    if not fitting:
        return NOT_AN_ANSWER, unknown
    return (value(fitting[0]) if len(fitting) == 1 else ambiguous(*fitting)), unknown


def _fits(day: date, now: date | None, kind: str) -> bool:
    if now is None or kind not in ("past", "future"):
        return True
    return day <= now if kind == "past" else day >= now


def _day(year: int, month: int, day: int) -> list[date]:
    if year < 100:
        year += 2000 if year < 70 else 1900
    try:
        return [date(year, month, day)]
    except ValueError:  # the 31st of February is no day
        return []


def _numeric(said: Utterance, now: date | None, kind: str, day_first: bool) -> list[date]:
    """All-digit forms, as one cluster ("24.12.2026", "24.12.") or with "/" or "-" between."""
    tokens = [t for t in said.tokens if t.kind == "n" or t.text in ("/", "-")]
    if any(t.kind == "w" and t.text not in ("t00", "th") for t in said.tokens) and len(tokens) < 3:
        tokens = [t for t in tokens if "." in t.text]
    separators = {t.text for t in tokens if t.kind == "p"}
    numbers = [n for t in tokens if t.kind == "n" for n in t.text.split(".")]
    if not 2 <= len(numbers) <= 3 or not all(n.isdecimal() and len(n) <= 4 for n in numbers):
        return []
    parts = [int(n) for n in numbers]
    if len(numbers[0]) == 4:
        return _day(*parts) if len(parts) == 3 else []
    dotted = not separators
    orders = [(parts[0], parts[1])] if dotted or day_first else [(parts[0], parts[1]), (parts[1], parts[0])]
    found: list[date] = []
    for day, month in orders:
        found += _day(parts[2], month, day) if len(parts) == 3 else _without_year(month, day, now, kind)
    return found


def _without_year(month: int, day: int, now: date | None, kind: str) -> list[date]:
    """The latest such day up to today for "past", the earliest from today for "future", else this year's."""
    if now is None:
        return []
    order = {"past": (0, -1, -2, -3, -4), "future": (0, 1, 2, 3, 4)}.get(kind, (0,))
    for shift in order:
        days = _day(now.year + shift, month, day)
        if days and _fits(days[0], now, kind):
            return days
    return []


def _worded(items: list[Item], now: date | None, kind: str) -> list[date]:
    if any(i.tag == UNKNOWN or i.tag == "question" for i in items):
        return []
    by_tag = {i.tag: i for i in items}
    if "month" in by_tag:
        return _with_month(items, int(by_tag["month"].payload), now, kind)
    if now is None:
        return []
    if "weekday" in by_tag:
        return _weekday(by_tag, now, kind)
    if "offset" in by_tag:
        return [now + timedelta(days=by_tag["offset"].payload)]
    if "span" in by_tag and ("ago" in by_tag or "ahead" in by_tag):
        return _span(items, by_tag, now)
    return []


def _numbers(items: list[Item]) -> list[int]:
    """Numbers of a phrase; an article is one only where there is no other ("a week ago")."""
    texts = [str(i.payload) for i in items if i.tag in ("digits", "number")]
    texts = texts or [str(i.payload) for i in items if i.tag == "article"][:1]
    return [int(t) for t in texts if t.isdecimal() and len(t) <= 4]


def _with_month(items: list[Item], month: int, now: date | None, kind: str) -> list[date]:
    numbers = _numbers(items)
    days = [n for n in numbers if n <= 31][:1]
    years = [n for n in numbers if n > 31]
    if not days or len(numbers) != len(days) + len(years) or len(years) > 1:
        return []
    return _day(years[0], month, days[0]) if years else _without_year(month, days[0], now, kind)


def _weekday(by_tag: dict[str, Item], now: date, kind: str) -> list[date]:
    """ "next" is always in the future, "last" always in the past; a bare weekday goes by the question's kind, else
    it is asked back."""
    ahead = (by_tag["weekday"].payload - now.weekday() - 1) % 7 + 1
    behind = (now.weekday() - by_tag["weekday"].payload - 1) % 7 + 1
    future, past = now + timedelta(days=ahead), now - timedelta(days=behind)
    if "next" in by_tag:
        return [future]
    if "last" in by_tag:
        return [past]
    if kind == "past":
        return [past]
    return [future] if kind == "future" or "this" in by_tag else [past, future]


def _span(items: list[Item], by_tag: dict[str, Item], now: date) -> list[date]:
    numbers = _numbers(items) or [1]
    if len(numbers) != 1 or numbers[0] > 3660:
        return []
    days = numbers[0] * int(by_tag["span"].payload)
    return [now - timedelta(days=days) if "ago" in by_tag else now + timedelta(days=days)]
