"""Words that steer the survey: "stop", "back", "auf Deutsch bitte".

A control must be the whole of what was said, give or take politeness: "cancel my order" and "the parking stop was
far" steer nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

from survey_flows.answers.items import Utterance
from survey_flows.answers.lexicon import lexicon
from survey_flows.answers.phrases import Item, Table
from survey_flows.reading import CONTROLS, NOT_AN_ANSWER, Reading, control

WEAK = "~"
"""Marks a phrase in `controls.yml` that may as well be an answer to an open question ("what?", "nothing", "agent")."""

LONGEST = 24
"""Words; a longer text is no control."""


@lru_cache(maxsize=32)
def _table(language: str) -> Table:
    words = lexicon(language).controls
    table = Table()
    names: dict[str, list[str]] = words.get("language_names", {})
    for name in CONTROLS:
        for pattern in words.get(name, ()):
            strong = pattern.removeprefix(WEAK)
            slots = [(strong.replace("{language}", n), code) for code, ns in names.items() for n in ns]
            for filled, code in slots if "{language}" in strong else [(strong, "")]:
                table.add(name, [filled], (code, strong != pattern))
    return table.add("polite", words.get("polite", ()))


def read_control(
    said: Utterance, language: str, read_value: Callable[[str], Reading], *, open_question: bool
) -> Reading:
    """The control a text is, or NOT_AN_ANSWER. `read_value` reads the new answer in "I meant 8"."""
    if not 0 < len(said.tokens) <= LONGEST:
        return NOT_AN_ANSWER
    if all(t.text == "?" for t in said.tokens):
        return control("repeat")
    items = _table(language).scan(said.tokens)
    names = [i for i in items if i.tag in CONTROLS]
    if not names:
        return NOT_AN_ANSWER
    if names[0].tag == "correct":
        return _corrected(said, items, names[0], read_value)
    if len({i.tag for i in names}) > 1 or any(
        i.tag not in CONTROLS and i.tag[0].isalnum() and i.tag != "polite" for i in items
    ):
        return NOT_AN_ANSWER
    if open_question and all(i.payload[1] for i in names):
        return NOT_AN_ANSWER
    wanted = tuple(dict.fromkeys(i.payload[0] for i in names if i.payload[0]))
    return control(names[0].tag, *wanted)


def _corrected(said: Utterance, items: list[Item], mark: Item, read_value: Callable[[str], Reading]) -> Reading:
    """ "No, I meant 8" → correct, with 8. A text that only begins like that ("I meant to call you") is no control."""
    before = [i for i in items if i.last <= mark.first]
    if any(i.tag != "polite" and i.tag[0].isalnum() for i in before):
        return NOT_AN_ANSWER
    new = read_value(said.part(mark.last, len(said.tokens)).lstrip(" :,.-"))
    if new.kind == "value" and not new.rest:
        return control("correct", new.value)
    return control("correct", *new.candidates) if new.kind == "ambiguous" else NOT_AN_ANSWER
