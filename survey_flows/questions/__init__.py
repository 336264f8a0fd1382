"""The question types. A new one is one new file here: it registers itself."""

from __future__ import annotations

import importlib
import pkgutil

from survey_flows.model import Question
from survey_flows.questions.base import QuestionType, Rejected, Scored, all_types

for _module in pkgutil.iter_modules(__path__):
    importlib.import_module(f"{__name__}.{_module.name}")

TYPES: dict[str, QuestionType] = all_types()


def type_of(question: Question) -> QuestionType:
    """The type of a loaded question."""
    return TYPES[question.type]


__all__ = ["TYPES", "QuestionType", "Rejected", "Scored", "type_of"]
