"""One question in one language, made ready to read answers: its tables, and a function from text to reading."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

from survey_flows.answers.choice import OptionNames, option_names, read_choice
from survey_flows.answers.contacts import SpokenAddress, read_contact
from survey_flows.answers.dates import date_table, read_date
from survey_flows.answers.items import Utterance
from survey_flows.answers.lexicon import base_table, everywhere, lexicon, remarks
from survey_flows.answers.multi_choice import read_multi_choice, spaced
from survey_flows.answers.normalise import plain
from survey_flows.answers.phrases import Table, spellings
from survey_flows.answers.quantity import Bounds, read_number
from survey_flows.answers.scale import TELLING, Scale, read_scale
from survey_flows.answers.yes_no import read_yes_no
from survey_flows.model import Option, Question
from survey_flows.reading import NOT_AN_ANSWER, Reading, value

Reader = Callable[[Utterance, str], tuple[Reading, int]]
"""(utterance, today) → the reading, and how many words of the text the language does not know."""

SCALES = {"nps": (0, 10), "csat": (1, 5)}
CES = {"1.0": (1, 5), "2.0": (1, 7)}


def scale_of(question: Question) -> tuple[int, int]:
    """The lowest and highest value of a question on a scale. Raises ValueError for a rating without one."""
    if question.scale is not None:
        return question.scale
    if question.type == "ces":
        return CES[question.version or "2.0"]
    if question.type in SCALES:
        return SCALES[question.type]
    raise ValueError(f"question {question.id!r}: a {question.type} question needs `scale: [lowest, highest]`.")


def compile_reader(question: Question, language: str, languages: tuple[str, ...]) -> Reader:
    """The reader for one language. Raises ValueError for a type that is unknown."""
    if question.type in ("nps", "ces", "csat", "rating"):
        return _scale_reader(question, language)
    if question.type in ("yes_no", "consent"):
        return _yes_no_reader(language)
    if question.type in ("choice", "multi_choice"):
        return _choice_reader(question, language, languages)
    if question.type == "number":
        return _number_reader(question, language)
    if question.type == "date":
        table, day_first = date_table(language), lexicon(language).dates.get("day_first") != ["no"]
        return lambda said, today: read_date(said, table, today, question.kind, day_first=day_first)
    if question.type == "contact":
        spoken = _spoken_address(language)
        return lambda said, today: (read_contact(said.text, question.kind, spoken), 0)
    if question.type in ("text", "message"):
        return lambda said, today: (NOT_AN_ANSWER, 0)
    raise ValueError(f"question {question.id!r}: no reader for the type {question.type!r}.")


@lru_cache(maxsize=32)
def connectors(language: str) -> Table:
    """Words dropped from the beginning of what is handed on ("but where is my refund?")."""
    return Table().add("connector", lexicon(language).grammar.get("connectors", ()))


def _scale_reader(question: Question, language: str) -> Reader:
    low, high = scale_of(question)
    best_first = question.type == "ces" and question.version == "1.0"
    scale = Scale(low, high, question.halves == "round", not best_first)
    table = Table(_labels(language, _labels_of(question, low, high)))
    for label, number in ((question.low, low), (question.high, high)):
        table.add("label", [literal(label.get(language, ""))], number)
    if scale.top_is_best:
        table.add("label", lexicon(language).grammar.get("full_marks", ()), high)
    heard: dict[tuple[str, ...], int] = {
        (word,): number for word, number in lexicon(language).heard.items() if low <= number <= high
    }
    joins = connectors(language)
    telling = frozenset(phrase[0] for phrase in remarks(language) if len(phrase) == 1)

    def read(said: Utterance, today: str) -> tuple[Reading, int]:
        number = heard.get(said.texts)
        return (value(number), 0) if number is not None else read_scale(said, table, joins, scale, telling)

    return read


def literal(label: str) -> str:
    """A label as a pattern without special signs."""
    return "".join(" " if c in "()[]|" else c for c in label)


def _labels_of(question: Question, low: int, high: int) -> str:
    """The name under which `labels.yml` lists words for places on this scale; "" when it has none."""
    if question.type == "ces":
        return f"ces_{question.version or '2.0'}"
    return "csat" if question.type == "csat" and (low, high) == SCALES["csat"] else ""


@lru_cache(maxsize=128)
def _labels(language: str, name: str) -> Table:
    table = Table(base_table(language))
    for words in (everywhere().get("labels", {}), lexicon(language).labels):
        for number, patterns in words.get(name, {}).items():
            table.add("label", patterns, int(number))
    for phrase in remarks(language):
        found = base_table(language).get(phrase)
        if found is None:  # what has a class of its own keeps it
            table.add_words("remark", phrase)
        elif found[0] == "filler":  # "gut, 9" says nothing, "9 gut" does
            table.add_words("filler", phrase, TELLING)
    return table


@lru_cache(maxsize=32)
def _yes_no_table(language: str) -> Table:
    table = Table(base_table(language))
    for words in (everywhere().get("yes_no", {}), lexicon(language).yes_no):
        for tag in ("neither", "either", "yes", "weak_yes", "weak_no", "no"):
            table.add(tag, words.get(tag, ()))
    return table


_BY_PLACE = (Option("yes", {}), Option("no", {}))
"""As every channel numbers them: "for yes press 1"."""


def _yes_no_reader(language: str) -> Reader:
    table, joins = _yes_no_table(language), connectors(language)
    places = option_names(_BY_PLACE, (), lexicon(language))

    def read(said: Utterance, today: str) -> tuple[Reading, int]:
        reading, unknown = read_yes_no(said, table, joins)
        if reading.kind != "none" or unknown or said.text.strip().isdecimal():  # a bare digit may correct a score
            return reading, unknown
        place, strange = read_choice(said, places, joins)  # "two", "the second one", and nothing else
        if place.kind != "value" or strange or place.rest:
            return reading, unknown
        return value(place.value == "yes"), unknown

    return read


def _choice_reader(question: Question, language: str, languages: tuple[str, ...]) -> Reader:
    joins = connectors(language)
    names = option_names(question.options, dict.fromkeys((language, *languages)), lexicon(language))
    if question.type == "choice":
        return lambda said, today: read_choice(said, names, joins)

    def read(said: Utterance, today: str) -> tuple[Reading, int]:
        return read_multi_choice(Utterance.of(spaced(said.text)), names, joins, question)

    return read


@lru_cache(maxsize=32)
def _spoken_address(language: str) -> SpokenAddress:
    words, table = lexicon(language).grammar, base_table(language)
    return SpokenAddress(words["spoken_at"], words["spoken_dot"], lambda word: table.get((plain(word),)) is not None)


def _number_reader(question: Question, language: str) -> Reader:
    words = lexicon(language)
    table = Table(base_table(language))
    for unit in question.unit.values():
        table.add("points", [literal(unit)])
    table.add("none", words.choices.get("none", ()))
    table.add("open_ended", words.grammar.get("open_ended", ()))
    for name in ("at_least", "at_most", "more_than", "less_than"):
        table.add("bound", words.grammar.get(name, ()))
    table.add("up_to", words.grammar.get("up_to", ()))
    bounds = Bounds(
        question.minimum,
        question.maximum,
        question.whole,
        question.halves == "round",
        words.grammar.get("comma_groups") == ["yes"],
    )
    joins = connectors(language)
    return lambda said, today: read_number(said, table, joins, bounds)


def exact_answers(question: Question, languages: tuple[str, ...]) -> dict[tuple[str, ...], Reading]:
    """Whole texts that are an answer whatever else they could mean: options, scale ends, yes and no, as the question
    names them."""
    found: dict[tuple[str, ...], Reading] = {}
    if question.type in ("choice", "multi_choice"):
        names: OptionNames = option_names(question.options, languages, lexicon(languages[0]))
        for phrase, key in names.exact.items():
            one: Reading = value(key if question.type == "choice" else [key])
            if (
                question.type == "choice"
                or question.at_least <= 1
                or key in {o.key for o in question.options if o.exclusive}
            ):
                found[phrase] = one
    elif question.type in ("nps", "ces", "csat", "rating"):
        low, high = scale_of(question)
        for labels, number in ((question.low, low), (question.high, high)):
            for language in languages:
                found.update((p, value(number)) for p in spellings(literal(labels.get(language, ""))) if p)
    elif question.type in ("yes_no", "consent"):
        for language in languages:
            found = {**_yes_and_no(language), **found}
    return found


@lru_cache(maxsize=32)
def _yes_and_no(language: str) -> dict[tuple[str, ...], Reading]:
    words = lexicon(language).yes_no
    tags = (("yes", True), ("weak_yes", True), ("no", False), ("weak_no", False))
    return {p: value(yes) for tag, yes in tags for pattern in words.get(tag, ()) for p in spellings(pattern)}


def quick_answers(question: Question) -> dict[str, Reading]:
    """Texts that need no grammar at all: a button's value, a bare digit."""
    if question.type in ("nps", "ces", "csat", "rating"):
        low, high = scale_of(question)
        return {str(n): value(n) for n in range(low, min(high, low + 1000) + 1)}
    if question.type == "choice":
        keys = [o.key for o in question.options]
        return {str(n): value(k) for n, k in enumerate(keys, 1)} | {k: value(k) for k in keys}
    if question.type in ("yes_no", "consent"):
        return {"1": value(True), "2": value(False), "0": value(False), "true": value(True), "false": value(False)}
    return {}
