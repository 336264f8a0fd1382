"""Customer satisfaction: 1–5. The headline counts 4–5; bands 4–5 / 3 / 1–2."""

from __future__ import annotations

from typing import Any

from survey_flows.model import Question
from survey_flows.questions.base import Scored, register
from survey_flows.questions.scales import ScaleType, band, with_ends


@register
class Csat(ScaleType):
    name = "csat"
    fixed = (1, 5)
    banded = True
    fields = ScaleType.fields | {"stars"}

    def complete(self, question: Question) -> Question:
        return with_ends(super().complete(question), "csat")

    def score(self, question: Question, value: Any) -> Scored:
        return Scored("csat", float(value), band(value, (4, 5), (3, 3)))
