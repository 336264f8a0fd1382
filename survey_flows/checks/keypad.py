"""Options that a caller's keypad, or a reader of typed answers, cannot tell apart."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from survey_flows.checks.finding import Finding, Subject, channels
from survey_flows.model import Node


def check(subject: Subject) -> Iterator[Finding]:
    """Copies of a question that a loop makes are looked at once."""
    seen: set[int] = set()
    for node in subject.survey.nodes:
        if node.question.options and (node.line not in seen or not node.line):
            seen.add(node.line)
            yield from _keys(subject, node)
            for language in subject.survey.languages:
                yield from _words(subject, node, language)
                yield from _reserved(subject, node, language)


def _keys(subject: Subject, node: Node) -> Iterator[Finding]:
    voice, count = channels()["voice"], len(node.question.options)
    most, listenable = voice["keypad"]["count"], voice["listenable_options"]
    if count > most:
        what = f'"{node.id}" has {count} options; a keypad tells {most} apart (1 and 10 begin alike).'
        yield subject.finding(
            "warning", node.line, what, f"Offer at most {most}, or keep the survey off the telephone."
        )
    elif count > listenable:
        what = f'"{node.id}" reads {count} options to a caller, who must keep them all in mind.'
        yield subject.finding("info", node.line, what, f"Up to {listenable} are comfortable on the telephone.")


def _words(subject: Subject, node: Node, language: str) -> Iterator[Finding]:
    """Labels and synonyms that mean two options at once."""
    meaning: dict[str, list[str]] = defaultdict(list)
    labels: dict[str, list[str]] = defaultdict(list)
    for option in node.question.options:
        label = option.label.get(language, "").strip().casefold()
        labels[label].append(option.key)
        for word in {label, *(synonym.strip().casefold() for synonym in option.synonyms.get(language, ()))}:
            meaning[word].append(option.key)
    for word, keys in meaning.items():
        if len(keys) > 1 and word:
            twice = len(labels[word]) > 1
            what = f'"{word}" ({language}) means {len(keys)} options of "{node.id}": {", ".join(keys)}.'
            mend = "Give each its own label." if twice else "Leave the synonym to one of them."
            yield subject.finding("error" if twice else "warning", node.line, what, mend)


def _reserved(subject: Subject, node: Node, language: str) -> Iterator[Finding]:
    words = channels()["sms"]["reserved_words"]["words"]
    for option in node.question.options:
        if option.label.get(language, "").strip().casefold() in words:
            label = option.label[language]
            what = f'Who answers "{label}" ({language}) to "{node.id}" by SMS is unsubscribed by the provider.'
            yield subject.finding("error", node.line, what, "Choose another word.")
