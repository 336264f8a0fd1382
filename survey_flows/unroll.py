"""The nested questions of a file → one flat list of drafts, in the order in which they are asked.

Conditions, jumps and texts are still unread here: they may name any other question, so they are checked when the list
is whole (`loader.py`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from survey_flows.fields import KEY, Fields, Notes
from survey_flows.model import Question
from survey_flows.problems import suggest
from survey_flows.question_reader import read_question
from survey_flows.rules import CompiledRule, option_is
from survey_flows.scope import RESERVED
from survey_flows.yaml_marks import MarkedDict

MOST_NODES = 2000
"""Questions after loops and sub-surveys are unrolled. Nobody answers that many; more is a file that multiplies
itself."""
DEEPEST = 8
_BLOCKS = ("group", "loop", "survey")


@dataclass(frozen=True)
class Frame:
    """What holds inside a block. `inlined`: the prefix of the sub-survey that the block belongs to, or ""."""

    notes: Notes
    prefix: str = ""
    guards: tuple[RawGuard | CompiledRule, ...] = ()
    group: tuple[tuple[str, int], ...] = ()
    loop: Question | None = None
    over: str = ""
    option: str | None = None
    inlined: str = ""
    surveys: tuple[str, ...] = ()
    depth: int = 0


@dataclass(frozen=True)
class RawGuard:
    """A `when`, as written. It may read the nodes before position `limit`."""

    source: str
    line: int
    limit: int
    frame: Frame


@dataclass(frozen=True)
class RawJump:
    condition: str | None
    target: str
    line: int


@dataclass(frozen=True)
class DraftNode:
    id: str
    question: Question
    frame: Frame
    guards: tuple[RawGuard | CompiledRule, ...]
    jumps: tuple[RawJump, ...]
    line: int
    position: int


@dataclass(frozen=True)
class Block:
    """Where a group, loop or sub-survey lies: positions `first` ≤ p < `end`."""

    first: int
    end: int
    group: tuple[tuple[str, int], ...]


@dataclass
class Unrolled:
    drafts: list[DraftNode] = field(default_factory=list)
    index: dict[str, int] = field(default_factory=dict)
    blocks: dict[str, Block] = field(default_factory=dict)
    shuffled: set[str] = field(default_factory=set)


Inline = Callable[[str, Frame, int], "tuple[list[tuple[Any, int]], Notes] | None"]
"""Gives the question list of another survey, or None after noting why there is none."""


class Unroller:
    def __init__(self, inline: Inline) -> None:
        self.inline = inline
        self.result = Unrolled()
        self.full = False

    def run(self, items: list[tuple[Any, int]], frame: Frame) -> Unrolled:
        self.sequence(items, frame)
        return self.result

    def sequence(self, items: list[tuple[Any, int]], frame: Frame, shuffled: str = "") -> None:
        for member, (item, line) in enumerate(items):
            inside = replace(frame, group=(*frame.group, (shuffled, member))) if shuffled else frame
            self.item(item, line, inside)

    def item(self, item: Any, line: int, frame: Frame) -> None:
        if self.full:
            return
        if len(self.result.drafts) >= MOST_NODES or frame.depth > DEEPEST:
            self.full = True
            what = f"the survey unrolls to more than {MOST_NODES} questions, or is nested deeper than {DEEPEST} blocks"
            frame.notes.add(line, what, "Use fewer loops inside loops, or split the survey.")
            return
        block = next((b for b in _BLOCKS if isinstance(item, MarkedDict) and b in item), "")
        if block == "group":
            self.group(item, line, frame)
        elif block == "loop":
            self.loop(item, line, frame)
        elif block == "survey":
            self.survey(item, line, frame)
        else:
            self.question(item, line, frame)

    def question(self, item: Any, line: int, frame: Frame) -> None:
        fields = Fields(item, frame.notes, "a question", line)
        name = fields.word("id", required=True)
        if name:
            fields.place = f'question "{name}"'
        question = read_question(fields, name)
        guard = self._when(fields, frame)
        jumps = _jumps(fields)
        fields.finish()
        if question is None or not self._free(fields, "id", name, frame):
            return
        position = len(self.result.drafts)
        self.result.index[frame.prefix + name] = position
        guards = (*frame.guards, *guard)
        self.result.drafts.append(
            DraftNode(frame.prefix + name, question, frame, guards, jumps, fields.line(), position)
        )

    def _free(self, fields: Fields, field_name: str, name: str, frame: Frame) -> bool:
        """Whether the id can be used; notes why not."""
        if not name or not KEY.match(name):
            return False
        if name in RESERVED:
            fields.problem(
                field_name, f'"{name}" is a word of conditions and cannot be an id', f"Call it `{name}_1`, or better."
            )
            return False
        if frame.prefix + name in self.result.index or frame.prefix + name in self.result.blocks:
            fields.problem(
                field_name, f'the id "{name}" is used twice', "Give each question and block an id of its own."
            )
            return False
        return True

    def _when(self, fields: Fields, frame: Frame) -> tuple[RawGuard, ...]:
        value = fields.raw("when")
        if value is None:
            return ()
        return (RawGuard(source_of(value), fields.line("when"), len(self.result.drafts), frame),)

    def _block(self, name: str, first: int, frame: Frame) -> None:
        self.result.blocks[name] = Block(first, len(self.result.drafts), frame.group)

    def group(self, item: MarkedDict, line: int, frame: Frame) -> None:
        fields = Fields(item, frame.notes, "a group", line)
        name = fields.word("group", required=True)
        fields.place = f'group "{name}"'
        guard = self._when(fields, frame)
        shuffle = fields.flag("shuffle")
        items = fields.items("questions", required=True)
        fields.finish()
        if not self._free(fields, "group", name, frame):
            return
        full_name, first = frame.prefix + name, len(self.result.drafts)
        self.result.blocks[full_name] = Block(first, first, frame.group)
        if shuffle:
            self.result.shuffled.add(full_name)
        inside = replace(frame, guards=(*frame.guards, *guard), depth=frame.depth + 1)
        self.sequence(items, inside, full_name if shuffle else "")
        self._block(full_name, first, frame)

    def loop(self, item: MarkedDict, line: int, frame: Frame) -> None:
        fields = Fields(item, frame.notes, "a loop", line)
        name = fields.word("loop", required=True)
        fields.place = f'loop "{name}"'
        over = fields.word("over", required=True, pattern=None)
        guard = self._when(fields, frame)
        items = fields.items("questions", required=True)
        fields.finish()
        source = self._over(fields, over, frame)
        if source is None or not self._free(fields, "loop", name, frame):
            return
        first = len(self.result.drafts)
        self.result.blocks[frame.prefix + name] = Block(first, first, frame.group)
        for option in source.question.options:
            if option.exclusive or not KEY.match(option.key):
                continue
            inside = replace(
                frame,
                prefix=f"{frame.prefix}{name}.{option.key}.",
                guards=(*frame.guards, *guard, option_is(source.id, option.key)),
                loop=source.question,
                over=source.id,
                option=option.key,
                depth=frame.depth + 1,
            )
            self.sequence(items, inside)
        self._block(frame.prefix + name, first, frame)

    def _over(self, fields: Fields, name: str, frame: Frame) -> DraftNode | None:
        """The question whose options a loop runs over: the nearest by of this name, which must stand above."""
        prefix = frame.prefix
        while True:
            position = self.result.index.get(prefix + name)
            if position is not None:
                draft = self.result.drafts[position]
                if not draft.question.options:
                    fields.problem(
                        "over", f'"{name}" has no options to loop over', "Name a choice or multi_choice question."
                    )
                    return None
                if any(a[0] == b[0] and a[1] != b[1] for a, b in zip(frame.group, draft.frame.group, strict=False)):
                    fields.problem("over", f'"{name}" is in the same shuffled group', "Take the loop out of the group.")
                    return None
                return draft
            if not prefix:
                break
            prefix = prefix[: prefix.rstrip(".").rfind(".") + 1]
        if name:
            known = [draft.id for draft in self.result.drafts if draft.question.options]
            fields.problem("over", f'there is no question "{name}" above this loop', suggest(name, known))
        return None

    def survey(self, item: MarkedDict, line: int, frame: Frame) -> None:
        fields = Fields(item, frame.notes, "a sub-survey", line)
        key = fields.word("survey", required=True)
        fields.place = f'sub-survey "{key}"'
        name = fields.word("as", default=key)
        guard = self._when(fields, frame)
        fields.finish()
        if not self._free(fields, "as" if fields.has("as") else "survey", name, frame):
            return
        if key in frame.surveys:
            circle = " → ".join((*frame.surveys, key))
            fields.problem("survey", f"the surveys contain each other: {circle}", "Remove one of them.")
            return
        found = self.inline(key, frame, fields.line("survey"))
        if found is None:
            return
        items, notes = found
        prefix, first = f"{frame.prefix}{name}.", len(self.result.drafts)
        self.result.blocks[frame.prefix + name] = Block(first, first, frame.group)
        inside = replace(
            frame,
            notes=notes,
            prefix=prefix,
            guards=(*frame.guards, *guard),
            inlined=frame.prefix + name,
            surveys=(*frame.surveys, key),
            depth=frame.depth + 1,
        )
        self.sequence(items, inside)
        self._block(frame.prefix + name, first, frame)


def source_of(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def _next_example(written: Any) -> str:
    """The list that was probably meant by `next: score`; "" for anything else."""
    return f"`next: [{{goto: {written}}}]`" if isinstance(written, str) else ""


def _jumps(fields: Fields) -> tuple[RawJump, ...]:
    jumps = []
    for item, line in fields.items("next", example=_next_example(fields.data.get("next"))):
        inner = Fields(item, fields.notes, f"a jump of {fields.place}", line)
        condition = inner.raw("if")
        target = inner.word("goto", required=not inner.has("to"), pattern=None)
        inner.finish({"when": "if", "to": "goto"})
        if target:
            source = None if condition is None else source_of(condition)
            jumps.append(RawJump(source, target, inner.line()))
    return tuple(jumps)
