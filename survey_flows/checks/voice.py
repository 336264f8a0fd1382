"""What is too long to be listened to."""

from __future__ import annotations

from collections.abc import Iterator

from survey_flows.checks.finding import Finding, Subject, channels


def check(subject: Subject) -> Iterator[Finding]:
    """A note for each text that keeps a caller waiting. What no call can say at all is an error (`labels.py`)."""
    comfortable = channels()["voice"]["comfortable_characters"]
    for what, line, words in subject.texts:
        for language, text in words.items():
            if len(text) > comfortable:
                said = (
                    f"{what[0].upper()}{what[1:]} takes a caller about {len(text) // 15} seconds to hear in {language}."
                )
                mend = f"Up to {comfortable} characters are comfortable on the telephone."
                yield subject.finding("info", line, said, mend)
