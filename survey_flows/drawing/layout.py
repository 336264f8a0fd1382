"""Where boxes and arrows go: a layered layout for a graph without cycles, top to bottom.

The classical four steps (Sugiyama, Tagawa and Toda 1981; Gansner et al. 1993, "A technique for drawing directed
graphs"):

1. every box gets a rank, the length of the longest way to it, so that every arrow points down;
2. an arrow that passes ranks gets a stand-in on each of them, and its label is such a stand-in with a size of its own,
between two ranks,
   so that labels never cover boxes or each other;
3. within a rank, order by the mean position of the neighbours, keeping the order with the fewest crossings;
4. x positions by least squares towards the neighbours without overlap (`spacing.spread`), long arrows pulled straight
first.

Deterministic: the same graph gives the same picture.
"""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from survey_flows.drawing.spacing import spread

GAP_X = 28.0
"""Least room between two boxes of one rank, in pixels."""
GAP_DUMMY = 16.0
"""Least room beside the stand-in of an arrow."""
GAP_Y = 20.0
"""Room between a rank and the rank of labels after it."""
_SWEEPS = 12


@dataclass(frozen=True)
class Box:
    """Something to be placed: a card, a frame, a pill."""

    id: str
    width: float
    height: float


@dataclass(frozen=True)
class Link:
    """An arrow. `label_width` and `label_height` are 0 for an arrow without words."""

    source: str
    target: str
    label_width: float = 0.0
    label_height: float = 0.0


@dataclass(frozen=True)
class Route:
    """Where an arrow runs: through `points` from top to bottom; its label is centred on `label` (None without
    words)."""

    link: Link
    points: tuple[tuple[float, float], ...]
    label: tuple[float, float] | None


@dataclass(frozen=True)
class Placement:
    """`boxes`: id → left, top. `width` and `height` of the whole."""

    boxes: Mapping[str, tuple[float, float]]
    routes: tuple[Route, ...]
    width: float
    height: float


@dataclass
class _Cell:
    """One occupant of a rank: a box, or the stand-in of link number `link`."""

    rank: int
    width: float
    height: float
    box: str = ""
    link: int = -1
    label: bool = False
    x: float = 0.0


@dataclass
class _Grid:
    cells: list[_Cell] = field(default_factory=list)
    ranks: list[list[int]] = field(default_factory=list)
    above: dict[int, list[int]] = field(default_factory=lambda: defaultdict(list))
    below: dict[int, list[int]] = field(default_factory=lambda: defaultdict(list))
    chains: list[list[int]] = field(default_factory=list)
    box: dict[str, int] = field(default_factory=dict)

    def add(self, cell: _Cell) -> int:
        while len(self.ranks) <= cell.rank:
            self.ranks.append([])
        self.cells.append(cell)
        self.ranks[cell.rank].append(len(self.cells) - 1)
        return len(self.cells) - 1


def place(boxes: Sequence[Box], links: Sequence[Link]) -> Placement:
    """Place `boxes`, given so that every link leads from an earlier to a later one.

    Errors: ValueError when a link leads backwards or to an unknown box.
    """
    grid = _grid(boxes, links)
    _order(grid)
    _columns(grid)
    tops, heights, height = _rows(grid)
    left = min((c.x - c.width / 2 for c in grid.cells), default=0.0)
    for cell in grid.cells:
        cell.x -= left
    width = max((c.x + c.width / 2 for c in grid.cells), default=0.0)
    corners = {c.box: (c.x - c.width / 2, tops[c.rank]) for c in grid.cells if c.box}
    routes = tuple(_route(grid, n, link, corners, tops, heights) for n, link in enumerate(links))
    return Placement(corners, routes, width, height)


def _ranks(boxes: Sequence[Box], links: Sequence[Link]) -> dict[str, int]:
    place_of = {box.id: n for n, box in enumerate(boxes)}
    rank = dict.fromkeys(place_of, 0)
    leaving: dict[str, list[str]] = defaultdict(list)
    for link in links:
        if link.source not in place_of or link.target not in place_of:
            raise ValueError(f"The arrow {link.source} → {link.target} names a box that is not there.")
        if place_of[link.source] >= place_of[link.target]:
            raise ValueError(f"The arrow {link.source} → {link.target} does not lead forward.")
        leaving[link.source].append(link.target)
    for box in boxes:
        for target in leaving[box.id]:
            rank[target] = max(rank[target], rank[box.id] + 1)
    linked = {end for link in links for end in (link.source, link.target)}
    last = max(rank.values(), default=0)
    return {key: value if key in linked else last for key, value in rank.items()}


def _grid(boxes: Sequence[Box], links: Sequence[Link]) -> _Grid:
    rank = _ranks(boxes, links)
    grid = _Grid()
    for box in boxes:
        grid.box[box.id] = grid.add(_Cell(2 * rank[box.id], box.width, box.height, box=box.id))
    for n, link in enumerate(links):
        first, last = 2 * rank[link.source], 2 * rank[link.target]
        chain = [grid.box[link.source]]
        for level in range(first + 1, last):
            labelled = level == last - 1 and link.label_width > 0
            size = (link.label_width, link.label_height) if labelled else (2.0, 0.0)
            chain.append(grid.add(_Cell(level, *size, link=n, label=labelled)))
        chain.append(grid.box[link.target])
        grid.chains.append(chain)
        for upper, lower in itertools.pairwise(chain):
            grid.below[upper].append(lower)
            grid.above[lower].append(upper)
    return grid


