"""The last line of `conductor survey check`: what is good, and what is wrong where."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from survey_flows.check import Finding
    from survey_flows.model import Survey

Checked = Sequence[tuple[Path, Sequence["Finding"]]]
"""Files, each with what was found about it."""

LINES = 5
"""So many lines of one file are named; the findings above name them all."""


def summary(found: Checked) -> str:
    """What can be said of all of them, in a sentence or two."""
    from survey_flows.loader import load_file

    wrong = {path: findings for path, findings in found if any(f.level != "info" for f in findings)}
    fine = [load_file(path) for path, _ in found if path not in wrong]
    if not wrong:
        return f"{_many(len(fine), 'survey')} fine: {_size(fine)}."
    named = "; ".join(_named(path, findings) for path, findings in wrong.items())
    good = f"{len(fine)} of {_many(len(found), 'survey')} fine" + (f": {_size(fine)}" if fine else "")
    return f"{good}. Not fine: {named}."


def _size(surveys: Sequence[Survey]) -> str:
    questions = sum(len({node.question.id for node in survey.nodes}) for survey in surveys)
    languages = sorted({language for survey in surveys for language in survey.languages})
    return f"{_many(questions, 'question')}, {_many(len(languages), 'language')} ({' '.join(languages)})"


def _named(path: Path, findings: Sequence[Finding]) -> str:
    counts = Counter(finding.level for finding in findings if finding.level != "info")
    lines = sorted({finding.line for finding in findings if finding.level != "info" and finding.line})
    more = ", …" if len(lines) > LINES else ""
    where = f", line {', '.join(map(str, lines[:LINES]))}{more}" if lines else ""
    return f"{path} ({', '.join(_many(count, level) for level, count in counts.items())}{where})"


def _many(count: int, word: str) -> str:
    return f"{count} {word}{'' if count == 1 else 's'}"
