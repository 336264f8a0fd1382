"""What is still to be asked, in every order a shuffle allows.

A remaining list is a tuple whose items are node numbers and `Shuffled` groups. Its first item is what comes next; a
shuffled group offers each of its members.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from survey_flows.model import Survey


@dataclass(frozen=True, slots=True)
class Shuffled:
    """The members of a shuffled group that have not begun yet; a member is a remaining list of its own."""

    members: frozenset[Remaining]


Item = int | Shuffled
Remaining = tuple[Item, ...]


def everything(survey: Survey) -> Remaining:
    """All nodes of `survey`, nothing asked yet."""
    return _build(survey, range(len(survey.nodes)), 0)


def _build(survey: Survey, numbers: Sequence[int], depth: int) -> Remaining:
    """`numbers` as a remaining list. `depth`: how many groups around them are dealt with already."""
    items: list[Item] = []
    start = 0
    while start < len(numbers):
        name = _shuffled_at(survey, numbers[start], depth)
        if name is None:
            items.append(numbers[start])
            start += 1
            continue
        level, group = name
        stop = start
        while stop < len(numbers) and _shuffled_at(survey, numbers[stop], depth) == name:
            stop += 1
        members: dict[int, list[int]] = {}
        for number in numbers[start:stop]:
            members.setdefault(dict(survey.nodes[number].group)[group], []).append(number)
        built = frozenset(_build(survey, member, level + 1) for member in members.values())
        items.append(Shuffled(built))
        start = stop
    return tuple(items)


def _shuffled_at(survey: Survey, number: int, depth: int) -> tuple[int, str] | None:
    groups = survey.nodes[number].group
    return next(((n, g) for n, (g, _) in enumerate(groups) if n >= depth and g in survey.shuffled), None)


def firsts(rest: Remaining) -> Iterator[tuple[int, Remaining]]:
    """Each node that can come next, with what remains after it. Nothing when nothing remains."""
    if not rest:
        return
    head, tail = rest[0], rest[1:]
    if isinstance(head, int):
        yield head, tail
        return
    for member in head.members:
        others = head.members - {member}
        yield from firsts((*member, *((Shuffled(others),) if others else ()), *tail))


def numbers_in(rest: Remaining) -> Iterator[int]:
    """All nodes that remain."""
    for item in rest:
        if isinstance(item, int):
            yield item
        else:
            for member in item.members:
                yield from numbers_in(member)


def after_jump(rest: Remaining, target: int) -> Remaining:
    """What remains when everything before `target` is passed over; `rest` itself when `target` does not lie ahead.

    A jump into a shuffled group enters it as a whole (the loader sees to it), so any member may come first.
    """
    for n, item in enumerate(rest):
        if item == target or (isinstance(item, Shuffled) and target in numbers_in((item,))):
            return rest[n:]
    return rest
