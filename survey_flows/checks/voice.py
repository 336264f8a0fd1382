"""What is too long to be listened to, or tells a caller to write."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

import yaml

from survey_flows.checks.finding import Finding, Subject, channels

WRITING = Path(__file__).parents[1] / "told_to_write.yml"


def check(subject: Subject) -> Iterator[Finding]:
    """A note for each text that keeps a caller waiting, or that tells them to do what a telephone can't. What no call
    can say at all is an error (`labels.py`)."""
    yield from _long(subject)
    survey = subject.survey
    for what, line, words in subject.texts:
        heard = survey.greeting_spoken if words is survey.greeting and survey.greeting_spoken else words
        for language, told in _told_to_write(heard):
            said = f'{what[0].upper()}{what[1:]} tells callers to write or tap in {language} ("{told}").'
            mend = "Words that fit a call, too, such as 'say' or 'get in touch', are understood on every channel."
            yield subject.finding("info", line, said, mend)


def told_to_write(text: str, language: str) -> str:
    """The words of `text` that tell somebody to write or tap; "" where there are none, or we don't know the
    language."""
    pattern = _patterns().get(language.split("-")[0])
    found = pattern.search(text) if pattern else None
    return found[0] if found else ""


@cache
def _patterns() -> Mapping[str, re.Pattern[str]]:
    loaded: Mapping[str, str] = yaml.safe_load(WRITING.read_text(encoding="utf-8"))
    return {language: re.compile(pattern, re.IGNORECASE) for language, pattern in loaded.items()}


def _told_to_write(words: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    for language, text in words.items():
        told = told_to_write(text, language)
        if told:
            yield language, told


def _long(subject: Subject) -> Iterator[Finding]:
    comfortable = channels()["voice"]["comfortable_characters"]
    for what, line, words in subject.texts:
        for language, text in words.items():
            if len(text) > comfortable:
                said = (
                    f"{what[0].upper()}{what[1:]} takes a caller about {len(text) // 15} seconds to hear in {language}."
                )
                mend = f"Up to {comfortable} characters are comfortable on the telephone."
                yield subject.finding("info", line, said, mend)
