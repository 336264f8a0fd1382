"""Conditions: checked at load, compiled to closures, never evaluated as code.

A condition reads facts: a mapping of names to values (`engine.facts`). Names are node ids, ``contact.tier``,
``channel``, ``language``, ``earlier.SURVEY.QUESTION`` and ``split.NAME``. A skipped question's fact is `SKIPPED`. A
comparison with a fact that is absent, skipped or of another kind is false (so `not score > 5` holds when there is no
score).
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any, Final

from survey_flows.problems import suggest
from survey_flows.questions import type_of
from survey_flows.rules_syntax import Both, Call, Compare, Listing, Literal, Name, Not, RuleError, Tree, parse
from survey_flows.scope import Scope, Symbol

Facts = Mapping[str, Any]
Test = Callable[[Facts], bool]


class _Skipped:
    __slots__ = ()

    def __repr__(self) -> str:
        return "SKIPPED"


SKIPPED: Final = _Skipped()
"""The fact of a question that was skipped."""

_ORDER: dict[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_CALLS = {
    "answered": "answered(score)",
    "skipped": "skipped(score)",
    "contains": 'contains(why, "refund")',
    "count": "count(liked) >= 2",
}


class CompiledRule:
    """A checked condition. `tree` is its syntax, for tools that reason about conditions; `names` are the facts it
    reads."""

    __slots__ = ("names", "source", "test", "tree")

    def __init__(self, source: str, names: tuple[str, ...], test: Test, tree: Tree) -> None:
        self.source, self.names, self.test, self.tree = source, names, test, tree

    def __call__(self, facts: Facts) -> bool:
        return self.test(facts)

    def __repr__(self) -> str:
        return f"CompiledRule({self.source!r})"


def compile_rule(source: str, scope: Scope) -> CompiledRule:
    """Checks `source` in its scope. Raises `RuleError`, with what is wrong and how to mend it."""
    tree = parse(source)
    compiler = _Compiler(scope)
    test = compiler.condition(tree)
    return CompiledRule(source, tuple(dict.fromkeys(compiler.names)), test, tree)


def option_is(node_id: str, key: str) -> CompiledRule:
    """The guard of a loop's copy: "this option was chosen"."""

    def test(facts: Facts) -> bool:
        value = facts.get(node_id)
        return value == key or (isinstance(value, (list, tuple)) and key in value)

    source = f"{key} in {node_id}"
    return CompiledRule(source, (node_id,), test, Compare(Name(key), "in", Name(node_id)))


def _kind_of(value: Any) -> str:
    if isinstance(value, bool):
        return "bool"
    return "number" if isinstance(value, (int, float)) else "text"


