"""Questions and endings that no customer ever comes to."""

from __future__ import annotations

from collections.abc import Iterator

from survey_flows.checks.finding import Finding, Subject
from survey_flows.paths.walk import END


def check(subject: Subject) -> Iterator[Finding]:
    """A question of a loop counts as reached when any of its copies is."""
    survey, reached = subject.survey, subject.walk.reached
    lines_reached = {node.line for node in survey.nodes if node.id in reached}
    told: set[int] = set()
    for node in survey.nodes:
        if node.id not in reached and node.line not in lines_reached | told:
            told.add(node.line)
            what = f'No customer ever comes to the question "{node.id}".'
            mend = "Loosen its `when`, or the jumps above that lead past it; or remove it."
            yield subject.finding("error", node.line, what, mend)
    for key in survey.endings:
        if END + key not in reached:
            what = f'Nobody ever arrives at the ending "{key}".'
            mend = (
                "Every customer leaves by a jump before."
                if key == "done"
                else f"Jump to it with `goto: end:{key}`, or remove it."
            )
            yield subject.finding("warning", subject.line("endings", key), what, mend)
