"""The words of one language, as read from `answers/<language>/*.yml`. A further language is a further folder."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from survey_flows.answers.phrases import Table, spellings

FOLDER = Path(__file__).parent
_LOADER: Any = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
"""Every scalar stays a string: in YAML, a bare `no` would be False."""

PLAIN_CLASSES = (
    *(
        "percent",
        "negate",
        "or",
        "and",
        "range",
        "out_of",
        "between",
        "points",
        "stars",
        "units",
        "correct",
        "announce",
    ),
    *("half", "than", "at_least", "at_most", "more_than", "less_than", "question", "filler", "go_on"),
)
"""Classes of words in `grammar.yml`. The first class that lists a phrase has it."""


@dataclass(frozen=True)
class Lexicon:
    """One attribute for each data file; `number_words`, `articles` and `heard` are those of `numbers.yml`."""

    language: str
    grammar: dict[str, list[str]]
    yes_no: dict[str, list[str]]
    labels: dict[str, dict[str, list[str]]]
    choices: dict[str, Any]
    dates: dict[str, Any]
    controls: dict[str, Any]
    number_words: dict[int, list[str]]
    articles: dict[str, int]
    heard: dict[str, int]


def available() -> tuple[str, ...]:
    """The languages there is a folder for."""
    return tuple(sorted(p.name for p in FOLDER.iterdir() if (p / "grammar.yml").is_file()))


def _load(language: str, name: str) -> dict[str, Any]:
    path = FOLDER / language / f"{name}.yml"
    with path.open(encoding="utf-8") as file:
        data = yaml.load(file, Loader=_LOADER)  # noqa: S506  (a base loader makes strings only)
    if not isinstance(data, dict):
        raise ValueError(f"{path}: expected a mapping at the top; see {FOLDER / 'en' / path.name} for the form.")
    return {key: _lists(part) for key, part in data.items()}


def _lists(data: Any) -> Any:
    """Every text of a data file is a list of patterns, with commas between; a mapping holds such lists."""
    if isinstance(data, dict):
        return {key: _lists(part) for key, part in data.items()}
    return [part.strip() for part in str(data).split(",") if part.strip()]


@lru_cache(maxsize=1)
def everywhere() -> dict[str, Any]:
    """What means the same in every language: 👍, ⭐, 😡 (`everywhere.yml`)."""
    return _load("", "everywhere")


@lru_cache(maxsize=32)
def lexicon(language: str) -> Lexicon:
    """The lexicon of a language; a region is ignored ("de-AT" → "de"). Raises KeyError for a language without a
    folder."""
    code = language.replace("_", "-").split("-")[0].lower()
    if code != language:
        return lexicon(code)
    if code not in available():
        raise KeyError(f"no words for the language {language!r}; there are: {', '.join(available())}")
    numbers = _load(code, "numbers")
    return Lexicon(
        language=code,
        grammar=_load(code, "grammar"),
        yes_no=_load(code, "yes_no"),
        labels=_load(code, "labels"),
        choices=_load(code, "choices"),
        dates=_load(code, "dates"),
        controls=_load(code, "controls"),
        number_words={int(k): v for k, v in numbers["words"].items()},
        articles={k: int(v[0]) for k, v in numbers["articles"].items()},
        heard={k: int(v[0]) for k, v in numbers["heard"].items()},
    )


@lru_cache(maxsize=32)
def remarks(language: str) -> frozenset[tuple[str, ...]]:
    """What tells something by itself ("late"), as its tokens are written."""
    patterns = lexicon(language).grammar.get("remarks", ())
    return frozenset(phrase for pattern in patterns for phrase in spellings(pattern))


@lru_cache(maxsize=32)
def base_table(language: str) -> Table:
    """A language's number words (tags "number", "article") and its classes of small words, beneath every other
    table."""
    words, table = lexicon(language), Table()
    for word, number in words.articles.items():
        table.add("article", [word], number)
    for number, patterns in words.number_words.items():
        table.add("number", patterns, number)
    for name in PLAIN_CLASSES:
        table.add(name, words.grammar.get(name, ()))
    return table
