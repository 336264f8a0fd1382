"""Texts that are missing in one of the survey's languages."""

from __future__ import annotations

from collections.abc import Iterator

from survey_flows.checks.finding import Finding, Subject


def check(subject: Subject) -> Iterator[Finding]:
    """An empty text is a choice (`fallback: {de: ""}`); a language that is not there is a gap."""
    survey = subject.survey
    for what, line, words in subject.texts:
        missing = [language for language in survey.languages if language not in words]
        if missing:
            said = f"{what[0].upper()}{what[1:]} is missing in {', '.join(missing)}."
            mend = f"Customers would read it in {next(iter(words))}. Add it, or take the language out of `languages`."
            yield subject.finding("warning", line, said, mend)
    missing = [language for language in survey.languages if survey.title and language not in survey.title]
    if missing:
        yield subject.finding(
            "info", subject.line("title"), f"The title is missing in {', '.join(missing)}.", "Only managers see it."
        )
