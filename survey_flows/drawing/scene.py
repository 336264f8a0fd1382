"""What a picture of a survey shows: cards for questions, frames around loops and shuffled groups, pills for start and
endings.

The engine's list of nodes is flat; a person thinks of "once for each chosen option" and "in any order" as one thing.
So the nodes of a loop or a shuffled group are put into one frame, and arrows lead to and from the frame.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from survey_flows.drawing import card
from survey_flows.drawing.edges import END, PERSON, START, Edge, is_quota
from survey_flows.drawing.layout import Box, Link, Placement, place
from survey_flows.drawing.told import told
from survey_flows.drawing.words import STRONG, clip, width
from survey_flows.model import Node, Survey

LABEL_SIZE = 10.5
LABEL_ROOM = 168.0
PILL_HEIGHT = 34.0
_PAD = 14.0
_HEAD = 30.0
_COLUMN_HEAD = 20.0
_COLUMNS = 4


@dataclass(frozen=True)
class Frame:
    """Several nodes in one dashed box: `columns` hold (heading, nodes); `note` says why they are together."""

    id: str
    note: str
    columns: tuple[tuple[str, tuple[Node, ...]], ...]


@dataclass(frozen=True)
class Arrow:
    """A drawn arrow: `label` as it is shown, `full` as it is told on hovering."""

    source: str
    target: str
    label: str
    full: str


@dataclass(frozen=True)
class Scene:
    """Everything that is drawn, and where. `items` by box id; a Node, a Frame, or None for a pill."""

    items: dict[str, Node | Frame | None]
    sizes: dict[str, tuple[float, float]]
    arrows: tuple[Arrow, ...]
    placement: Placement


def compose(survey: Survey, language: str, edges: Sequence[Edge]) -> Scene:
    """The scene of `survey` with `edges`, texts in `language`. Quota exits are told in the footer, not drawn from
    every node."""
    items: dict[str, Node | Frame | None] = {START: None}
    items.update({thing.id: thing for thing in _things(survey, language)})
    drawn = [edge for edge in edges if not is_quota(survey, edge)]
    reached = {edge.target for edge in edges}
    items.update({END + key: None for key in survey.endings if END + key in reached or key == "done"})
    items.update({edge.target: None for edge in drawn if edge.target not in items and ":" in edge.target})
    home = _homes(items)
    arrows = _arrows(drawn, home, language)
    sizes = {key: _size(survey, language, key, item) for key, item in items.items()}
    placement = place(
        [Box(key, *sizes[key]) for key in items],
        [Link(a.source, a.target, _label_width(a.label), 15.0 if a.label else 0.0) for a in arrows],
    )
    return Scene(items, sizes, arrows, placement)


def _things(survey: Survey, language: str) -> list[Node | Frame]:
    things: list[Node | Frame] = []
    bundle: list[Node] = []
    for node in survey.nodes:
        if bundle and _bundle(survey, node) != _bundle(survey, bundle[0]):
            things.append(_frame(survey, language, bundle))
            bundle = []
        if _bundle(survey, node):
            bundle.append(node)
        else:
            things.append(node)
    if bundle:
        things.append(_frame(survey, language, bundle))
    return things


def _bundle(survey: Survey, node: Node) -> str:
    """The name of the frame a node stands in, or "": its outermost shuffled group, else its loop."""
    for group, _ in node.group:
        if group in survey.shuffled:
            return f"group:{group}"
    if "option" in node.binding:
        return f"loop:{_loop(node)}"
    return ""


def _loop(node: Node) -> str:
    """The id of a node's loop: what stands before the option's key in the node's id."""
    parts = node.id.split(".")
    cut = next((n for n, part in enumerate(parts) if n and part == node.binding["option"]), len(parts) - 1)
    return ".".join(parts[:cut])


def _frame(survey: Survey, language: str, nodes: Sequence[Node]) -> Frame:
    name = _bundle(survey, nodes[0])
    columns: dict[str, list[Node]] = {}
    for node in nodes:
        columns.setdefault(_column(survey, node, name), []).append(node)
    labels = {o.key: card.say(o.label, language, survey) for n in survey.nodes for o in n.question.options}
    note = told(language, "group" if name.startswith("group:") else "loop")
    loop = name.startswith("loop:")
    return Frame(name, note, tuple((labels.get(k, k) if loop else "", tuple(v)) for k, v in columns.items()))


