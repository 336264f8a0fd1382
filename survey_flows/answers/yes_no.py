"""Yes or no: `yes_no` and `consent`.

"No" is also an article ("no parcels came"), so a language can list it as `weak_no`: it counts only where the clause
ends or another begins. So does a `weak_yes`: "it was", and not "it was thrown over the fence" or "I have no idea". "No
problem" and its like are listed as `neither`.
"""

from __future__ import annotations

from survey_flows.answers.items import Utterance, clauses, remainder, unknown_words
from survey_flows.answers.phrases import Item, Table, is_sign
from survey_flows.reading import NOT_AN_ANSWER, Reading, ambiguous, value

_SMALL = frozenset(("filler", "correct", "announce", "article", "negate", "and", "or"))
_DENIALS = frozenset(("no", "weak_no", "neither"))
_MARKS = frozenset(("yes", "weak_yes", "no", "weak_no", "either"))


def read_yes_no(said: Utterance, table: Table, connectors: Table) -> tuple[Reading, int]:
    """True, False, ambiguous ("yes and no", "maybe"), or nothing; and how many words of the text are unknown."""
    items = table.scan(said.tokens)
    marks: list[bool | None] = []
    left: list[tuple[int, int]] = []
    for clause in clauses(items):
        found, end = _marks(clause, answered=bool(marks))
        marks += found
        if end < len(clause):
            left.append((clause[end].first, clause[-1].last))
    unknown = unknown_words(items)
    if not marks:
        return NOT_AN_ANSWER, unknown
    if len(set(marks)) > 1 or marks[0] is None:
        return ambiguous(True, False), unknown
    return value(marks[0], remainder(said, left, connectors)), unknown


def _marks(clause: list[Item], *, answered: bool) -> tuple[list[bool | None], int]:
    """The yeses and noes a clause begins with, and where they end (0 when there are none)."""
    found: list[bool | None] = []
    at = 0
    negated = False
    while at < len(clause):
        item = clause[at]
        if item.tag in _MARKS:
            if item.tag in ("weak_yes", "weak_no") and not _stands_alone(clause, at + 1):
                break
            if item.tag == "weak_yes" and at + 1 < len(clause) and clause[at + 1].tag in _DENIALS:
                break
            mark = None if item.tag == "either" else item.tag in ("yes", "weak_yes")
            found.append(not mark if negated and mark else mark)
            negated = False
        elif item.tag in _SMALL or is_sign(item) or (item.tag == "go_on" and not found):
            negated = item.tag == "negate" or (negated and item.tag == "filler")
        else:
            break
        at += 1
    if not found or (answered and at < len(clause)):
        return [], 0
    return found, at


def _stands_alone(clause: list[Item], at: int) -> bool:
    return at >= len(clause) or clause[at].tag in (
        "filler",
        "go_on",
        "yes",
        "weak_yes",
        "no",
        "weak_no",
        "and",
        "or",
        "negate",
        "correct",
        "neither",
    )
