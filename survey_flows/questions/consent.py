"""Agreement to something (being contacted, being quoted). Never assumed: only a clear yes counts, and the answer is
kept with the words that gave it (`Recorded.raw`)."""

from __future__ import annotations

from survey_flows.questions.base import register
from survey_flows.questions.booleans import BooleanType


@register
class Consent(BooleanType):
    name = "consent"
