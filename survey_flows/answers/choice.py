"""Choosing among options: by label, key, synonym, emoji, number, letter, place ("the last one"), beginning or
near-miss spelling."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from survey_flows.answers.items import Utterance, clauses, is_number, remainder, unknown_words
from survey_flows.answers.lexicon import Lexicon, base_table, lexicon
from survey_flows.answers.phrases import UNKNOWN, Item, Table, is_sign, spellings
from survey_flows.answers.scale import Scale, read_scale
from survey_flows.answers.spelling import near
from survey_flows.model import Option
from survey_flows.reading import NOT_AN_ANSWER, Reading, ambiguous, value

MOST_UNKNOWN = 1
"""A clause that names an option may hold this many words that are not small ones; with more it is a story, not a
choice."""

_SMALL = frozenset(("filler", "go_on", "correct", "announce", "article", "and", "or", "points", "between"))


@dataclass(frozen=True)
class OptionNames:
    """`table`: phrases for the scan. `exact`: whole phrase → key. `single`: one telling word → the keys whose labels
    hold it."""

    keys: tuple[str, ...]
    table: Table
    exact: dict[tuple[str, ...], str]
    single: dict[str, frozenset[str]]


def option_names(options: Sequence[Option], languages: Iterable[str], words: Lexicon) -> OptionNames:
    """What the options are called in the survey's languages, ready to be searched."""
    exact: dict[tuple[str, ...], str] = {}
    for option in options:
        for phrase in _phrases(option, languages):
            exact.setdefault(phrase, option.key)
    table = Table(_words_about_options(words.language))
    for phrase, key in exact.items():
        table.add_words("option", phrase, key)
    single = _single_words(exact, words.language)
    for word, keys in single.items():
        if len(keys) == 1:
            table.add_words("option", (word,), min(keys))
    return OptionNames(tuple(o.key for o in options), table, exact, single)


@lru_cache(maxsize=32)
def _words_about_options(language: str) -> Table:
    words, table = lexicon(language).choices, Table(base_table(language))
    for name in ("last", "all", "all_but", "none", "both", "except"):
        table.add(name, words.get(name, ()))
    for place, patterns in words.get("ordinals", {}).items():
        table.add("ordinal", patterns, int(place))
    return table


def _phrases(option: Option, languages: Iterable[str]) -> Iterable[tuple[str, ...]]:
    names = [option.key.replace("_", " "), option.emoji]
    for language in languages:
        names += [option.label.get(language, ""), option.short.get(language, ""), *option.synonyms.get(language, ())]
    for name in names:
        for phrase in spellings(
            name.replace("(", " ").replace(")", " ").replace("[", " ").replace("]", " ").replace("|", " ")
        ):
            if phrase:
                yield phrase
            bare = tuple(w for w in phrase if w[0].isalnum())
            if bare and bare != phrase:
                yield bare


def _single_words(exact: dict[tuple[str, ...], str], language: str) -> dict[str, frozenset[str]]:
    """Words of four letters or more that are not small words (or long ones, as "friendly"), with the options whose
    names hold them."""
    small = base_table(language)
    found: dict[str, set[str]] = {}
    for phrase, key in exact.items():
        for word in phrase:
            known = small.get((word,))
            if (len(word) >= 4 and known is None) or (len(word) >= 6 and known and known[0] == "go_on"):
                found.setdefault(word, set()).add(key)
    return {word: frozenset(keys) for word, keys in found.items()}


def read_choice(said: Utterance, names: OptionNames, connectors: Table) -> tuple[Reading, int]:
    """The chosen option's key; two that fit are ambiguous. Also how many words of the text are unknown."""
    letter = _letter(said, len(names.keys))
    if letter is not None:
        return value(names.keys[letter]), 0
    items = names.table.scan(said.tokens)
    unknown = unknown_words(items)
    chosen: list[str] = []
    left: list[tuple[int, int]] = []
    for clause in clauses(items):
        found = mentions(clause, names, said)
        if not found:
            left.append((clause[0].first, clause[-1].last))
            continue
        if chosen and any(i.tag == "correct" for i in clause[:2]):
            chosen.clear()
        chosen += found
        start = tail(clause)
        if start < len(clause):
            left.append((clause[start].first, clause[-1].last))
    if chosen:
        return _reading(tuple(k for k in names.keys if k in chosen), remainder(said, left, connectors)), unknown
    numbered, _ = read_scale(said, names.table, connectors, Scale(1, len(names.keys)))
    if numbered.kind == "value":
        return value(names.keys[numbered.value - 1], numbered.rest), unknown
    if numbered.kind == "ambiguous":
        return ambiguous(*(names.keys[n - 1] for n in numbered.candidates)), unknown
    guessed = guess(items, names) or _whole(said, names)
    return (_reading(guessed, ""), 0) if guessed else (NOT_AN_ANSWER, unknown)


