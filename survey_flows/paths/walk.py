"""Walks a survey every way a customer can go, and notes each step and what every condition came to.

Exact for conditions over answers that can be enumerated (scales, options, yes/no, whole small ranges, and numbers,
dates and texts as far as conditions can tell them apart), as long as it stays within `MOST_STATES`. Beyond that, or
where `Walk.exact` is False, it takes every condition for possible both ways: the steps found are then too many, never
too few.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from survey_flows.model import Node, Rule, Survey
from survey_flows.paths.classes import Classes, facts
from survey_flows.paths.remaining import Remaining, after_jump, everything, finished, firsts, numbers_in

START = "start:"
"""Where every path begins. Node ids have no colon."""
END = "end:"
DONE = "end:done"
PERSON = "exit:person"
"""Where a customer goes whose answers are not understood, if the question says `hand_over`."""
CLOSED = "exit:timeout"
"""Where a response goes whose time-out says `end`."""

MOST_STATES = 60_000
"""Most (place, what is known) pairs that are looked at: about three seconds on one core."""

State = tuple[tuple[str, Any], ...]


@dataclass(frozen=True, slots=True)
class Step:
    """From one node (or `START`) to the next (or ``end:KEY``). `label`: the condition under which, "" for none."""

    source: str
    target: str
    label: str = ""


@dataclass
class Walk:
    """What was found. `came_to`: id of a rule (``id(rule)``) → the truths it had where customers meet it."""

    steps: dict[Step, None] = field(default_factory=dict)
    came_to: dict[int, set[bool]] = field(default_factory=dict)
    exact: bool = True
    states: int = 0

    @property
    def reached(self) -> frozenset[str]:
        """Every node and ending that some customer comes to."""
        return frozenset(step.target for step in self.steps)


class _TooMany(Exception):
    pass


def walk(survey: Survey, most_states: int = MOST_STATES) -> Walk:
    """Go every way through `survey` once."""
    walker = _Walker(survey, most_states)
    if walker.classes.exact:
        with suppress(_TooMany):  # then the loose walk below is the answer
            walker.run()
            return walker.found
    loose = _Walker(survey, None)
    loose.found.exact = False
    loose.run()
    return loose.found


class _Walker:
    """One walk. `most` None: loose, every condition may be true and false."""

    def __init__(self, survey: Survey, most: int | None) -> None:
        self.survey, self.most, self.found = survey, most, Walk()
        rules: list[Rule] = []
        self.mine: list[frozenset[int]] = []
        self.after: list[frozenset[int]] = []
        for node in survey.nodes:
            jumps = [jump.when for jump in node.jumps if jump.when is not None]
            first = len(rules)
            rules += [*node.guards, *jumps]
            self.mine.append(frozenset(range(first, len(rules))))
            self.after.append(frozenset(range(len(rules) - len(jumps), len(rules))))
        first = len(rules)
        rules += [quota.when for quota in survey.quotas if quota.when is not None]
        self.quotas = frozenset(range(first, len(rules)))
        self.classes = Classes(survey, tuple(rules))
        self.number = {node.id: n for n, node in enumerate(survey.nodes)}
        self._ahead: dict[Remaining, frozenset[int]] = {}
        self.seen: set[tuple[Any, ...]] = set()
        self.todo: list[tuple[str, str, Remaining, State]] = []

    def run(self) -> None:
        self.todo.append((START, "", everything(self.survey, forgetful=self.most is None), ()))
        while self.todo:
            self.arrive(*self.todo.pop())

    def ahead(self, rest: Remaining) -> frozenset[int]:
        """The rules that can still be met."""
        if rest not in self._ahead:
            met = (self.mine[number] for number in numbers_in(rest))
            self._ahead[rest] = self.quotas.union(*met) if rest else frozenset()
        return self._ahead[rest]

    def new(self, *key: Any) -> bool:
        """Whether this place was not looked at yet with the same known facts."""
        if key in self.seen:
            return False
        self.seen.add(key)
        self.found.states += 1
        if self.most is not None and self.found.states > self.most:
            raise _TooMany
        return True

    def reduced(self, state: State, ahead: frozenset[int]) -> State:
        """Only what still matters, each value by the one that stands for its class."""
        if self.most is None:
            return ()
        return tuple((n, self.classes.alike(n, ahead)[v]) for n, v in state if self.classes.matters(n, ahead))

    def split(self, state: State, rule: Rule, ahead: frozenset[int]) -> Iterator[tuple[State, bool]]:
        """The ways a rule can come out, each with what is known then. Facts from outside are chosen when first read."""
        if self.most is None:
            yield from ((state, truth) for truth in (True, False))
            return
        known = {name for name, _ in state}
        missing = [n for n in dict.fromkeys(rule.names) if n not in known and n not in self.classes.answers]
        states = [state]
        for name in missing:
            states = [tuple(sorted((*s, (name, v)), key=_by_name)) for s in states for v in self._choices(name, ahead)]
        for one in states:
            truth = rule(facts(one))
            yield one, truth

    def _choices(self, name: str, ahead: frozenset[int]) -> tuple[Any, ...]:
        return self.classes.representatives(name, ahead)

    def note(self, rule: Rule, truth: bool) -> None:
        self.found.came_to.setdefault(id(rule), set()).add(truth)

    def step(self, source: str, target: str, label: str) -> None:
        if source == target:
            return  # a forgetful group leads back to the member just asked
        self.found.steps.setdefault(Step(source, target, label))

    def arrive(self, source: str, label: str, rest: Remaining, state: State) -> None:
        """The node after `source` is sought; `label` is the jump that led here."""
        state = self.reduced(state, self.ahead(rest))
        if not self.new(source, label, rest, state):
            return
        if finished(rest):
            self.step(source, DONE, label)
        for number, tail in firsts(rest):
            ahead = self.mine[number] | self.ahead(tail) | self.quotas
            self.enter(source, label, number, tail, [(state, True)], ahead)

    def full(self, source: str, state: State, ahead: frozenset[int]) -> None:
        """Quotas are looked at before each question that is met."""
        for quota in self.survey.quotas:
            outcomes = [True] if quota.when is None else [truth for _, truth in self.split(state, quota.when, ahead)]
            if any(outcomes):
                self.step(source, END + quota.then, f"quota {quota.name} is full")

    def enter(
        self,
        source: str,
        label: str,
        number: int,
        tail: Remaining,
        states: list[tuple[State, bool]],
        ahead: frozenset[int],
    ) -> None:
        node = self.survey.nodes[number]
        for guard in node.guards:
            states = [
                (after, holds and truth)
                for before, holds in states
                for after, truth in self.noted(before, guard, ahead)
            ]
        for state, holds in states:
            if holds:
                self.full(source, state, ahead)
                self.step(source, node.id, label or " and ".join(guard.source for guard in node.guards))
                self.visit(number, tail, state)
            else:
                self.todo.append((source, label, tail, state))

    def noted(self, state: State, rule: Rule, ahead: frozenset[int]) -> Iterator[tuple[State, bool]]:
        for after, truth in self.split(state, rule, ahead):
            self.note(rule, truth)
            yield after, truth

    def visit(self, number: int, tail: Remaining, state: State) -> None:
        """The node is asked; each class of answers goes on."""
        node = self.survey.nodes[number]
        ahead = self.after[number] | self.ahead(tail)
        state = self.reduced(state, ahead)
        if not self.new(number, tail, state):
            return
        self.exits(node)
        if self.most is None or not self.classes.matters(node.id, ahead):
            self.leave(node, tail, [state], ahead)
            return
        choices = self.classes.representatives(node.id, ahead)
        self.leave(node, tail, [tuple(sorted((*state, (node.id, v)), key=_by_name)) for v in choices], ahead)

    def exits(self, node: Node) -> None:
        question = node.question
        if question.on_unreadable == "hand_over" and question.type != "message":
            self.step(node.id, PERSON, "not understood")
        if question.timeout is not None and question.timeout.then == "end":
            self.step(node.id, CLOSED, f"no answer in {question.timeout.minutes} min")

    def leave(self, node: Node, tail: Remaining, states: list[State], ahead: frozenset[int]) -> None:
        """The first jump that holds, otherwise what comes next."""
        for jump in node.jumps:
            staying: list[State] = []
            for state in states:
                if jump.when is None:
                    self.go(node.id, "", jump.target, tail, state)
                    continue
                for after, truth in self.noted(state, jump.when, ahead):
                    if truth:
                        self.go(node.id, jump.when.source, jump.target, tail, after)
                    else:
                        staying.append(after)
            states = staying
        self.todo.extend((node.id, "", tail, state) for state in states)

    def go(self, source: str, label: str, target: str, tail: Remaining, state: State) -> None:
        if target.startswith(END):
            self.step(source, target, label)
        else:
            self.todo.append((source, label, after_jump(tail, self.number[target]), state))


def _by_name(pair: tuple[str, Any]) -> str:
    return pair[0]
