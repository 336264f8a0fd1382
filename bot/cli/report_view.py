"""A report on the terminal, and as JSON."""

from __future__ import annotations

import json
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from bot.cli.report_data import Entry, Report
from bot.cli.report_words import show_words, words_as_data
from bot.insight.compare import Change
from bot.insight.proportions import Share
from bot.insight.rates import DIRECTIONAL_FROM
from bot.insight.report import RANGES, Line

NAMES = {"nps": "NPS", "ces1": "CES (1.0)", "ces2": "CES (2.0)", "csat": "CSAT"}
BLOCKS = "▁▂▃▄▅▆▇█"
BAR, SHORT_BAR = 24, 8
"""Characters of an interval's bar, and where that is too wide."""


def show(report: Report) -> None:
    """Print the tables."""
    console = Console(highlight=False)
    if not report.entries:
        console.print("No answers yet in this period. 'conductor invite' asks for some.")
        return
    console.print(_fitting(report, console))
    if any(entry.line.trust in ("hidden", "counts") for entry in report.entries):
        console.print("[dim]Fewer than 5 answers are hidden, fewer than 30 only counted; 30–99 show a direction.[/]")
    if report.days:
        console.print(_response_rates(report))
    if report.words is not None:
        show_words(report.words, console)
    if report.recovery is not None:
        of = f"{report.recovery.count} of {report.recovery.of} detractors who were asked again"
        console.print(f"Recovery rate [bold]{_percent(report.recovery)}[/] ({of} no longer are).")


def _fitting(report: Report, console: Console) -> RenderableType:
    """A table if it fits without breaking a word, else the same facts one below the other."""
    unlimited = console.options.update(max_width=10_000)
    for bar in (BAR, SHORT_BAR):
        table = _metrics(report, bar)
        if console.measure(table, options=unlimited).maximum <= console.width:
            return table
    return Group(*(_stacked(entry) for entry in report.entries))


def _stacked(entry: Entry) -> Text:
    """Three short lines. Only a name that is longer than the terminal runs on."""
    line = entry.line
    done = f"   done {_percent(entry.completion)}" if entry.completion else ""
    spark = sparkline(line.counts)
    heading = " · ".join(part for part in (entry.survey, entry.group, entry.question) if part)
    text = Text.assemble(
        (heading, "bold"),
        f"\n  {NAMES[line.metric]}: ",
        Text("hidden, fewer than 5 answers", style="dim") if line.trust == "hidden" else value_in_words(line),
        "" if line.n is None else f"   n {line.n}",
        done,
        overflow="ignore",
    )
    if line.interval is not None or spark:
        text.append("\n  ").append_text(interval_bar(line))
        text.append("   " if line.interval is not None else "").append(spark, style="cyan")
    return text.append("\n")


def _shown_count(line: Line) -> str:
    return "<5" if line.n is None else str(line.n)


def _metrics(report: Report, bar: int) -> Table:
    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    table.add_column("Survey", style="bold", overflow="fold")
    if report.by:
        table.add_column(report.by.capitalize())
    table.add_column("Question")
    for name in ("Metric", "Value"):
        table.add_column(name, justify="right" if name == "Value" else "left", no_wrap=True)
    table.add_column("n", justify="right", no_wrap=True)
    table.add_column("95 % interval", no_wrap=True)
    table.add_column("Answers", no_wrap=True)
    table.add_column("Done", justify="right", no_wrap=True)
    for entry in report.entries:
        table.add_row(*_cells(entry, bool(report.by), bar))
    return table


def _cells(entry: Entry, grouped: bool, bar: int) -> list[Text | str]:
    line = entry.line
    cells: list[Text | str] = [entry.survey]
    if grouped:
        cells.append(entry.group)
    return [
        *cells,
        entry.question,
        NAMES[line.metric],
        value_in_words(line),
        _shown_count(line),
        interval_bar(line, bar),
        Text(sparkline(line.counts), style="cyan"),
        _percent(entry.completion) if entry.completion else "–",
    ]


