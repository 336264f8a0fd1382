"""Net Promoter Score: 0–10. Bands: 9–10 promoter, 7–8 passive, 0–6 detractor (Reichheld 2003)."""

from __future__ import annotations

from typing import Any

from survey_flows.model import Question
from survey_flows.questions.base import Scored, register
from survey_flows.questions.scales import ScaleType, band

_SCORED = tuple(Scored("nps", float(n), band(n, (9, 10), (7, 8))) for n in range(11))


@register
class Nps(ScaleType):
    name = "nps"
    fixed = (0, 10)
    banded = True

    def score(self, question: Question, value: Any) -> Scored:
        return _SCORED[int(value)]
