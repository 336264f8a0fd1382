"""Labels and texts that are too long for a channel (`survey_flows/channels.yml`)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from survey_flows.checks.finding import Finding, Subject, channels
from survey_flows.model import Node, Option


def check(subject: Subject) -> Iterator[Finding]:
    """Copies of a question that a loop makes are looked at once."""
    seen: set[int] = set()
    for node in subject.survey.nodes:
        if node.line not in seen or not node.line:
            seen.add(node.line)
            for limits in channels().values():
                yield from _labels(subject, node, limits)
    for limits in channels().values():
        limit = limits.get("text", {}).get("limit")
        for what, line, words in subject.texts if limit else ():
            for language, text in words.items():
                if len(text) > limit:
                    size = f"{len(text)} characters in {language}"
                    said = f"{what[0].upper()}{what[1:]} has {size}; {limits['name']} takes {limit}."
                    yield subject.finding("error", line, said, "Shorten it.")


def _labels(subject: Subject, node: Node, limits: dict[str, Any]) -> Iterator[Finding]:
    options = node.question.options
    forms = [limits[f] for f in ("buttons", "list") if f in limits]
    form = next((f for f in forms if len(options) <= f["count"]), None)
    if not forms or not options:
        return
    if form is None:
        what = f'"{node.id}" has {len(options)} options; {limits["name"]} lists {forms[-1]["count"]}.'
        mend = "There they are written as a numbered list, and answered by typing."
        yield subject.finding("info", node.line, what, mend)
        return
    for option in options:
        for language in subject.survey.languages:
            label = _shown(option, language)
            if len(label) > form["label"]:
                what = (
                    f'The label "{label}" ({language}) of "{node.id}" has {len(label)} characters; '
                    f"{limits['name']} shows {form['label']} with {len(options)} options."
                )
                yield subject.finding("warning", node.line, what, "Shorten it, or give the option a `short` label.")


def _shown(option: Option, language: str) -> str:
    """The shorter of the two labels: a channel takes `short` where the label does not fit. The emoji stands before
    it."""
    labels = [words[language] for words in (option.label, option.short) if words.get(language)]
    return min(labels, key=len, default="")
