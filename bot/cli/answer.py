"""`conductor answer`: reads answers from standard input, one a line, and prints one JSON object for each."""

from __future__ import annotations

import json
import sys
from datetime import date
from functools import lru_cache

import click

from survey_flows.answers import available, read
from survey_flows.model import Option, Question

TYPES = (
    *("nps", "ces", "csat", "rating", "choice", "multi_choice", "yes_no"),
    *("number", "text", "date", "contact", "message", "consent"),
)
DEFAULT_OPTIONS = "speed=Speed,parking=Parking,staff=Staff,price=Price"
DEFAULT_RATING = (1, 5)
MOST_REMEMBERED = 50_000
"""Lines whose reading is kept: in an export of answers, most of them come again and again."""


@click.command("answer")
@click.option("--type", "kind", required=True, metavar="TYPE", help=f"Question type: {', '.join(TYPES)}.")
@click.option("--lang", default="en", show_default=True, metavar="LANG", help="Language of the conversation.")
@click.option(
    "--languages", default="", metavar="LANG,LANG", help="The survey's languages, tried after --lang.  [default: all]"
)
@click.option("--scale", nargs=2, type=int, metavar="LOW HIGH", help="Ends of a rating's scale.  [default: 1 5]")
@click.option(
    "--options", default="", metavar="KEY=LABEL,…", help=f"Options of a choice.  [default: {DEFAULT_OPTIONS}]"
)
@click.option("--today", default="", metavar="DATE", help="What 'yesterday' counts from.  [default: the current day]")
@click.option(
    "--version", "ces_version", default="", metavar="VERSION", help="Version of a CES question: 2.0 (1–7) or 1.0 (1–5)."
)
def command(
    kind: str, lang: str, languages: str, scale: tuple[int, int] | None, options: str, today: str, ces_version: str
) -> None:
    """Read texts from standard input, one a line, as answers to a question.

    Prints one JSON object a line: kind (value, ambiguous, control, none), value, candidates.
    """
    question = _question(kind, scale, options, ces_version)
    named = [part.strip() for part in languages.split(",") if part.strip()]
    spoken = tuple(dict.fromkeys((lang, *(named or available()))))
    for code in spoken:
        if code not in available():
            raise click.UsageError(
                f"There are no words for the language {code!r}. Choose from: {', '.join(available())}."
            )
    day = _day(today)

    @lru_cache(maxsize=MOST_REMEMBERED)
    def answered(line: bytes) -> bytes:
        text = line.decode("utf-8", errors="replace")
        reading = read(question, text, lang, spoken, day).as_dict()
        return json.dumps(reading, ensure_ascii=False).encode("utf-8", errors="replace") + b"\n"

    for line in sys.stdin.buffer:
        sys.stdout.buffer.write(answered(line.rstrip(b"\r\n")))
        sys.stdout.buffer.flush()


def _question(kind: str, scale: tuple[int, int] | None, options: str, version: str) -> Question:
    if kind not in TYPES:
        raise click.UsageError(f"There is no question type {kind!r}. Choose from: {', '.join(TYPES)}.")
    if version not in ("", "1.0", "2.0"):
        raise click.UsageError(f"There is no CES version {version!r}. Choose 2.0 (1–7) or 1.0 (1–5).")
    if scale is not None and scale[0] >= scale[1]:
        raise click.UsageError(f"A scale needs its lower end first, as in --scale 1 5, not {scale[0]} {scale[1]}.")
    choosing = kind in ("choice", "multi_choice")
    return Question(
        id="question",
        type=kind,
        text={},
        scale=scale or (DEFAULT_RATING if kind == "rating" else None),
        version=version or ("2.0" if kind == "ces" else ""),
        options=_options(options or DEFAULT_OPTIONS) if choosing else (),
    )


def _options(listed: str) -> tuple[Option, ...]:
    """ "speed=Speed,parking=Parking" → options; an option without "=" is its own label. Labels hold in every
    language."""
    found = []
    for part in listed.split(","):
        key, _, label = part.strip().partition("=")
        if key:
            found.append(Option(key.strip(), dict.fromkeys(available(), label.strip() or key.strip())))
    if not found:
        raise click.UsageError("--options needs at least one option, as in --options speed=Speed,parking=Parking.")
    return tuple(found)


def _day(today: str) -> str:
    try:
        return (date.fromisoformat(today) if today else date.today()).isoformat()
    except ValueError:
        raise click.UsageError(f"--today needs a day such as 2026-12-24, not {today!r}.") from None
