"""Conditions that can never hold where they stand, or always do."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice, product

from survey_flows.checks.finding import Finding, Level, Subject
from survey_flows.model import Node, Rule
from survey_flows.paths.classes import MOST_COMBINATIONS, Classes, facts
from survey_flows.paths.values import ABSENT


def check(subject: Subject) -> Iterator[Finding]:
    """Guards and jumps by the walk; recovery rules and quotas, which are looked at everywhere, by all values of what
    they read."""
    if not subject.walk.exact:
        what = "The conditions have too many combinations to follow every one; unreachable questions may go unnoticed."
        yield subject.finding(
            "info", 0, what, "Texts compared with many words, or multi_choice with more than 12 options, do this."
        )
    else:
        yield from _along_the_way(subject)
    yield from _everywhere(subject)


def _along_the_way(subject: Subject) -> Iterator[Finding]:
    truths: dict[tuple[str, str, int], set[bool]] = {}
    for node in subject.survey.nodes:
        for kind, rule in _authored(node):
            found = subject.walk.came_to.get(id(rule), set())
            truths.setdefault((kind, rule.source, node.line), set()).update(found)
    told: set[tuple[str, str, bool]] = set()
    for (kind, source, line), found in truths.items():
        if len(found) == 1:
            (truth,) = found
            if (kind, source, truth) not in told:
                told.add((kind, source, truth))
                yield _finding(subject, kind, source, line, truth)


def _authored(node: Node) -> Iterator[tuple[str, Rule]]:
    """The rules a person wrote; not "this option was chosen", which a loop adds."""
    for guard in node.guards:
        if guard.source != f"{node.binding.get('option')} in {node.binding.get('over')}":
            yield "when", guard
    for jump in node.jumps:
        if jump.when is not None:
            yield "if", jump.when


def _finding(subject: Subject, kind: str, source: str, line: int, truth: bool) -> Finding:
    if truth:
        level: Level = "info" if kind == "when" else "warning"
        mend = "It can be left out." if kind == "when" else "Leave the `if` out if that is meant; else correct it."
        return subject.finding(level, line, f"The condition `{source}` always holds where it stands.", mend)
    what = f"The condition `{source}` can never hold where it stands."
    return subject.finding(
        "warning", line, what, "Customers who fulfil it went another way before; correct it, or remove it."
    )


def _everywhere(subject: Subject) -> Iterator[Finding]:
    survey = subject.survey
    rules = [("recovery", n, rule.when) for n, rule in enumerate(survey.recovery)]
    rules += [("quotas", n, quota.when) for n, quota in enumerate(survey.quotas) if quota.when is not None]
    classes = Classes(survey, tuple(rule for _, _, rule in rules))
    for place, _, rule in rules:
        choices = [tuple(dict.fromkeys((ABSENT, *classes.domain[name]))) for name in rule.names]
        combinations = islice(product(*choices), MOST_COMBINATIONS)
        if not any(rule(facts(zip(rule.names, values, strict=True))) for values in combinations):
            yield subject.finding(
                "warning", subject.line(place), f"The condition `{rule.source}` can never hold.", "Correct it."
            )
