"""The arrows of a picture: every step that some customer can take."""

from __future__ import annotations

from survey_flows.model import Survey
from survey_flows.paths.walk import END, PERSON, START, Step, walk

Edge = Step
"""`source` and `target` are node ids, `START`, ``end:KEY``, ``exit:person`` or ``exit:timeout``; `label` the
condition, "" for none."""


def edges(survey: Survey) -> tuple[Edge, ...]:
    """Every step, in the order of the survey: falling through, jumps, passed-over questions, quotas, shuffled groups
    in any order."""
    order = {START: -1} | {node.id: n for n, node in enumerate(survey.nodes)}
    last = len(order)
    found = walk(survey).steps
    return tuple(sorted(found, key=lambda e: (order[e.source], order.get(e.target, last), e.target, e.label)))


def is_quota(survey: Survey, edge: Edge) -> bool:
    """Whether an edge is a full quota's: it leads from anywhere to that quota's ending, so a picture tells of it
    once."""
    return any(edge.label == f"quota {quota.name} is full" for quota in survey.quotas)


__all__ = ["END", "PERSON", "START", "Edge", "edges", "is_quota"]
