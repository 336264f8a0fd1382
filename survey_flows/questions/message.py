"""No question: a text that is said on the way, once."""

from __future__ import annotations

from survey_flows.prompt import Form
from survey_flows.questions.base import QuestionType, register


@register
class Message(QuestionType):
    name = "message"
    form: Form = "none"
    kind = "none"
