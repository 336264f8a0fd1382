"""Yes or no."""

from __future__ import annotations

from survey_flows.questions.base import register
from survey_flows.questions.booleans import BooleanType


@register
class YesNo(BooleanType):
    name = "yes_no"