def _reading(keys: tuple[str, ...], rest: str) -> Reading:
    return value(keys[0], rest) if len(keys) == 1 else ambiguous(*keys)


def _letter(said: Utterance, count: int) -> int | None:
    """ "b", "b)", "(b)" → 1."""
    letters = [t.text for t in said.tokens if t.text not in ("(", ")", ".")]
    if len(letters) != 1 or len(letters[0]) != 1:
        return None
    place = ord(letters[0]) - ord("a")
    return place if 0 <= place < min(count, 26) else None


def _whole(said: Utterance, names: OptionNames) -> tuple[str, ...]:
    """Options whose name begins with the whole of a short text ("friendly" for "Friendly staff"), small words or
    not."""
    bare = tuple(t.text for t in said.tokens if t.kind == "w")
    return beginning_or_near(bare, names) if len(" ".join(bare)) >= 4 and len(bare) <= 4 else ()


def mentions(clause: list[Item], names: OptionNames, said: Utterance) -> list[str]:
    """The options a clause chooses; [] when it names none, or is a question or a story that only happens to name
    one."""
    if _asks(clause, said):
        return []
    end = tail(clause)
    if sum(i.tag in (UNKNOWN, "units") for i in clause[:end]) > MOST_UNKNOWN:
        return []
    found: list[str] = []
    denied = False
    for index, item in enumerate(clause[:end]):
        if item.tag == "negate":
            denied = True
        elif item.tag == "correct" and index:
            denied = False
            found.clear()
        elif item.tag == "option" and not denied:
            found.append(item.payload)
        elif item.tag in ("ordinal", "last") and _small(clause[:index]) and _small(clause[index + 1 : end]):
            place = len(names.keys) if item.tag == "last" else item.payload
            found += names.keys[place - 1 : place]
        elif item.tag == "option":
            denied = False
    return found


def tail(clause: list[Item]) -> int:
    """Where a clause's answer ends and a further one ("because …") begins: after an option, at a word that goes on."""
    seen = False
    for index, item in enumerate(clause):
        if item.tag == "option":
            seen = True
        elif seen and item.tag == "go_on":
            return index
    return len(clause)


def _asks(clause: list[Item], said: Utterance) -> bool:
    last = clause[-1].last
    questioned = last < len(said.tokens) and said.tokens[last].text == "?"
    return clause[0].tag == "question" or (questioned and any(i.tag == UNKNOWN for i in clause))


def _small(items: list[Item]) -> bool:
    return all(i.tag in _SMALL or is_number(i) or is_sign(i) for i in items)


def guess(items: list[Item], names: OptionNames) -> tuple[str, ...]:
    """Options for words that are no option's whole name: a word of one label, a beginning, a typing error."""
    unknown = [str(i.payload) for i in items if i.tag == UNKNOWN]
    others = [i for i in items if i.tag != UNKNOWN and not is_sign(i) and i.tag not in _SMALL]
    if not unknown or len(unknown) > 4 or others:
        return ()
    by_word = [names.single[w] for w in unknown if w in names.single]
    if by_word and len(unknown) - len(by_word) <= 1:
        common = frozenset.intersection(*by_word) or frozenset.union(*by_word)
        return tuple(k for k in names.keys if k in common)
    return beginning_or_near(tuple(unknown), names)


def beginning_or_near(said: tuple[str, ...], names: OptionNames) -> tuple[str, ...]:
    """Options whose name begins with these words, else those that are a typing error away."""
    text = " ".join(said)
    if len(text) >= 3:
        begun = {key for phrase, key in names.exact.items() if " ".join(phrase).startswith(text)}
        if begun:
            return tuple(k for k in names.keys if k in begun)
    close = near(text, {" ".join(phrase): key for phrase, key in names.exact.items()})
    return tuple(k for k in names.keys if k in close)
