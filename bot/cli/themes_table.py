"""Themes and sentiment on the terminal, and as CSV."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TextIO

from bot.cli.moments import in_utc
from bot.errors import ConductorError
from bot.insight.themes.verbatim import Kind, Stored
from bot.learning.labels import NEVER

COLUMNS = ("answer", "language", "band", "found", "confidence", "correct", "text")
NOTHING = "none"
"""In the column "correct": a person says that it is about nothing of the list. Empty: nobody has said anything."""
WIDTH = 70


def write(rows: Sequence[Mapping[str, Any]], target: TextIO, as_csv: bool) -> None:
    """Answers with what was found. A text that a spreadsheet would take for a formula gets an apostrophe."""
    if not as_csv:
        for row in rows:
            verbatim = row["verbatim"]
            found = ", ".join(f"{label} {confidence:.2f}" for label, confidence in row["labels"]) or "not labelled yet"
            text = verbatim.text if len(verbatim.text) <= WIDTH else f"{verbatim.text[: WIDTH - 1]}…"
            target.write(f"{verbatim.answer:>6} {verbatim.language} {found:30} {text}\n")
        return
    table = csv.writer(target)
    table.writerow(COLUMNS)
    for row in rows:
        verbatim = row["verbatim"]
        found = "|".join(label for label, _ in row["labels"])
        sure = "|".join(f"{confidence:.2f}" for _, confidence in row["labels"])
        told = "" if verbatim.corrected is None else "|".join(sorted(verbatim.corrected)) or NOTHING
        text = f"'{verbatim.text}" if verbatim.text[:1] in ("=", "+", "-", "@", "\t", "\r") else verbatim.text
        table.writerow([verbatim.answer, verbatim.language, verbatim.band, found, sure, told, text])


def read(table: TextIO) -> dict[int, frozenset[str]]:
    """The corrections in a table: rows whose column "correct" is filled. Several themes with |. Raises ConductorError
    with the line."""
    rows = csv.DictReader(table)
    if not {"answer", "correct"} <= set(rows.fieldnames or ()):
        raise ConductorError('The table has no columns "answer" and "correct".', "Begin with 'themes list --csv'.")
    told: dict[int, frozenset[str]] = {}
    for row in rows:
        wanted = (row["correct"] or "").strip()
        if not wanted:
            continue
        if not (row["answer"] or "").strip().isdigit():
            raise ConductorError(f'Line {rows.line_num}: "{row["answer"]}" is no number of an answer.')
        names = frozenset(name.strip() for name in wanted.split("|") if name.strip())
        told[int(row["answer"])] = names - {NOTHING}
    return told


def known(kind: Kind, model: Stored | None, languages: Mapping[tuple[str, str], tuple[int, int]]) -> Iterator[str]:
    """How well a kind of labels is known."""
    if model is None:
        yield f"{kind}: not trained yet ('conductor themes train')."
        return
    facts = model.facts
    sources = ", ".join(f"{facts[name]} {words}" for name, words in _SOURCES if facts.get(name))
    yield f"{kind}: version {model.version} of {in_utc(model.at)}, from {sources or 'nothing'}"
    yield f"  {'by cross-validation':24}{'examples':>9}{'given':>7}{'right':>7}{'found':>7}{'from':>7}"
    for label, row in facts.get("labels", {}).items():
        if row["cutoff"] >= NEVER:
            yield f"  {label:24}{row['n']:>9}   not learnt: it would be wrong too often"
            continue
        shares = (row["right"] / row["given"], row["right"] / row["n"])
        percents = "".join(f"{100 * share:>6.0f}%" for share in shares)
        yield f"  {label:24}{row['n']:>9}{row['given']:>7}{percents}{row['cutoff']:>7.2f}"
    for code, row in facts.get("languages", {}).items():
        right = f", {100 * row['right'] / row['given']:.0f} % of the given labels right" if row["given"] else ""
        yield f"  {code}: {row['labelled']} of {row['n']} examples got a label{right}"
    for (of, code), (count, unknown) in sorted(languages.items()):
        if of == kind:
            yield f"  {code}: {count} answers, {count - unknown} classified, {unknown} unclassified"
    agrees = facts.get("score_agrees")
    if agrees and agrees["n"]:
        yield f"  The score said the same as a person for {agrees['agree']} of {agrees['n']} corrected answers."


_SOURCES = (
    ("codebook", "examples of the codebook"),
    ("corrections", "corrections"),
    ("scored", "answers with their score"),
)