def value_in_words(line: Line) -> Text:
    """The value as a person reads it: NPS with its sign, shares with %, and what changed."""
    if line.value is None:
        needed = f"{line.n} of {DIRECTIONAL_FROM} needed"
        return Text({"none": "none", "hidden": "hidden"}.get(line.trust, needed), style="dim")
    if line.metric == "nps":
        words = f"{line.value:+.0f}"
    elif line.metric == "ces1":
        words = f"{line.value:.2f}"
    else:
        words = f"{line.value:.0f} %" + (f" (mean {line.mean:.2f})" if line.mean is not None else "")
    text = Text(words, style="bold")
    if line.trust == "directional":
        text.append(" ~", style="dim")
    if line.change is not None:
        text.append(f"  {_change(line.change)}", style="green" if line.change.verdict == "real" else "dim")
    return text


def _change(change: Change) -> str:
    if change.difference is None:
        return "nothing before"
    return f"{change.difference:+.0f} {change.verdict}"


def interval_bar(line: Line, width: int = BAR) -> Text:
    """The interval on the metric's whole range: `├──●──┤` with the value on it, and its ends in figures."""
    if line.interval is None or line.value is None:
        return Text("")
    low, high = RANGES[line.metric]

    def place(value: float) -> int:
        return round((value - low) / (high - low) * (width - 1))

    bar = ["·"] * width
    left, right = place(line.interval.low), place(line.interval.high)
    bar[left : right + 1] = ["─"] * (right - left + 1)
    bar[left], bar[right] = "├", "┤"
    bar[place(line.value)] = "●"
    digits = 2 if line.metric == "ces1" else 0
    ends = (f"{round(end, digits) + 0.0:.{digits}f}" for end in (line.interval.low, line.interval.high))  # no "-0"
    return Text.assemble(("".join(bar), "magenta"), f" {' … '.join(ends)}")


def sparkline(counts: tuple[int, ...]) -> str:
    """One block per score, as high as the score is frequent; a score nobody gave is a blank."""
    top = max(counts, default=0)
    return "".join(" " if not n else BLOCKS[max(0, round(n / top * 8) - 1)] for n in counts) if top else ""


def _response_rates(report: Report) -> Table:
    table = Table(box=SIMPLE_HEAD, pad_edge=False, title="Response rate, by the day it was sent", title_justify="left")
    for name in ("Survey", "Sent on", "Delivered", "Answered", "Rate"):
        table.add_column(name, justify="right" if name in ("Delivered", "Answered", "Rate") else "left")
    for survey, day, share in report.days:
        table.add_row(survey, day, str(share.of), str(share.count), _percent(share))
    return table


def _percent(share: Share) -> str:
    return "–" if share.percent is None else f"{share.percent:.0f} %"


def as_json(report: Report) -> str:
    """The report for programs. What may not be shown is null there too."""
    return json.dumps(
        {
            "from": report.period.start or None,
            "before": report.period.end or None,
            "by": report.by or None,
            "metrics": [_entry(entry, report.by) for entry in report.entries],
            "response_rate": [{"survey": s, "sent_on": day, **_share(share)} for s, day, share in report.days],
            "words": words_as_data(report.words) if report.words else None,
            "recovery_rate": _share(report.recovery) if report.recovery else None,
        },
        ensure_ascii=False,
        indent=2,
    )


def _entry(entry: Entry, by: str) -> dict[str, Any]:
    line = entry.line
    group = {by: entry.group} if by else {}
    change = line.change
    return {
        "survey": entry.survey,
        **group,
        "question": entry.question,
        "metric": line.metric,
        "trust": line.trust,
        "n": line.n,
        "value": line.value,
        "interval": [line.interval.low, line.interval.high] if line.interval else None,
        "mean": line.mean,
        "counts": list(line.counts) or None,
        "change": {"difference": change.difference, "verdict": change.verdict, "p": change.p} if change else None,
        "completion": _share(entry.completion) if entry.completion else None,
    }


def _share(share: Share) -> dict[str, Any]:
    return {"count": share.count, "of": share.of, "percent": share.percent}
