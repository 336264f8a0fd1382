"""Reads one question's fields from a survey file."""

from __future__ import annotations

import re
from typing import Any

from survey_flows.fields import KEY, Fields
from survey_flows.model import Option, Question, Timeout
from survey_flows.problems import suggest
from survey_flows.questions import TYPES
from survey_flows.questions.base import COMMON_FIELDS
from survey_flows.yaml_marks import MarkedDict, MarkedList

_VERSION = re.compile(r"^[0-9.]+$")
_TEXTS = ("short", "help", "low", "high", "unit", "tell_more")
_OWN_FIELDS = frozenset().union(*(question_type.fields for question_type in TYPES.values()))


def read_question(fields: Fields, question_id: str) -> Question | None:
    """The question; None when its type is unknown. Mistakes are noted in `fields.notes`."""
    name = fields.word("type", required=True, pattern=None)
    question_type = TYPES.get(name)
    if question_type is None:
        if name:
            fields.problem("type", f'there is no question type "{name}"', suggest(name, TYPES))
        fields.asked.update(COMMON_FIELDS | _OWN_FIELDS)
        fields.notes.untyped.add(question_id)
        return None
    for field in fields.data:
        if field in _OWN_FIELDS and field not in question_type.fields:
            fields.problem(
                field, f'"{field}" means nothing for a question of type {name}', "Remove it, or change the type."
            )
    question = question_type.complete(_read(fields, question_id, name))
    for field, what, mend in question_type.mistakes(question):
        fields.problem(field, f"{fields.place}: {what}", mend)
    fields.asked.update(_OWN_FIELDS)
    return question


def _read(fields: Fields, question_id: str, name: str) -> Question:
    texts = {field: fields.text(field) for field in _TEXTS}
    own = TYPES[name].fields
    return Question(
        id=question_id,
        type=name,
        text=fields.text("text", required=True),
        **texts,
        options=_options(fields) if "options" in own else (),
        scale=_scale(fields) if "scale" in own else None,
        version=_version(fields) if "version" in own else "",
        stars=fields.flag("stars"),
        minimum=fields.number("minimum"),
        maximum=fields.number("maximum"),
        whole=fields.flag("whole"),
        halves=fields.one_of("halves", ("ask", "round"), "ask"),
        kind=fields.word("kind", default="any" if "kind" in own else ""),
        required=fields.flag("required"),
        reasks=fields.integer("reasks", 3, low=0, high=3),
        on_unreadable=fields.one_of("on_unreadable", ("skip", "hand_over"), "skip"),
        timeout=_timeout(fields),
        shuffle=fields.flag("shuffle"),
        at_least=fields.integer("at_least", 0),
        at_most=fields.integer("at_most", 0),
    )


def _version(fields: Fields) -> str:
    value = fields.raw("version")
    if isinstance(value, float):  # `version: 2.0` without quotes means the same
        return f"{value:.1f}"
    return fields.word("version", pattern=None)


def _scale(fields: Fields) -> tuple[int, int] | None:
    value = fields.raw("scale")
    if value is None:
        return None
    if isinstance(value, MarkedList) and len(value) == 2 and all(type(bound) is int for bound in value):
        return int(value[0]), int(value[1])
    fields.problem("scale", f'"scale" of {fields.place} must be two whole numbers', "Write `scale: [1, 5]`.")
    return 1, 5


def _timeout(fields: Fields) -> Timeout | None:
    value = fields.raw("timeout")
    if value is None:
        return None
    inner = Fields(value, fields.notes, f"the timeout of {fields.place}", fields.line("timeout"))
    minutes = inner.duration("after", 0)
    if not inner.has("after"):
        inner.problem("", f"{inner.place} does not say after how long", "Write `timeout: {after: 2h, then: remind}`.")
    then = inner.one_of("then", ("remind", "skip", "end"), "remind")
    inner.finish()
    return Timeout(minutes, then)


def _options(fields: Fields) -> tuple[Option, ...]:
    return tuple(
        _option(Fields(item, fields.notes, f"an option of {fields.place}", line))
        for item, line in fields.items("options", required=True)
    )


def _option(fields: Fields) -> Option:
    key = fields.word("key", required=True, pattern=KEY)
    fields.place = f'option "{key}"' if key else fields.place
    emoji = fields.word("emoji", pattern=None)
    option = Option(
        key=key,
        label=fields.text("label", required=True),
        short=fields.text("short"),
        emoji=emoji,
        synonyms=_synonyms(fields),
        exclusive=fields.flag("exclusive"),
    )
    fields.finish()
    return option


def _synonyms(fields: Fields) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    value: MarkedDict = fields.mapping("synonyms")
    for language, listed in value.items():
        line = value.line_of(language)
        if language not in fields.notes.languages:
            if language not in fields.notes.also:
                what = (
                    f'the synonyms of {fields.place} are in "{language}", which is not one of the survey\'s languages'
                )
                fields.notes.add(line, what, f'Add {language} to "languages", or remove it here.')
        elif not isinstance(listed, MarkedList) or not all(_is_word(word) for word in listed):
            fields.notes.add(
                line, f"the synonyms of {fields.place} must be a list of words", "Write `en: [fast, quick]`."
            )
        else:
            found[language] = tuple(str(word) for word in listed)
    return found


def _is_word(value: Any) -> bool:
    return isinstance(value, (str, int, float)) and not isinstance(value, bool)
