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
    """The members of a shuffled group that have not begun yet; a member is a remaining list of its own.

    `forgetful`: which members were asked is not kept, so each may come again and the group may end after any. Fourteen
    members have 16,384 sets of members left, and forgetting them costs only arrows that are too many. `entered`: one of
    its members was asked.
    """

    members: frozenset[Remaining]
    forgetful: bool = False
    entered: bool = False

    def without(self, member: Remaining) -> tuple[Shuffled, ...]:
        """What is left of the group when `member` has begun."""
        if self.forgetful:
            return (Shuffled(self.members, True, True),)
        others = self.members - {member}
        return (Shuffled(others),) if others else ()


Item = int | Shuffled
Remaining = tuple[Item, ...]


def everything(survey: Survey, forgetful: bool = False) -> Remaining:
    """All nodes of `survey`, nothing asked yet."""
    return _build(survey, range(len(survey.nodes)), 0, forgetful)


def _build(survey: Survey, numbers: Sequence[int], depth: int, forgetful: bool) -> Remaining:
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
        built = frozenset(_build(survey, member, level + 1, forgetful) for member in members.values())
        items.append(Shuffled(built, forgetful))
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
        yield from firsts((*member, *head.without(member), *tail))
    if head.entered:
        yield from firsts(tail)


def finished(rest: Remaining) -> bool:
    """Whether nothing has to be asked any more."""
    return all(isinstance(item, Shuffled) and item.entered for item in rest)


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
