"""Customer Effort Score. Version 2.0 ("… made it easy for me", CEB 2013): 1–7, higher is better: 5–7 / 4 / 1–3.
Version 1.0 ("how much effort …", Dixon 2010): 1–5, lower is better: 1–2 / 3 / 4–5. The two are never mixed in a
report."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from survey_flows.model import Question
from survey_flows.questions.base import Scored, register
from survey_flows.questions.scales import ScaleType, band, with_ends

VERSIONS = ("2.0", "1.0")


@register
class Ces(ScaleType):
    name = "ces"
    banded = True
    fields = ScaleType.fields | {"version"}

    def complete(self, question: Question) -> Question:
        version = question.version or "2.0"
        whole = replace(question, version=version, scale=(1, 5) if version == "1.0" else (1, 7))
        return with_ends(whole, f"ces_{version}") if version in VERSIONS else whole

    def mistakes(self, question: Question) -> Iterable[tuple[str, str, str]]:
        if question.version not in VERSIONS:
            yield (
                "version",
                f'there is no CES version "{question.version}"',
                'Use "2.0" (1–7) or "1.0" (1–5), in quotes.',
            )

    def score(self, question: Question, value: Any) -> Scored:
        if question.version == "1.0":
            return Scored("ces1", float(value), band(value, (1, 2), (3, 3)))
        return Scored("ces2", float(value), band(value, (5, 7), (4, 4)))
