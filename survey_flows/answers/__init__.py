"""What people type or say → an answer, "which of these?", a control, or no answer (`docs/reference/answers.md`).

Pure: a text and a question in, a `Reading` out. The words of each language are data, in a folder of its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from survey_flows.answers.compiled import Reader, compile_reader, connectors, exact_answers, quick_answers
from survey_flows.answers.controls import everyday, read_control, read_mistyped
from survey_flows.answers.items import Utterance, without_beginning
from survey_flows.answers.lexicon import available
from survey_flows.answers.normalise import LIMIT
from survey_flows.answers.stopping import beside_a_stop
from survey_flows.model import Question
from survey_flows.reading import NOT_AN_ANSWER, Reading, value

__all__ = ["available", "read"]

_MOST_COMPILED = 2048


@dataclass(frozen=True)
class _Grammar:
    """A question made ready for its languages. `question` is kept so that its identity in the cache stays its own."""

    question: Question
    languages: tuple[str, ...]
    quick: dict[str, Reading]
    exact: dict[tuple[str, ...], Reading]
    readers: tuple[Reader, ...]


_compiled: dict[tuple[int, str, tuple[str, ...]], _Grammar] = {}


def read(question: Question, text: str, language: str, languages: tuple[str, ...], today: str = "") -> Reading:
    """Reads one text as an answer to one question.

    `language` is tried first, then the survey's other `languages`, so that "yes" is understood in a survey held in
    French.
    `today`: ISO date, needed for "yesterday" and for days without a year. Never raises on any text; raises KeyError
    for a
    language there are no words for, ValueError for a question of an unknown type.
    """
    key = (id(question), language, languages)
    grammar = _compiled.get(key)
    if grammar is None:
        if len(_compiled) >= _MOST_COMPILED:
            _compiled.clear()
        grammar = _compiled[key] = _compile(question, language, languages)
    return grammar.quick.get(text) or _read(grammar, text, today)


def _compile(question: Question, language: str, languages: tuple[str, ...]) -> _Grammar:
    ordered = tuple(dict.fromkeys((language, *languages)))
    readers = tuple(compile_reader(question, code, ordered) for code in ordered)
    return _Grammar(question, ordered, quick_answers(question), exact_answers(question, ordered), readers)


def _read(grammar: _Grammar, text: str, today: str) -> Reading:
    said = Utterance.of(text)
    if not said.text.strip() or grammar.question.type == "message":
        return NOT_AN_ANSWER
    known = grammar.exact.get(said.texts) or grammar.exact.get(tuple(t.text for t in said.tokens if t.kind != "p"))
    if known is not None:
        return known
    if grammar.question.type == "date" and (reading := _value(grammar, said, today)).kind != "none":
        return _stopped(grammar, said, text, today) or reading  # "tomorrow" is a day here, not "later"
    controlled = _control(grammar, said, text, today)
    if controlled.kind == "control":
        return controlled
    if grammar.question.type == "text":
        return _open(grammar, said, text)
    if (stopped := _stopped(grammar, said, text, today)) is not None:
        return stopped
    reading = _value(grammar, said, today)
    if reading.kind == "none":
        mistyped = read_mistyped(said, grammar.languages[0], open_question=False)
        return mistyped if mistyped.kind != "none" else reading
    if reading.kind == "value" and len(text) > LIMIT:
        return value(reading.value, f"{reading.rest} {text[LIMIT:]}".strip())
    return reading


def _open(grammar: _Grammar, said: Utterance, text: str) -> Reading:
    if not text.strip():
        return NOT_AN_ANSWER
    mistyped = read_mistyped(said, grammar.languages[0], open_question=True)
    return mistyped if mistyped.kind == "control" else value(text.strip())


def _stopped(grammar: _Grammar, said: Utterance, text: str, today: str) -> Reading | None:
    """The reading of an answer with a plain stop beside it; None when there is none."""
    if len(text) > LIMIT:
        return None
    return beside_a_stop(
        said, grammar.languages[0], partial(_is_stop, grammar, today), partial(_beside, grammar, today)
    )


def _is_stop(grammar: _Grammar, today: str, said: Utterance) -> bool:
    """As strictly as among words of one's own: "9, spam" and "2, cancel" may be remarks. A "but" before it is none."""
    said = without_beginning(said, connectors(grammar.languages[0]))
    found = _control(grammar, said, "", today, open_question=True)
    if found.kind == "none":
        found = read_mistyped(said, grammar.languages[0], open_question=True)
    return found.kind == "control" and found.value == "stop" and _value(grammar, said, today).kind == "none"


def _beside(grammar: _Grammar, today: str, said: Utterance) -> Reading:
    """What stands beside a stop, read as an answer; "I meant 8" is none: its "stop" is an interjection."""
    known = grammar.exact.get(said.texts)
    if known is not None:
        return known
    steered = _control(grammar, said, "", today, open_question=False).kind == "control"
    return NOT_AN_ANSWER if steered else _value(grammar, said, today)


def _control(
    grammar: _Grammar, said: Utterance, text: str, today: str, *, open_question: bool | None = None
) -> Reading:
    if len(text) > LIMIT:
        return NOT_AN_ANSWER
    if open_question is None:
        open_question = grammar.question.type == "text"
    again = partial(_corrected, grammar, today)
    for code in grammar.languages:
        found = read_control(said, code, again, open_question=open_question)
        if found.kind == "control":
            return found
        if code == grammar.languages[0] and _all_known(said, code):
            break
    return NOT_AN_ANSWER


def _all_known(said: Utterance, language: str) -> bool:
    """Whether every word is one of the language's: then another language's "fine" (Italian: the end) is not meant."""
    known = everyday(language)
    return all(t.kind != "w" or t.text in known for t in said.tokens)


def _corrected(grammar: _Grammar, today: str, text: str) -> Reading:
    """The new answer of "I meant 8". At an open question only a bare number can be one: it corrects an earlier
    answer, as it does at a yes/no question."""
    said = Utterance.of(text)
    if grammar.question.type == "text":
        return _bare_number(said)
    known = grammar.exact.get(said.texts) or _value(grammar, said, today)
    if known.kind == "none" and grammar.question.type in ("yes_no", "consent"):
        return _bare_number(said)  # "oh no, I meant 2" is about an earlier score, and its "no" is no answer
    return known


def _bare_number(said: Utterance) -> Reading:
    bare = [t.text for t in said.tokens if t.kind != "p"]
    return value(int(bare[0])) if len(bare) == 1 and bare[0].isdecimal() and len(bare[0]) < 4 else NOT_AN_ANSWER


def _value(grammar: _Grammar, said: Utterance, today: str) -> Reading:
    """The reading of the language that leaves the fewest words unexplained; a value or a doubt before a number outside
    the range before nothing."""
    best, least = NOT_AN_ANSWER, (9, 0)
    for reader in grammar.readers:
        reading, unknown = reader(said, today)
        if reading.kind == "value" and unknown == 0:
            return reading
        rank = (1 if reading.kind != "none" else 2 if reading.outside is not None else 3, unknown)
        if rank < least:
            best, least = reading, rank
    return best
