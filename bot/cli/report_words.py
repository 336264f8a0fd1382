"""The report's part about customers' own words: themes and sentiment."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from bot.storage.engine import Database
from bot.storage.report_queries import Filter

if TYPE_CHECKING:
    from bot.insight.themes.figures import LabelLine

METRICS = {"nps": "NPS", "ces1": "CES (1.0)", "ces2": "CES (2.0)", "csat": "CSAT"}


@dataclass(frozen=True)
class Words:
    """`answers`: how many free-text answers are labelled. `languages`: code → answers, of them unclassified by theme,
    and by sentiment; only where there are five."""

    answers: int
    themes: tuple[LabelLine, ...]
    sentiment: tuple[LabelLine, ...]
    languages: dict[str, tuple[int, int, int]]


async def words_of(database: Database, file: Path, wanted: Filter) -> Words | None:
    """None without themes.yml, and where nothing is labelled. Raises ThemesError."""
    if not file.is_file():  # noqa: ASYNC240  (a command, no server)
        return None
    from bot.storage.label_counts import count_labels

    counts = await count_labels(database, wanted)
    if not counts.totals:
        return None
    from bot.insight.rates import HIDDEN_BELOW
    from bot.insight.themes.codebook import read
    from bot.insight.themes.figures import lines
    from bot.insight.themes.verbatim import SENTIMENTS

    titles = {theme.key: theme.name("en") for theme in read(file).themes}
    feelings = {name: name.capitalize() for name in SENTIMENTS}
    answers = counts.totals.get("theme", 0)
    spoken = {code: n for (kind, code), (n, _) in counts.languages.items() if kind == "theme" and n >= HIDDEN_BELOW}
    return Words(
        answers,
        tuple(lines("theme", counts.counted, counts.scores, answers, titles)),
        tuple(lines("sentiment", counts.counted, counts.scores, counts.totals.get("sentiment", 0), feelings)),
        {
            code: (n, counts.languages["theme", code][1], counts.languages.get(("sentiment", code), (0, 0))[1])
            for code, n in sorted(spoken.items())
        },
    )


def show_words(words: Words, console: Console) -> None:
    """Print the two tables, and how much of each language is unclassified."""
    for title, of in (("What customers write about", words.themes), ("How they feel", words.sentiment)):
        table = Table(box=SIMPLE_HEAD, pad_edge=False, title=title, title_justify="left")
        for name in ("", "Answers", "Share", "Mean score of those who mention it"):
            table.add_column(name, justify="right" if name in ("Answers", "Share") else "left")
        for line in of:
            share = line.share
            percent = "–" if share is None or share.percent is None else f"{share.percent:.0f} %"
            table.add_row(line.title, "<5" if share is None else str(share.count), percent, _impacts(line))
        console.print(table)
    for code, (n, themes, feelings) in words.languages.items():
        unsure = f"unclassified {_share(themes, n)} by theme, {_share(feelings, n)} by sentiment"
        console.print(f"[dim]{code}: {n} answers; {unsure}[/]")
    console.print("[dim]An answer can have several themes. A mean is a difference, not a cause.[/]")


def _impacts(line: LabelLine) -> str:
    return "; ".join(f"{METRICS[i.metric]} {i.mean:.1f} ({i.difference:+.1f}, n {i.n})" for i in line.impacts)


def _share(count: int, of: int) -> str:
    return f"{100 * count / of:.0f} %"


def words_as_data(words: Words) -> dict[str, Any]:
    """For programs. What may not be shown is null."""
    return {
        "answers": words.answers,
        "themes": [_line(line) for line in words.themes],
        "sentiment": [_line(line) for line in words.sentiment],
        "languages": {
            code: {"answers": n, "unclassified_themes": themes, "unclassified_sentiment": feelings}
            for code, (n, themes, feelings) in words.languages.items()
        },
    }


def _line(line: LabelLine) -> dict[str, Any]:
    return {
        "label": line.label,
        "title": line.title,
        "n": line.share.count if line.share else None,
        "percent": line.share.percent if line.share else None,
        "scores": {i.metric: {"n": i.n, "mean": i.mean, "difference": i.difference} for i in line.impacts},
    }
