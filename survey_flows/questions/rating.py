"""A rating on a scale of the author's choice, with stars if wished."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from survey_flows.model import Question
from survey_flows.questions.base import Scored, register
from survey_flows.questions.scales import ScaleType

WIDEST = 100


@register
class Rating(ScaleType):
    name = "rating"
    fields = ScaleType.fields | {"scale", "stars"}

    def mistakes(self, question: Question) -> Iterable[tuple[str, str, str]]:
        if question.scale is None:
            yield "scale", "a rating needs its scale", "Add for example `scale: [1, 5]`."
            return
        low, high = question.scale
        if not 0 <= low < high <= WIDEST:
            what = f"the scale [{low}, {high}] does not rise within 0–{WIDEST}"
            yield "scale", what, "Write the lowest value first: `scale: [1, 5]`."

    def score(self, question: Question, value: Any) -> Scored:
        return Scored("rating", float(value))
