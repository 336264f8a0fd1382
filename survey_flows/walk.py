"""The path of one response: derived from its answers, never stored.

Nodes are walked from the first, under guards, jumps and quotas. The first that has no answer is the open question. An
answer that a changed earlier answer led away from is simply not met any more, and is met again if the path comes back.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from survey_flows.plan import Order, Plan, Step
from survey_flows.rules import SKIPPED
from survey_flows.session import Given


class Walk:
    """`path`: the answered steps, in order. `open`: the step to ask, or None when `ending` is reached. `messages`:
    steps of messages on the path that are still to be said. `facts`: what conditions and pipes read."""

    __slots__ = ("ending", "facts", "messages", "open", "path")

    def __init__(self, facts: dict[str, Any]) -> None:
        self.facts = facts
        self.path: list[Step] = []
        self.messages: list[Step] = []
        self.open: Step | None = None
        self.ending = ""


def walk(
    plan: Plan,
    order: Order,
    facts: dict[str, Any],
    answers: Mapping[str, Given],
    shown: Iterable[str],
    quotas: Mapping[str, int],
    stop_at: str | None = None,
) -> Walk:
    """Derives the path. `facts` holds what is known of the contact and is added to; `stop_at` is a reopened
    question."""
    result = Walk(facts)
    steps, count, position = order.steps, len(order.steps), 0
    full = plan.quotas and [(quota, test) for quota, test in plan.quotas if quotas.get(quota.name, 0) >= quota.limit]
    while position < count:
        step = steps[position]
        position += 1
        if step.guards and not _met(step, facts):
            continue
        if full:
            for quota, test in full:
                if test is None or test(facts):
                    result.ending = quota.then
                    return result
        if step.is_message:
            if step.id not in shown:
                result.messages.append(step)
        else:
            given = answers.get(step.id)
            if given is None or step.id == stop_at:
                result.open = step
                return result
            facts[step.id] = SKIPPED if given.skipped else given.value
            result.path.append(step)
        for test, target, ending in step.jumps:
            if test is None or test(facts):
                if ending:
                    result.ending = ending
                    return result
                position = order.landing[step.id, target]
                break
    result.ending = "done"
    return result


def _met(step: Step, facts: Mapping[str, Any]) -> bool:
    for guard in step.guards:  # noqa: SIM110 - a generator costs three times as much in this hot loop
        if not guard(facts):
            return False
    return True
