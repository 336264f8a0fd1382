"""Words that steer the survey: "stop", "back", "auf Deutsch bitte".

A control must be the whole of what was said, give or take politeness: "cancel my order" and "the parking stop was
far" steer nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from itertools import pairwise

from survey_flows.answers.automaton import Automaton
from survey_flows.answers.items import Utterance
from survey_flows.answers.lexicon import base_table, lexicon
from survey_flows.answers.normalise import words
from survey_flows.answers.phrases import Item, Table, is_sign
from survey_flows.answers.spelling import Mender
from survey_flows.reading import CONTROLS, NOT_AN_ANSWER, Reading, control

WEAK = "~"
"""Marks a phrase in `controls.yml` that may as well be an answer to an open question ("what?", "nothing", "agent")."""

LONGEST = 24
"""Words; a longer text is no control."""

LONGEST_MENDED = 6
"""Words; in a longer text typing errors are no reason to take it for a control."""

ALONE, ABOUT, MESSAGES = "stop_alone", "stop_about", "messages"
"""`stop_alone` is a stop when nothing but a courtesy stands beside it: "cancel please", but not "I want to cancel".
`stop_about` stops only what is sent: "no more", with `messages` ("texts") beside it. So does `stop_alone`."""

POLITE = ("courtesy", "polite")
"""What may stand around any control. `courtesy`: what says nothing at all ("please")."""

NEVER = "never"
"""What steers nothing, though it is made of words that would: "don't stop"."""

GIVES_WAY = frozenset(("skip", "later", "delete", "complaint"))
"""Beside a stop, these are part of it: "not now, stop"."""
_STEERING = frozenset((*CONTROLS, ALONE, ABOUT, MESSAGES))


@lru_cache(maxsize=32)
def _table(language: str) -> Automaton:
    phrases = lexicon(language).controls
    table = Automaton()
    names: dict[str, list[str]] = phrases.get("language_names", {})
    for name in CONTROLS:
        for pattern in phrases.get(name, ()):
            strong = pattern.removeprefix(WEAK)
            slots = [(strong.replace("{language}", f"({'|'.join(ns)})"), code) for code, ns in names.items()]
            for filled, code in slots if "{language}" in strong else [(strong, "")]:
                table.add(name, [filled], (code, strong != pattern))
    for part in (ALONE, ABOUT, MESSAGES):
        for pattern in phrases.get(part, ()):
            table.add(part, [pattern.removeprefix(WEAK)], ("", pattern[0] == WEAK))
    table.add(NEVER, phrases.get(NEVER, ()), ("", False))
    for tag in POLITE:
        for pattern in phrases.get(tag, ()):
            table.add(tag, [pattern], words(pattern))
    return table


@lru_cache(maxsize=32)
def everyday(language: str) -> frozenset[str]:
    """Words that a language's lists know as anything but a control. A text of such words is in that language: what
    they mean as a control in another ("fine" is Italian for "end") does not count."""
    lists = lexicon(language)
    found = base_table(language).words()
    for group in (lists.yes_no, *lists.labels.values()):
        for patterns in group.values():
            found |= Table().add("", patterns).words()
    return frozenset(found)


@lru_cache(maxsize=32)
def _mender(language: str) -> Mender:
    wanted = _table(language).words()
    return Mender(wanted, wanted | everyday(language))


def read_control(
    said: Utterance, language: str, read_value: Callable[[str], Reading], *, open_question: bool
) -> Reading:
    """The control a text is, or NOT_AN_ANSWER. `read_value` reads the new answer in "I meant 8"."""
    if not 0 < len(said.tokens) <= LONGEST:
        return NOT_AN_ANSWER
    if all(t.text == "?" for t in said.tokens):
        return control("repeat")
    if _begins_strangely(said, language):
        return NOT_AN_ANSWER
    items = _table(language).scan(said.tokens)
    corrected = next((i for i in items if i.tag in CONTROLS), None)
    if corrected is not None and corrected.tag == "correct":
        reading = _corrected(said, items, corrected, read_value)
        if reading.kind == "control":
            return reading
        items = [i for i in items if i is not corrected]  # "I said stop"
    return _steered(items, language, open_question=open_question)


def _begins_strangely(said: Utterance, language: str) -> bool:
    """Whether the first thing said, politeness aside, steers nothing: then nothing behind it does. Most texts begin so,
    and need not be read to their end in each of eight languages."""
    for item in _table(language).items(said.tokens):
        if not is_sign(item) and item.tag not in POLITE:
            return item.tag not in _STEERING
    return False


def read_mistyped(said: Utterance, language: str, *, open_question: bool) -> Reading:
    """The control that a short text is once typing errors are mended ("unsubcribe me"), or NOT_AN_ANSWER."""
    if sum(t.kind == "w" for t in said.tokens) > LONGEST_MENDED or len(said.tokens) > LONGEST:
        return NOT_AN_ANSWER
    mender = _mender(language)
    mended = [t._replace(text=mender.mend(t.text)) if t.kind == "w" else t for t in said.tokens]
    if mended == said.tokens:
        return NOT_AN_ANSWER
    return _steered(_table(language).scan(mended), language, open_question=open_question)


def _steered(items: list[Item], language: str, *, open_question: bool) -> Reading:
    """The control of a text that holds nothing else."""
    said = [i for i in items if not is_sign(i)]
    steering = [i for i in said if i.tag not in POLITE]
    if not steering or any(i.tag not in _STEERING for i in steering) or _denied(items, language):
        return NOT_AN_ANSWER
    name = _name({i.tag for i in steering}, alone=all(i.tag in ("stop", ALONE, "courtesy") for i in said))
    if not name or (open_question and all(i.payload[1] for i in steering)):
        return NOT_AN_ANSWER
    return control(name, *dict.fromkeys(i.payload[0] for i in steering if i.tag == name and i.payload[0]))


def _denied(items: list[Item], language: str) -> bool:
    """Whether a "not" stands right before what would steer: "no es suficiente", and not "no, stop"."""
    small = base_table(language)
    return any(
        before.tag in POLITE and after.tag in _STEERING and (small.get(before.payload) or ("",))[0] == "negate"
        for before, after in pairwise(items)
    )


def _name(tags: set[str], *, alone: bool) -> str:
    """The one control that these parts make together; "" when they make none, or more than one."""
    names = tags & set(CONTROLS)
    if (MESSAGES in tags and tags & {ABOUT, ALONE}) or (ALONE in tags and alone):
        names.add("stop")
    if "stop" in names:
        names -= GIVES_WAY
    elif tags - names:
        return ""
    return "" if len(names) != 1 or "correct" in names else names.pop()


def _corrected(said: Utterance, items: list[Item], mark: Item, read_value: Callable[[str], Reading]) -> Reading:
    """ "No, I meant 8" → correct, with 8. A text that only begins like that ("I meant to call you") is no control."""
    before = [i for i in items if i.last <= mark.first]
    if any(i.tag not in POLITE and not is_sign(i) for i in before):
        return NOT_AN_ANSWER
    new = read_value(said.part(mark.last, len(said.tokens)).lstrip(" :,.-"))
    if new.kind == "value" and not new.rest:
        return control("correct", new.value)
    return control("correct", *new.candidates) if new.kind == "ambiguous" else NOT_AN_ANSWER
