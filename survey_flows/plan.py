"""A survey prepared for running: conditions as plain functions, jumps as positions, texts split at their pipes.

Built once per survey and kept with it; everything here is derived, so it never needs saving.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Any, cast

from survey_flows import piping, wording
from survey_flows.model import Node, Option, Question, Rule, Survey, Text
from survey_flows.prompt import Choice, Prompt
from survey_flows.questions import QuestionType, type_of
from survey_flows.questions.base import words
from survey_flows.scope import Place, Scope, World

Test = Callable[[Mapping[str, Any]], bool]


def _test(rule: Rule) -> Test:
    """The bare function of a compiled condition; one call less in the hot loop."""
    return cast(Test, getattr(rule, "test", rule))


MOST_ARRANGEMENTS = 720
"""Orders of shuffled options kept per survey: all those of six options. Each costs a few kilobytes with its reader."""


class Arrangement:
    """A question with its options in one order, its choices by language, and the values of plain digits. One object
    for each order: what reads the answers keeps what it prepared by the question's identity."""

    __slots__ = ("choices", "digits", "question")

    def __init__(self, question: Question) -> None:
        self.question = question
        self.choices: dict[str, tuple[Choice, ...]] = {}
        self.digits: dict[str, Any] = {}


class Step:
    """One node, ready to run. `jumps`: (condition, node id, ending), one of the two last is ""."""

    __slots__ = ("arrangement", "guards", "id", "index", "is_message", "jumps", "node", "question", "scope", "type")

    def __init__(self, node: Node, index: int, scope: Scope) -> None:
        self.node, self.index, self.scope = node, index, scope
        self.id, self.question = node.id, node.question
        self.arrangement = Arrangement(node.question)
        self.type: QuestionType = type_of(node.question)
        self.is_message = node.question.type == "message"
        self.guards: tuple[Test, ...] = tuple(_test(rule) for rule in node.guards)
        self.jumps: tuple[tuple[Test | None, str, str], ...] = tuple(
            (_test(jump.when) if jump.when else None, *_target(jump.target)) for jump in node.jumps
        )


def _target(target: str) -> tuple[str, str]:
    return ("", target[4:]) if target.startswith("end:") else (target, "")


class Order:
    """The steps in the order in which one response meets them, and where each jump lands in it."""

    __slots__ = ("landing", "steps")

    def __init__(self, steps: list[Step], shuffled: bool) -> None:
        self.steps = steps
        position = {step.id: place for place, step in enumerate(steps)}
        self.landing: dict[tuple[str, str], int] = {}
        for step in steps:
            for _, target, _ in step.jumps:
                if target:
                    there = position[target]
                    self.landing[step.id, target] = self._entry(step, steps[there], there) if shuffled else there

    def _entry(self, source: Step, target: Step, there: int) -> int:
        """A jump into a shuffled group lands on whichever of its nodes comes first this time."""
        mine, theirs = source.node.group, target.node.group
        for level, (group, member) in enumerate(theirs):
            if mine[level : level + 1] != ((group, member),):
                inside = [
                    place
                    for place, step in enumerate(self.steps)
                    if step.node.group[:level] == theirs[:level]
                    and step.node.group[level : level + 1]
                    and step.node.group[level][0] == group
                ]
                return min(inside)
        return there


