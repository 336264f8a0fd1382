"""How long a survey takes: an estimate before anybody has taken it.

Formula: the sum over the questions of the longest path of a time by type, from the point system of Pew Research Center
("How we keep our online surveys from running too long", 8 December 2022): an ordinary stand-alone question takes about
10 seconds (one point), and open ended ones minutes at worst. We count a single closed question as 10 s, a multi-select
as 15 s, typing a number, date or address as 15 s, an open text as 30 s (a sentence or two typed on a phone), and
reading a text of its own at 4 words a second (Brysbaert 2019: 238 words a minute). The numbers beyond the 10 s are our
own reading of "minutes at worst"; replace them when enough own response times are stored.
"""

from __future__ import annotations

from collections.abc import Mapping

from survey_flows.model import Node, Survey
from survey_flows.paths.walk import START, Walk, walk

SECONDS = {"multi_choice": 15.0, "number": 15.0, "date": 15.0, "contact": 15.0, "text": 30.0}
"""Seconds to answer, by question type; every other type takes `CLOSED_SECONDS`."""
CLOSED_SECONDS = 10.0
WORDS_PER_SECOND = 4.0


def seconds(node: Node, language: str) -> float:
    """Seconds for one question, or for reading a message."""
    if node.question.type == "message":
        return len(node.question.text.get(language, "").split()) / WORDS_PER_SECOND
    return SECONDS.get(node.question.type, CLOSED_SECONDS)


def longest_path(survey: Survey, found: Walk | None = None) -> int:
    """Questions a customer is asked at most, in one response. Messages are no questions, and a follow-up ("Could you
    tell us a little more?") belongs to its question. (`found`: a walk that was made already.)"""
    asked = {node.id: float(node.question.type != "message") for node in survey.nodes}
    return int(_longest(survey, found or walk(survey), asked, 0.0))


def minutes(survey: Survey, found: Walk | None = None) -> float:
    """Minutes for the longest way through the survey (`found`: a walk that was made already)."""
    greeting = len(survey.greeting.get(survey.language, "").split()) / WORDS_PER_SECOND
    each = {node.id: seconds(node, survey.language) for node in survey.nodes}
    return _longest(survey, found or walk(survey), each, greeting) / 60.0


def _longest(survey: Survey, found: Walk, weight: Mapping[str, float], begin: float) -> float:
    """The heaviest way through the survey; `weight` of each node, `begin` before the first."""
    # Steps within a shuffled group lead both ways, so "longest" is taken in the order of the file: each counts once.
    # Beside each weight the rounds of the loop so far: a loop over "choose up to 3" has no fourth.
    longest: dict[str, dict[int, float]] = {START: {0: begin}}
    nodes = {node.id: node for node in survey.nodes}
    for node in survey.nodes:
        over = nodes.get(node.binding.get("over", ""))
        most = over.question.at_most if over is not None else 0
        here: dict[int, float] = {}
        for step in found.steps:
            for rounds, before in longest.get(step.source, {}).items() if step.target == node.id else ():
                now = _rounds(rounds, nodes.get(step.source), node)
                if not most or now <= most:
                    here[now] = max(here.get(now, 0.0), before + weight[node.id])
        if here:
            longest[node.id] = here
    return max(total for ends in longest.values() for total in ends.values())


def _rounds(before: int, source: Node | None, node: Node) -> int:
    """The round of its loop that a node belongs to, from 1; 0 outside loops."""
    if not node.binding:
        return 0
    if source is None or source.binding.get("over") != node.binding.get("over"):
        return 1
    return before + (source.binding.get("option") != node.binding.get("option"))
