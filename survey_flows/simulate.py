"""Random customers answer a survey: where they go, how many questions they see, where they end.

The customers are reproducible: customer number i of seed s is the same, whatever the number of customers. They mostly
answer, sometimes skip, go back, talk nonsense, let the time run out or stop. What they answer is drawn from the values
that the survey's conditions can tell apart, so that every branch is met; it says nothing about how real customers
would answer.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from survey_flows import engine, reading
from survey_flows.effects import Ended, HandOver
from survey_flows.inputs import Input, Said, TimedOut
from survey_flows.model import Node, Rule, Survey
from survey_flows.paths.classes import Classes
from survey_flows.paths.values import ABSENT, SKIPPED
from survey_flows.reading import Reading
from survey_flows.scope import CHANNELS
from survey_flows.session import Context

NOW = "2026-01-05T09:00:00+00:00"
"""The time at which every simulated customer answers; the engine has no clock of its own."""
MOST_TURNS = 400
"""A customer who has not finished by then is counted as unfinished. Going back and forth at random ends long before."""

HABITS = (("answer", 88), ("skip", 4), ("back", 3), ("nonsense", 3), ("wait", 1.5), ("stop", 0.5))
"""What a customer does in one turn, by weight."""
_FULL_QUOTA = 0.1


@dataclass
class Result:
    """What `customers` did. `paths`: questions answered or left open, in order → how often. `ends`: ending's key, or
    the response's status when it has none (stopped, expired, handed_over, unfinished). `turns`: number of messages a
    customer sent → how often. `asked`: node id → how many customers came to it."""

    survey: str
    customers: int = 0
    paths: Counter[tuple[str, ...]] = field(default_factory=Counter)
    ends: Counter[str] = field(default_factory=Counter)
    turns: Counter[int] = field(default_factory=Counter)
    asked: Counter[str] = field(default_factory=Counter)

    def lengths(self) -> Counter[int]:
        """Number of questions on the path → how often."""
        found: Counter[int] = Counter()
        for path, times in self.paths.items():
            found[len(path)] += times
        return found


class _Customers:
    """What all random customers of one survey share."""

    def __init__(self, survey: Survey, language: str | None, channel: str | None) -> None:
        self.survey, self.language, self.channel = survey, language, channel
        rules: list[Rule] = [rule for node in survey.nodes for rule in node.guards]
        rules += [jump.when for node in survey.nodes for jump in node.jumps if jump.when is not None]
        rules += [quota.when for quota in survey.quotas if quota.when is not None]
        self.domain = Classes(survey, tuple(rules)).domain

    def context(self, chance: random.Random) -> Context:
        attributes: dict[str, Any] = {}
        earlier: dict[str, dict[str, Any]] = {}
        for name, values in self.domain.items():
            head, _, tail = name.partition(".")
            value = chance.choice(values) if head in ("contact", "earlier") else ABSENT
            if value is not ABSENT and head == "contact":
                attributes[tail] = value
            elif value is not ABSENT:
                survey, _, question = tail.partition(".")
                earlier.setdefault(survey, {})[question] = list(value) if isinstance(value, tuple) else value
        full = {quota.name: quota.limit for quota in self.survey.quotas if chance.random() < _FULL_QUOTA}
        language = self.language or chance.choice(self.survey.languages)
        channel = self.channel or chance.choice(CHANNELS)
        return Context(channel, language, chance.getrandbits(32), NOW, attributes, earlier, full)

    def says(self, node: Node, chance: random.Random) -> Input:
        (habit,) = chance.choices([name for name, _ in HABITS], [weight for _, weight in HABITS])
        if habit in ("skip", "back", "stop"):
            return Said(habit, reading.control(habit))
        if habit == "nonsense":
            return Said("qwertz", reading.NOT_AN_ANSWER)
        if habit == "wait" and node.question.timeout is not None:
            return TimedOut(node.id)
        values = [value for value in self.domain[node.id] if value is not SKIPPED]
        if not values:
            return Said("skip", reading.control("skip"))
        value = chance.choice(values)
        return Said(str(value), Reading("value", list(value) if isinstance(value, tuple) else value))


def run(
    survey: Survey,
    n: int,
    seed: int,
    *,
    language: str | None = None,
    channel: str | None = None,
    progress: Callable[[int], None] | None = None,
) -> Result:
    """`n` customers take `survey`. `language` and `channel` None: each customer has a random one. `progress` is called
    with 1 after each.

    Errors: ValueError when `n` is negative.
    """
    if n < 0:
        raise ValueError(f"The number of customers is {n}; it must not be negative.")
    customers, result = _Customers(survey, language, channel), Result(survey.key)
    for number in range(n):
        _one(customers, random.Random(f"{seed}:{number}"), result)
        if progress is not None:
            progress(1)
    return result


def _one(customers: _Customers, chance: random.Random, result: Result) -> None:
    survey = customers.survey
    turn = engine.start(survey, customers.context(chance))
    turns, asked, end = 0, set[str](), _end(turn.effects)
    path = engine.path(survey, turn.session)
    while not turn.session.over and turns < MOST_TURNS:
        node = engine.current(survey, turn.session)
        if node is None:
            break
        asked.add(node.id)
        turn = engine.receive(survey, turn.session, customers.says(node, chance), NOW)
        turns += 1
        end = _end(turn.effects) or end
        path = engine.path(survey, turn.session)
    result.customers += 1
    result.paths[path] += 1
    result.ends[end or "unfinished"] += 1
    result.turns[turns] += 1
    result.asked.update(asked)


def _end(effects: tuple[Any, ...]) -> str:
    """Where the effects of a turn end the response, "" when they do not."""
    for effect in effects:
        if isinstance(effect, Ended):
            return effect.ending or effect.status
        if isinstance(effect, HandOver):
            return "handed_over"
    return ""
