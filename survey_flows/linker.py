"""Checks and compiles what refers to something else: conditions, jumps and pipes."""

from __future__ import annotations

from collections.abc import Iterable

from survey_flows import piping
from survey_flows.fields import Notes
from survey_flows.header import Header
from survey_flows.model import Jump, Node, Quota, RecoveryRule, Review, Text
from survey_flows.problems import suggest
from survey_flows.rules import CompiledRule, compile_rule
from survey_flows.rules_syntax import RuleError, ToldAlready
from survey_flows.scope import Place, Scope, World
from survey_flows.unroll import DraftNode, Frame, RawGuard, RawJump, Unrolled

_PIPED_FIELDS = ("text", "short", "help", "low", "high", "tell_more")


class Linker:
    def __init__(self, header: Header, unrolled: Unrolled, notes: Notes) -> None:
        self.header, self.unrolled, self.notes = header, unrolled, notes
        places = [Place(d.id, d.question, d.frame.prefix, d.frame.group) for d in unrolled.drafts]
        frames = (notes, *(draft.frame.notes for draft in unrolled.drafts))
        untyped = frozenset(name for found in frames for name in found.untyped)
        self.world = World(places, notes.languages, header.attributes, header.splits, unrolled.index, untyped)

    def scope(self, frame: Frame, limit: int) -> Scope:
        return Scope(self.world, frame.prefix, limit, frame.group, frame.loop, frame.option)

    def rule(self, source: str, scope: Scope, notes: Notes, line: int) -> CompiledRule | None:
        try:
            return compile_rule(source, scope)
        except ToldAlready:
            return None
        except RuleError as error:
            notes.add(line, error.what, error.mend)
            return None

    def texts(self, text: Text, scope: Scope, notes: Notes, line: int, extra: Iterable[str] = ()) -> Text:
        extra = tuple(extra)
        for words in text.values():
            try:
                piping.check(words, scope, extra)
            except ToldAlready:
                continue
            except RuleError as error:
                notes.add(line, error.what, error.mend)
        return text

    def nodes(self) -> tuple[Node, ...]:
        return tuple(self.node(draft) for draft in self.unrolled.drafts)

    def node(self, draft: DraftNode) -> Node:
        notes, before = draft.frame.notes, self.scope(draft.frame, draft.position)
        for field in _PIPED_FIELDS:
            # "Tell us more" and help come after the answer to earlier questions only, like the text itself.
            self.texts(getattr(draft.question, field), before, notes, draft.line)
        for option in draft.question.options:
            if any("{" in label for label in (*option.label.values(), *option.short.values())):
                what = f'the label of option "{option.key}" has a brace, and nothing is filled in there'
                notes.add(draft.line, what, "Labels are the same for everybody: write plain words.")
        guards = [self.guard(guard) for guard in draft.guards]
        jumps = [self.jump(jump, draft) for jump in draft.jumps]
        frame = draft.frame
        return Node(
            id=draft.id,
            question=draft.question,
            guards=tuple(guard for guard in guards if guard is not None),
            jumps=tuple(jump for jump in jumps if jump is not None),
            group=frame.group,
            binding={"option": frame.option, "over": frame.over} if frame.option is not None else {},
            line=draft.line,
        )

    def guard(self, guard: RawGuard | CompiledRule) -> CompiledRule | None:
        if isinstance(guard, CompiledRule):
            return guard
        return self.rule(guard.source, self.scope(guard.frame, guard.limit), guard.frame.notes, guard.line)

    def jump(self, jump: RawJump, draft: DraftNode) -> Jump | None:
        scope = self.scope(draft.frame, draft.position + 1)
        rule = None
        if jump.condition is not None:
            rule = self.rule(jump.condition, scope, draft.frame.notes, jump.line)
        try:
            return Jump(rule, self.target(jump.target, draft))
        except ToldAlready:
            return None
        except RuleError as error:
            draft.frame.notes.add(jump.line, error.what, error.mend)
            return None

    def target(self, name: str, draft: DraftNode) -> str:
        """The node id or `end:KEY` that a `goto` means. Raises `RuleError`."""
        if name.startswith("end:"):
            return self.ending(name[4:], draft.frame)
        position, whole_block = self.find(name, draft.frame.prefix)
        if position is None and name in self.world.untyped:
            raise ToldAlready(f'the question "{name}" has no type')
        if position is None:
            known = [*self.unrolled.index, *self.unrolled.blocks, *(f"end:{key}" for key in self.header.endings)]
            raise RuleError(f'there is nothing called "{name}" to go to', suggest(name, known))
        if position <= draft.position:
            mend = 'Jumps lead forward only; a customer goes back with "back".'
            raise RuleError(f'"{name}" does not lie further down', mend)
        if position >= len(self.unrolled.drafts):
            return "end:done"
        self.enterable(name, position, draft, whole_block)
        return self.unrolled.drafts[position].id

    def find(self, name: str, prefix: str) -> tuple[int | None, bool]:
        """Position of the nearest question or block of that name, and whether it is a block."""
        while True:
            if prefix + name in self.unrolled.index:
                return self.unrolled.index[prefix + name], False
            if prefix + name in self.unrolled.blocks:
                return self.unrolled.blocks[prefix + name].first, True
            if not prefix:
                return None, False
            prefix = prefix[: prefix.rstrip(".").rfind(".") + 1]

    def enterable(self, name: str, position: int, draft: DraftNode, whole_block: bool) -> None:
        """A jump may enter a shuffled group only at its beginning, and not lead from one of its members to another."""
        theirs, mine = self.unrolled.drafts[position].frame.group, draft.frame.group
        for level, (group, member) in enumerate(theirs):
            if mine[level : level + 1] == ((group, member),):
                continue
            same_group = len(mine) > level and mine[level][0] == group
            at_start = whole_block and position == self.unrolled.blocks[group].first
            if same_group or not at_start:
                what = f'"{name}" is inside the shuffled group "{group}", whose order is not known beforehand'
                raise RuleError(what, f"Jump to `{group}` as a whole, or behind it.")

    def ending(self, key: str, frame: Frame) -> str:
        if not frame.inlined:
            if key not in self.header.endings:
                raise RuleError(f'there is no ending "{key}"', suggest(key, self.header.endings))
            return f"end:{key}"
        # A sub-survey that ends early only ends itself: the outer survey goes on behind it.
        block = self.unrolled.blocks[frame.inlined]
        if block.group:
            mend = f'Take the sub-survey "{frame.inlined}" out of the shuffled group "{block.group[-1][0]}".'
            raise RuleError("a sub-survey that ends early cannot be shuffled", mend)
        if block.end >= len(self.unrolled.drafts):
            return "end:done"
        return self.unrolled.drafts[block.end].id

    def greeting(self) -> Text:
        return self.texts(self.header.greeting, Scope(self.world, limit=0), self.notes, self.header.greeting_line)

    def greeting_spoken(self) -> Text:
        scope, line = Scope(self.world, limit=0), self.header.greeting_spoken_line
        return self.texts(self.header.greeting_spoken, scope, self.notes, line)

    def everything(self) -> Scope:
        return Scope(self.world, limit=len(self.unrolled.drafts))

    def quotas(self) -> tuple[Quota, ...]:
        found = []
        for raw in self.header.quotas:
            rule = None
            if raw.when is not None:
                rule = self.rule(raw.when, self.everything(), self.notes, raw.line)
            found.append(Quota(raw.name, rule, raw.limit, raw.then))
        return tuple(found)

    def recovery(self) -> tuple[RecoveryRule, ...]:
        found = []
        for raw in self.header.recovery:
            rule = self.rule(raw.when, self.everything(), self.notes, raw.line)
            tell = self.texts(raw.tell, self.everything(), self.notes, raw.line, extra=("due",))
            if rule is not None:
                found.append(RecoveryRule(rule, raw.team, raw.priority, raw.respond_within, tell))
        return tuple(found)

    def review(self) -> Review | None:
        for key, ending in self.header.endings.items():
            self.texts(ending.text, self.everything(), self.notes, self.header.ending_lines[key])
        if self.header.review is None:
            return None
        raw = self.header.review
        wordings = []
        for when, text, line in raw.wordings:
            rule = self.rule(when, self.everything(), self.notes, line)
            words = self.texts(text, self.everything(), self.notes, line, extra=("url",))
            if rule is not None:
                wordings.append((rule, words))
        words = self.texts(raw.text, self.everything(), self.notes, raw.line, extra=("url",))
        return Review(raw.url, words, tuple(wordings))
