"""What a condition or a pipe may name at one place of a survey, and what kind of thing each name is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from survey_flows.model import Attribute, Question, Split
from survey_flows.problems import suggest
from survey_flows.questions import type_of
from survey_flows.rules_syntax import RuleError, ToldAlready

CHANNELS = ("sms", "whatsapp", "telegram", "slack", "voice", "web")
RESERVED = frozenset(
    (
        *("contact", "channel", "language", "earlier", "split", "option", "end", "url", "due"),
        *("answered", "skipped", "contains", "count", "and", "or", "not", "in", "true", "false"),
    )
)
"""Words of conditions and pipes; no question may be called so."""


@dataclass(frozen=True, slots=True)
class Symbol:
    """`name` is the fact that is read; `kind`: number, bool, option, options, text, date, or any (not known at load).

    `words`: the fixed words it can be compared with (None: any). `constant` is a loop's option.
    """

    name: str
    kind: str
    words: tuple[str, ...] | None = None
    constant: str | None = None
    question: Question | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """Where a node lies: `prefix` ("topic.speed." or ""), and the shuffled groups it belongs to."""

    id: str
    question: Question
    prefix: str
    group: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True)
class World:
    """What is the same everywhere in one survey."""

    places: Sequence[Place]
    languages: tuple[str, ...]
    attributes: Mapping[str, Attribute]
    splits: Mapping[str, Split]
    index: Mapping[str, int] = field(default_factory=dict)
    untyped: frozenset[str] = frozenset()
    """Questions whose type is unknown: they are there, and what they answer is not known."""


@dataclass(frozen=True)
class Scope:
    """One place's view. `limit`: only nodes before this position may be read. `loop`: the loop's option and its
    siblings."""

    world: World
    prefix: str = ""
    limit: int = 1_000_000
    group: tuple[tuple[str, int], ...] = ()
    loop: Question | None = None
    option: str | None = None

    def place(self, name: str) -> Place | None:
        """The node that `name` means here: the nearest by, looking outwards. Raises `RuleError` when it cannot be read
        yet."""
        prefix = self.prefix
        while True:
            position = self.world.index.get(prefix + name)
            if position is not None:
                self._readable(name, position)
                return self.world.places[position]
            if not prefix:
                return None
            prefix = prefix[: prefix.rstrip(".").rfind(".") + 1]

    def _readable(self, name: str, position: int) -> None:
        place = self.world.places[position]
        if place.question.type == "message":
            raise RuleError(f'"{name}" is a message: it has no answer', "Name a question that is answered.")
        if position >= self.limit:
            raise RuleError(
                f'"{name}" is asked later, so its answer is not known here', "Move this question behind it."
            )
        for (mine, my_member), (theirs, their_member) in zip(self.group, place.group, strict=False):
            if mine == theirs and my_member != their_member:
                what = f'"{name}" is in the same shuffled group "{mine}", so it may be asked later'
                raise RuleError(what, "Take one of the two out of the group, or remove `shuffle`.")

    def symbol(self, name: str) -> Symbol:
        """What `name` means. Raises `RuleError` with a suggestion when it means nothing."""
        if name == "channel":
            return Symbol(name, "text", CHANNELS)
        if name == "language":
            return Symbol(name, "text", self.world.languages)
        if name == "option":
            return self._loop_option()
        head, _, tail = name.partition(".")
        if tail and head in ("contact", "split", "earlier"):
            return self._outside(name, head, tail)
        return self._answer(name)

    def _loop_option(self) -> Symbol:
        if self.loop is None:
            raise RuleError("`option` is known only inside a loop", "Name the question instead.")
        return Symbol("option", "option", tuple(o.key for o in self.loop.options), self.option)

    def _outside(self, name: str, head: str, tail: str) -> Symbol:
        if head == "contact":
            attribute = self.world.attributes.get(tail)
            if attribute is None:
                mend = suggest(tail, self.world.attributes, f"Declare it: `attributes: {{{tail}: {{type: text}}}}`.")
                raise RuleError(f'the attribute "{tail}" is not declared', mend)
            return Symbol(name, attribute.type)
        if head == "split":
            split = self.world.splits.get(tail)
            if split is None:
                raise RuleError(
                    f'there is no split "{tail}"', suggest(tail, self.world.splits, "Declare it under `splits`.")
                )
            return Symbol(name, "text", tuple(split.arms))
        survey, _, question = tail.partition(".")
        if not question:
            raise RuleError(f'"{name}" names no question', "Write earlier.SURVEY.QUESTION.")
        if question.endswith(".band"):
            mend = f"Compare its number: `earlier.{survey}.{question[:-5]} <= 6`."
            raise RuleError("the band of an earlier response is not known here", mend)
        return Symbol(name, "any")

    def _answer(self, name: str) -> Symbol:
        place = self.place(name)
        if place is not None:
            question = place.question
            words = tuple(o.key for o in question.options) if question.options else None
            return Symbol(place.id, type_of(question).kind, words, question=question)
        if name.endswith(".band"):
            place = self.place(name[:-5])
            if place is not None:
                if not type_of(place.question).banded:
                    what = f'"{name[:-5]}" is a {place.question.type} question and has no bands'
                    raise RuleError(what, "Bands exist for nps, ces and csat; compare the value itself.")
                return Symbol(place.id, "band", ("promoter", "passive", "detractor"), question=place.question)
        if name.removesuffix(".band") in self.world.untyped:
            raise ToldAlready(f'the question "{name}" has no type')
        raise RuleError(f'there is no question "{name}"', suggest(name, self._near(), "Check its id."))

    def _near(self) -> list[str]:
        """Names that could be meant here, in the form in which they would be written."""
        known = [place.id for place in self.world.places]
        known += [i[len(self.prefix) :] for i in known if self.prefix and i.startswith(self.prefix)]
        known += [f"contact.{name}" for name in self.world.attributes] + [f"split.{name}" for name in self.world.splits]
        return [*known, "channel", "language"]
