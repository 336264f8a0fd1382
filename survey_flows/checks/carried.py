"""What a pressed button has to carry back (the question's id and the option), where a channel has little room."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from survey_flows.checks.finding import Finding, Subject, channels
from survey_flows.model import Node


def check(subject: Subject) -> Iterator[Finding]:
    """Every copy that a loop makes is looked at: its id is longer than what the file says."""
    told: set[tuple[int, str]] = set()
    for node in subject.survey.nodes:
        for limits in channels().values():
            place = (node.line, limits["name"])
            if "carried" in limits and node.question.options and place not in told and not _fits(node, limits):
                told.add(place)
                what = (
                    f'The id "{node.id}" and the keys of its options are too long for the buttons of {limits["name"]} '
                    f"({limits['carried']['bytes']} bytes each): its options are written as a numbered list there."
                )
                yield subject.finding("warning", node.line, what, "Shorten the question's id or the options' keys.")


def _fits(node: Node, limits: Mapping[str, Any]) -> bool:
    """Whether each button holds the id and its own key; or, where a press brings all buttons along (`together`), all of
    them hold the id together."""
    frame, most = limits["carried"]["frame"], limits["carried"]["bytes"]
    rooms = [most - frame - len(json.dumps(o.key, ensure_ascii=False).encode()) for o in node.question.options]
    needed = len(node.id.encode())
    if min(rooms) >= needed:
        return True
    return bool(limits["carried"].get("together")) and min(rooms) >= 0 and sum(rooms) >= needed