def _column(survey: Survey, node: Node, bundle: str) -> str:
    kind, _, name = bundle.partition(":")
    if kind == "group":
        return str(dict(node.group)[name])
    rest = node.id.removeprefix(f"{name}.").split(".")
    return rest[0]


def _homes(items: dict[str, Node | Frame | None]) -> dict[str, str]:
    """Node id → the box it is drawn in."""
    home = {key: key for key in items}
    for key, item in items.items():
        if isinstance(item, Frame):
            home.update({node.id: key for _, nodes in item.columns for node in nodes})
    return home


def _arrows(edges: Sequence[Edge], home: dict[str, str], language: str) -> tuple[Arrow, ...]:
    """Edges between boxes, those inside one frame left out, those between the same two boxes joined."""
    found: dict[tuple[str, str], list[str]] = {}
    for edge in edges:
        ends = home[edge.source], home[edge.target]
        if ends[0] != ends[1]:
            labels = found.setdefault(ends, [])
            label = told(language, "lost") if edge.target == PERSON else edge.label
            if label not in labels:
                labels.append(label)
    arrows = []
    for (source, target), labels in found.items():
        framed = source.startswith(("group:", "loop:")) or target.startswith(("group:", "loop:"))
        full = "" if "" in labels or (framed and len(labels) > 2) else f" {told(language, 'or')} ".join(labels)
        arrows.append(Arrow(source, target, clip(full, LABEL_SIZE, LABEL_ROOM), full))
    return tuple(arrows)


def _label_width(label: str) -> float:
    return width(label, LABEL_SIZE) + 12.0 if label else 0.0


def _size(survey: Survey, language: str, key: str, item: Node | Frame | None) -> tuple[float, float]:
    if isinstance(item, Frame):
        return frame_size(survey, language, item)
    if item is not None:
        return card.WIDTH, card.height(survey, item, language)
    return width(pill_text(survey, language, key), 12.5 * STRONG) + 32.0, PILL_HEIGHT


def pill_text(survey: Survey, language: str, key: str) -> str:
    """What a pill says: "Start", an ending's key, or why the run stops here."""
    if key == START:
        return told(language, "start")
    if key.startswith(END):
        return key.removeprefix(END).replace("_", " ")
    return told(language, key.removeprefix("exit:"))


def frame_rows(frame: Frame) -> list[list[tuple[str, tuple[Node, ...]]]]:
    """The columns of a frame in rows of at most four, so that a loop over nine options does not become a ribbon."""
    columns = list(frame.columns)
    return [columns[n : n + _COLUMNS] for n in range(0, len(columns), _COLUMNS)]


def column_height(survey: Survey, language: str, heading: str, nodes: Sequence[Node]) -> float:
    """Height of one column of a frame, its heading included."""
    cards = sum(card.height(survey, node, language, card.SMALL) + 10.0 for node in nodes) - 10.0
    return cards + (_COLUMN_HEAD if heading else 0.0)


def frame_size(survey: Survey, language: str, frame: Frame) -> tuple[float, float]:
    """Width and height of a frame."""
    rows = frame_rows(frame)
    widest = max(len(row) for row in rows)
    tall = sum(max(column_height(survey, language, h, n) for h, n in row) + _PAD for row in rows)
    return 2 * _PAD + widest * card.SMALL + (widest - 1) * _PAD, _HEAD + tall


def frame_cells(survey: Survey, language: str, frame: Frame) -> list[tuple[float, float, str, Node | None]]:
    """What stands where inside a frame: (left, top, heading, None) for headings, (left, top, "", node) for cards."""
    cells: list[tuple[float, float, str, Node | None]] = []
    top = _HEAD
    for row in frame_rows(frame):
        for n, (heading, nodes) in enumerate(row):
            left, y = _PAD + n * (card.SMALL + _PAD), top
            if heading:
                cells.append((left, y, heading, None))
                y += _COLUMN_HEAD
            for node in nodes:
                cells.append((left, y, "", node))
                y += card.height(survey, node, language, card.SMALL) + 10.0
        top += max(column_height(survey, language, h, n) for h, n in row) + _PAD
    return cells