def _crossings(grid: _Grid, position: Mapping[int, int]) -> int:
    """How many pairs of arrow pieces cross; counted directly, as a survey's picture has tens of arrows, not
    thousands."""
    total = 0
    for rank in grid.ranks:
        ends = [position[low] for cell in rank for low in sorted(grid.below[cell], key=lambda c: position[c])]
        total += sum(a > b for n, a in enumerate(ends) for b in ends[n + 1 :])
    return total


def _positions(grid: _Grid) -> dict[int, int]:
    return {cell: n for rank in grid.ranks for n, cell in enumerate(rank)}


def _order(grid: _Grid) -> None:
    position = _positions(grid)
    best, fewest = [list(rank) for rank in grid.ranks], _crossings(grid, position)
    for sweep in range(_SWEEPS):
        down = sweep % 2 == 0
        for rank in grid.ranks if down else reversed(grid.ranks):
            neighbours = grid.above if down else grid.below
            keys = {
                cell: sum(position[c] for c in neighbours[cell]) / len(neighbours[cell])
                if neighbours[cell]
                else float(position[cell])
                for cell in rank
            }
            rank.sort(key=lambda cell: (keys[cell], position[cell]))
            position.update({cell: n for n, cell in enumerate(rank)})
        count = _crossings(grid, position)
        if count < fewest:
            best, fewest = [list(rank) for rank in grid.ranks], count
    grid.ranks = best


def _pull(grid: _Grid, upper: int, lower: int) -> float:
    """How strongly two neighbours want to be above each other: long or lonely arrows are straight before boxes are
    centred."""
    if len(grid.below[upper]) == 1 and len(grid.above[lower]) == 1:
        return 8.0
    stand_ins = (not grid.cells[upper].box) + (not grid.cells[lower].box)
    return (1.0, 2.0, 8.0)[stand_ins]


def _columns(grid: _Grid) -> None:
    cells = grid.cells
    for rank in grid.ranks:
        x = 0.0
        for number in rank:
            cells[number].x = x + cells[number].width / 2
            x += cells[number].width + GAP_X
    for sweep in range(24):
        down = sweep % 2 == 0
        for rank in grid.ranks if down else reversed(grid.ranks):
            _settle(grid, rank, above=down or sweep > 15, below=not down or sweep > 15)


def _settle(grid: _Grid, rank: Sequence[int], above: bool, below: bool) -> None:
    cells = grid.cells
    wanted, weights = [], []
    for number in rank:
        pulls = [(cells[up].x, _pull(grid, up, number)) for up in (grid.above[number] if above else ())]
        pulls += [(cells[down].x, _pull(grid, number, down)) for down in (grid.below[number] if below else ())]
        weight = sum(p for _, p in pulls)
        wanted.append(sum(x * p for x, p in pulls) / weight if weight else cells[number].x)
        weights.append(weight or 0.1)
    gaps = [_gap(cells[a], cells[b]) for a, b in itertools.pairwise(rank)]
    for number, x in zip(rank, spread(wanted, weights, gaps), strict=True):
        cells[number].x = x


def _gap(a: _Cell, b: _Cell) -> float:
    """Least distance between the centres of two neighbours in a rank."""
    return (a.width + b.width) / 2 + (GAP_X if a.box and b.box else GAP_DUMMY)


def _rows(grid: _Grid) -> tuple[list[float], list[float], float]:
    tops, heights, y = [], [], 0.0
    for rank in grid.ranks:
        height = max((grid.cells[c].height for c in rank), default=0.0)
        tops.append(y)
        heights.append(height)
        y += height + GAP_Y
    return tops, heights, max(0.0, y - GAP_Y)


def _port(grid: _Grid, box: int, neighbours: Sequence[int], other: int) -> float:
    """Where on a box's edge an arrow docks: the arrows side by side around the middle, in the order of where they
    go."""
    around = sorted(neighbours, key=lambda c: grid.cells[c].x)
    room = min(22.0, (grid.cells[box].width - 40.0) / max(1, len(around)))
    return grid.cells[box].x + (around.index(other) - (len(around) - 1) / 2) * max(0.0, room)


def _route(
    grid: _Grid,
    number: int,
    link: Link,
    corners: Mapping[str, tuple[float, float]],
    tops: Sequence[float],
    heights: Sequence[float],
) -> Route:
    chain = grid.chains[number]
    source, target = grid.cells[chain[0]], grid.cells[chain[-1]]
    start = (_port(grid, chain[0], grid.below[chain[0]], chain[1]), corners[link.source][1] + source.height)
    points = [start, (start[0], tops[source.rank] + heights[source.rank])]
    label = None
    for cell in (grid.cells[c] for c in chain[1:-1]):
        if cell.rank % 2 and not cell.label:
            continue  # only labels need a place between two ranks; one long curve is calmer than two short ones
        points += [(cell.x, tops[cell.rank]), (cell.x, tops[cell.rank] + heights[cell.rank])]
        if cell.label:
            label = (cell.x, tops[cell.rank] + heights[cell.rank] / 2)
    end = _port(grid, chain[-1], grid.above[chain[-1]], chain[-2])
    points += [(end, tops[target.rank]), (end, corners[link.target][1])]
    distinct = [p for n, p in enumerate(points) if n == 0 or p != points[n - 1]]
    return Route(link, tuple(distinct), label)