class Plan:
    """Everything the engine needs to know about one survey."""

    def __init__(self, survey: Survey) -> None:
        self.survey = survey
        self.steps = self._steps()
        self.by_id = {step.id: step for step in self.steps}
        self.everything = Scope(self._world, limit=len(self.steps))
        self.quotas = tuple((quota, _test(quota.when) if quota.when else None) for quota in survey.quotas)
        self.recovery = tuple((rule, _test(rule.when)) for rule in survey.recovery)
        wordings = survey.review.wordings if survey.review else ()
        self.wordings = tuple((_test(when), text) for when, text in wordings)
        self.contact_facts = tuple((f"contact.{name}", name) for name in survey.attributes)
        read = self._names_read()
        self.earlier_facts = tuple(
            (name, *name.split(".", 2)[1:]) for name in sorted(read) if name.startswith("earlier.")
        )
        self.split_facts = tuple((f"split.{name}", name) for name in survey.splits if f"split.{name}" in read)
        self._straight = Order(self.steps, False) if not survey.shuffled else None
        self.prompts: dict[tuple[str, str, bool, bool], Prompt | None] = {}
        """Prompts by node, language, short form, follow-up; None where they differ from customer to customer."""
        self._texts: dict[tuple[int, str, str], piping.Piped] = {}
        self._arrangements: dict[tuple[str, ...], Arrangement] = {}

    def _steps(self) -> list[Step]:
        survey = self.survey
        places = [Place(n.id, n.question, n.id[: len(n.id) - len(n.question.id)], n.group) for n in survey.nodes]
        index = {node.id: position for position, node in enumerate(survey.nodes)}
        world = self._world = World(places, survey.languages, survey.attributes, survey.splits, index)
        steps = []
        for position, (node, place) in enumerate(zip(survey.nodes, places, strict=True)):
            over = node.binding.get("over")
            loop = survey.nodes[index[over]].question if over else None
            scope = Scope(world, place.prefix, len(places), node.group, loop, node.binding.get("option"))
            steps.append(Step(node, position, scope))
        return steps

    def _names_read(self) -> set[str]:
        survey = self.survey
        rules: list[Rule | None] = [rule for node in survey.nodes for rule in node.guards]
        rules += [jump.when for node in survey.nodes for jump in node.jumps]
        rules += [quota.when for quota in survey.quotas]
        rules += [rule.when for rule in survey.recovery]
        rules += [when for when, _ in survey.review.wordings] if survey.review else []
        return {name for rule in rules if rule is not None for name in rule.names}

    def order(self, seed: int) -> Order:
        """The order of a response: shuffled groups are shuffled by its seed."""
        return self._straight or self._shuffled(seed)

    def _shuffled(self, seed: int) -> Order:
        cache: Callable[[int], Order] = self.__dict__.setdefault("_orders", lru_cache(maxsize=256)(self._shuffle))
        return cache(seed)

    def _shuffle(self, seed: int) -> Order:
        return Order(_permute(self.steps, 0, seed), True)

    def piped(self, text: Text, scope: Scope, language: str, extra: Mapping[str, str] | None = None) -> piping.Piped:
        """The words of a text in a language, ready to be filled."""
        key = (id(text), language, scope.prefix)
        found = self._texts.get(key)
        if found is None:
            plain = words(text, language, self.survey.language)
            found = self._texts[key] = piping.prepare(plain, scope, language, extra)
        return found

    def choices(self, step: Step, language: str, seed: int) -> tuple[Choice, ...]:
        """What can be picked, in the order in which this response shows it."""
        arranged = self._arrangement(step, seed)
        found = arranged.choices.get(language)
        if found is None:
            found = step.type.choices(arranged.question, language, self.survey.language)
            arranged.choices[language] = found
        return found

    def question(self, step: Step, seed: int) -> Question:
        """The question with its options in the order shown, so that "the second one" means what the customer sees."""
        return self._arrangement(step, seed).question

    def quick(self, step: Step, seed: int, text: str) -> Any:
        """The value of a text that is plainly an answer; None: the full reader decides. Short digits are remembered."""
        arranged = self._arrangement(step, seed)
        if len(text) > 3 or not (text.isascii() and text.isdigit()):
            return step.type.quick(arranged.question, text)
        if text not in arranged.digits:
            arranged.digits[text] = step.type.quick(arranged.question, text)
        return arranged.digits[text]

    def _arrangement(self, step: Step, seed: int) -> Arrangement:
        if not (step.question.shuffle and step.question.options):
            return step.arrangement
        options = shuffled_options(step.question.options, seed, step.id)
        key = (step.id, *(option.key for option in options))
        found = self._arrangements.get(key)
        if found is None:
            if len(self._arrangements) >= MOST_ARRANGEMENTS:
                self._arrangements.clear()
            found = self._arrangements[key] = Arrangement(replace(step.question, options=options))
        return found

    def arm(self, name: str, seed: int) -> str:
        """The arm of a split that this response got."""
        arms = self.survey.splits[name].arms
        return random.Random(f"{seed}:{name}").choices(list(arms), weights=list(arms.values()))[0]

    def limits(self, step: Step) -> dict[str, str]:
        low, high = step.question.scale or (0, 0)
        return {"low": str(low), "high": str(high)}


def shuffled_options(options: tuple[Option, ...], seed: int, name: str) -> tuple[Option, ...]:
    """Random order, the same for the same seed; exclusive options ("none of these") stay last."""
    free = [option for option in options if not option.exclusive]
    order = _order(len(free), seed, name)
    return (*(free[place] for place in order), *(option for option in options if option.exclusive))


@lru_cache(maxsize=4096)
def _order(count: int, seed: int, name: str) -> tuple[int, ...]:
    """Kept because the answer follows its question soon, and seeding a generator costs more than conducting a turn."""
    places = list(range(count))
    random.Random(f"{seed}:{name}").shuffle(places)
    return tuple(places)


def _permute(steps: list[Step], level: int, seed: int) -> list[Step]:
    """Shuffles the members of each shuffled group; a member that is itself a group is shuffled inside as well."""
    result: list[Step] = []
    at = 0
    while at < len(steps):
        group = steps[at].node.group
        if len(group) <= level:
            result.append(steps[at])
            at += 1
            continue
        name = group[level][0]
        members: dict[int, list[Step]] = {}
        while at < len(steps) and len(steps[at].node.group) > level and steps[at].node.group[level][0] == name:
            members.setdefault(steps[at].node.group[level][1], []).append(steps[at])
            at += 1
        keys = sorted(members)
        random.Random(f"{seed}:{name}").shuffle(keys)
        for key in keys:
            result.extend(_permute(members[key], level + 1, seed))
    return result


def plan_of(survey: Survey) -> Plan:
    """The survey's plan, built at first use and kept beside the survey's fields (as `functools.cached_property`
    would)."""
    found: Plan | None = survey.__dict__.get("_plan")
    if found is None:
        found = survey.__dict__["_plan"] = Plan(survey)
    return found


def language_for(survey: Survey, wanted: str) -> str:
    """The survey's language closest to the wanted one: "de-AT" → "de"; otherwise the survey's first."""
    if wanted in survey.languages:
        return wanted
    base = wanted.split("-")[0].lower()
    return next((known for known in survey.languages if known.split("-")[0].lower() == base), survey.language)


def language_name(language: str) -> str:
    """A language's own name ("Deutsch"), or its code."""
    return str(wording.phrases(language)["name"]) if language.split("-")[0] in wording.available() else language