class _Compiler:
    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self.names: list[str] = []

    def symbol(self, tree: Tree) -> Symbol:
        if not isinstance(tree, Name):
            raise RuleError("a question or a contact attribute is expected here", "Write its id without quotes.")
        found = self.scope.symbol(tree.text)
        if found.constant is None:
            self.names.append(found.name)
        return found

    def condition(self, tree: Tree) -> Test:
        if isinstance(tree, Both):
            return _join(tree.all, [self.condition(part) for part in tree.parts])
        if isinstance(tree, Not):
            inner = self.condition(tree.inner)
            return lambda facts: not inner(facts)
        if isinstance(tree, Literal) and isinstance(tree.value, bool):
            constant = tree.value
            return lambda facts: constant
        if isinstance(tree, Compare):
            return self.comparison(tree)
        if isinstance(tree, Call):
            return self.call(tree)
        if isinstance(tree, Name):
            return self.bare(tree)
        raise RuleError("this is no condition", "Compare it with something, for example `score <= 6`.")

    def bare(self, tree: Name) -> Test:
        symbol = self.symbol(tree)
        if symbol.kind not in ("bool", "any"):
            raise RuleError(f'"{tree.text}" alone is no condition', f"Compare it, or write `answered({tree.text})`.")
        name = symbol.name
        return lambda facts: facts.get(name) is True

    def call(self, tree: Call) -> Test:
        if tree.function not in _CALLS:
            raise RuleError(f'there is no function "{tree.function}"', suggest(tree.function, _CALLS))
        if tree.function == "count":
            raise RuleError("count(…) is a number, no condition", "Compare it: `count(liked) >= 2`.")
        if not tree.arguments or (tree.function != "contains" and len(tree.arguments) > 1):
            raise RuleError(
                f"{tree.function}(…) has the wrong number of arguments", f"Write `{_CALLS[tree.function]}`."
            )
        symbol = self.symbol(tree.arguments[0])
        name = symbol.name
        if tree.function == "answered":
            return lambda facts: facts.get(name, SKIPPED) is not SKIPPED
        if tree.function == "skipped":
            return lambda facts: facts.get(name) is SKIPPED
        return self.contains(symbol, tree.arguments[1:])

    def contains(self, symbol: Symbol, arguments: tuple[Tree, ...]) -> Test:
        if symbol.kind not in ("text", "any") or symbol.words is not None:
            raise RuleError(f'contains(…) reads texts, and "{symbol.name}" is none', "Compare it with == or in.")
        words: list[str] = []
        for argument in arguments:
            if not isinstance(argument, (Literal, Name)):
                raise RuleError("contains(…) looks for words", f"Write `{_CALLS['contains']}`.")
            words.append((str(argument.value) if isinstance(argument, Literal) else argument.text).casefold())
        if not words:
            raise RuleError("contains(…) needs a word to look for", f"Write `{_CALLS['contains']}`.")
        name = symbol.name

        def test(facts: Facts) -> bool:
            value = facts.get(name)
            return isinstance(value, str) and any(word in value.casefold() for word in words)

        return test

    def comparison(self, tree: Compare) -> Test:
        if tree.operator == "in":
            return self.membership(tree)
        if isinstance(tree.left, Call):
            return self.counted(tree)
        if not isinstance(tree.left, Name):
            raise RuleError("the left side of a comparison must be a name", "Write `score <= 6`, not `6 >= score`.")
        symbol = self.symbol(tree.left)
        if symbol.kind == "options":
            mend = f"Write `KEY in {tree.left.text}`, or count({tree.left.text})."
            raise RuleError(f'"{tree.left.text}" may have several answers, so it cannot be compared', mend)
        wanted = self.value(symbol, tree.right, tree.left.text)
        if tree.operator in ("==", "!="):
            return self.equality(symbol, [wanted], tree.operator == "==")
        if symbol.kind not in ("number", "date", "any"):
            raise RuleError(
                f'"{tree.left.text}" has no order, so {tree.operator} means nothing', "Use == or in [a, b]."
            )
        return _ordered(self.reader(symbol), _ORDER[tree.operator], wanted)

    def reader(self, symbol: Symbol) -> Callable[[Facts], Any]:
        """What reads the symbol's value from the facts; None when it is not known."""
        name = symbol.name
        if symbol.constant is not None:
            constant = symbol.constant
            return lambda facts: constant
        if symbol.kind == "band" and symbol.question is not None:
            return _band_reader(name, symbol)
        return lambda facts: facts.get(name)

    def equality(self, symbol: Symbol, wanted: list[Any], positive: bool) -> Test:
        read = self.reader(symbol)
        if positive and all(type(value) is str for value in wanted):
            return lambda facts: read(facts) in wanted
        kinds = {_kind_of(value) for value in wanted}

        def test(facts: Facts) -> bool:
            value = read(facts)
            if value is None or value is SKIPPED or _kind_of(value) not in kinds:
                return False
            return (value in wanted) is positive

        return test

    def membership(self, tree: Compare) -> Test:
        if isinstance(tree.right, Listing):
            symbol = self.symbol(tree.left)
            if symbol.kind == "options":
                raise RuleError("write the option first", "Write `KEY in QUESTION`, joined with `or`.")
            text = tree.left.text if isinstance(tree.left, Name) else ""
            return self.equality(symbol, [self.value(symbol, item, text) for item in tree.right.items], True)
        if not isinstance(tree.right, Name):
            raise RuleError("`in` needs a list or a multi_choice question", "Write `x in [a, b]` or `KEY in QUESTION`.")
        many = self.symbol(tree.right)
        if many.kind not in ("options", "option", "any") or many.constant is not None:
            raise RuleError(f'"{tree.right.text}" has no options', "Write `x in [a, b]` or `KEY in QUESTION`.")
        key = self.option_key(tree.left, many)
        name = many.name

        def test(facts: Facts) -> bool:
            value = facts.get(name)
            return value == key or (isinstance(value, (list, tuple)) and key in value)

        return test

    def option_key(self, tree: Tree, many: Symbol) -> str:
        if isinstance(tree, Name) and tree.text == "option" and (many.words is None or "option" not in many.words):
            return str(self.scope.symbol("option").constant)
        return str(self.value(many, tree, many.name))

    def counted(self, tree: Compare) -> Test:
        call = tree.left
        if not isinstance(call, Call) or call.function != "count" or len(call.arguments) != 1:
            raise RuleError("only count(…) can be compared", "Write `count(liked) >= 2`.")
        symbol = self.symbol(call.arguments[0])
        if symbol.kind not in ("options", "any"):
            raise RuleError(
                f'count(…) needs a multi_choice question, and "{symbol.name}" is none', "Compare it directly."
            )
        if not isinstance(tree.right, Literal) or _kind_of(tree.right.value) != "number":
            raise RuleError("count(…) is compared with a number", "Write `count(liked) >= 2`.")
        name, wanted = symbol.name, tree.right.value
        compare = _ORDER.get(tree.operator) or (operator.eq if tree.operator == "==" else operator.ne)

        def test(facts: Facts) -> bool:
            value = facts.get(name)
            return isinstance(value, (list, tuple)) and bool(compare(len(value), wanted))

        return test

    def value(self, symbol: Symbol, tree: Tree, written: str) -> Any:
        """The right side as a value of the symbol's kind; raises `RuleError` when it cannot be one."""
        if isinstance(tree, Name):
            found: Any = tree.text
            source = tree.text
        elif isinstance(tree, Literal):
            found, source = tree.value, tree.source
        else:
            raise RuleError(
                f'"{written}" is compared with something that is no value', "Write a number, a word or a text."
            )
        if symbol.words is not None:
            word = source.strip("\"'")
            if word not in symbol.words:
                raise RuleError(f'"{word}" is never the value of {written}', suggest(word, symbol.words))
            return word
        if symbol.kind == "date":
            return _date(found, written)
        if symbol.kind in ("number", "bool") and _kind_of(found) != symbol.kind:
            wanted = "a number" if symbol.kind == "number" else "true or false"
            raise RuleError(
                f'{written} is {wanted}, and cannot be compared with "{source}"', f"Compare it with {wanted}."
            )
        if symbol.kind == "text" and not isinstance(found, str):
            if isinstance(found, bool):
                raise RuleError(f"{written} is a text, not true or false", 'Put the word in quotes: "true".')
            return source
        return found


def _date(found: Any, written: str) -> str:
    try:
        return date.fromisoformat(found if isinstance(found, str) else "").isoformat()
    except ValueError:
        what = f'{written} is a date, and "{found}" is none'
        raise RuleError(what, 'Write it like this, in quotes: "2026-03-05".') from None


def _join(every: bool, parts: list[Test]) -> Test:
    if every:
        return lambda facts: all(part(facts) for part in parts)
    return lambda facts: any(part(facts) for part in parts)


def _ordered(read: Callable[[Facts], Any], compare: Callable[[Any, Any], bool], wanted: Any) -> Test:
    types = (int, float) if _kind_of(wanted) == "number" else (str,)

    def test(facts: Facts) -> bool:
        value = read(facts)
        return type(value) in types and compare(value, wanted)

    return test


def _band_reader(name: str, symbol: Symbol) -> Callable[[Facts], Any]:
    question = symbol.question
    assert question is not None
    score = type_of(question).score

    def read(facts: Facts) -> Any:
        value = facts.get(name, SKIPPED)
        return None if value is SKIPPED else score(question, value).band

    return read
