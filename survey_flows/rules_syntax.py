"""The grammar of conditions: text → tree. What the names mean is decided in `rules.py`.

or      := and ("or" and)*
and     := not ("and" not)*
not     := "not" not | primary
primary := "(" or ")" | call | operand [("==" | "!=" | "<" | "<=" | ">" | ">=" | ["not"] "in") operand]
call    := name "(" operand ("," operand)* ")"
operand := name | number | "text" | "true" | "false" | "[" operand ("," operand)* "]" | call
"""

from __future__ import annotations

import re
from dataclasses import dataclass

DEEPEST = 30


class RuleError(Exception):
    """A condition is wrong. `mend` says what to do."""

    def __init__(self, what: str, mend: str = "") -> None:
        super().__init__(what)
        self.what, self.mend = what, mend


class ToldAlready(RuleError):
    """What is wrong follows from a mistake that is reported elsewhere: saying it again would mislead."""


@dataclass(frozen=True, slots=True)
class Name:
    text: str


@dataclass(frozen=True, slots=True)
class Literal:
    """A number, a quoted text, true or false. `source` is what was written."""

    value: float | int | str | bool
    source: str


@dataclass(frozen=True, slots=True)
class Listing:
    items: tuple[Tree, ...]


@dataclass(frozen=True, slots=True)
class Call:
    function: str
    arguments: tuple[Tree, ...]


@dataclass(frozen=True, slots=True)
class Compare:
    left: Tree
    operator: str
    right: Tree


@dataclass(frozen=True, slots=True)
class Not:
    inner: Tree


@dataclass(frozen=True, slots=True)
class Both:
    """`and` (all) or `or` (any) of the parts."""

    all: bool
    parts: tuple[Tree, ...]


Tree = Name | Literal | Listing | Call | Compare | Not | Both

_TOKEN = re.compile(
    r"""\s*(?:
      (?P<text>"[^"]*"|'[^']*')
    | (?P<number>-?[0-9]+(?:\.[0-9]+)?(?![A-Za-z0-9_]))
    | (?P<name>[A-Za-z0-9_]+(?:\.[A-Za-z0-9_]+)*)
    | (?P<sign><=|>=|==|!=|<|>|\(|\)|\[|\]|,)
    )""",
    re.VERBOSE,
)
_COMPARISONS = ("==", "!=", "<", "<=", ">", ">=", "in")
_SLIPS = {
    "=": "Write == to compare.",
    "&": "Write `and`.",
    "|": "Write `or`.",
    "!": "Write `not`, or != to compare.",
    '"': "Close the quotes.",
    "'": "Close the quotes.",
}


def _tokens(source: str) -> list[tuple[str, str]]:
    found, at = [], 0
    end = len(source.rstrip())
    while at < end:
        match = _TOKEN.match(source, at)
        if match is None:
            rest = source[at:].lstrip()
            raise RuleError(
                f"the condition is not understood at `{rest[:20]}`",
                _SLIPS.get(rest[0], "See the conditions in docs/reference/survey-format.md."),
            )
        at = match.end()
        found.append((str(match.lastgroup), match[str(match.lastgroup)]))
    return found


class _Parser:
    def __init__(self, source: str) -> None:
        self.tokens, self.at, self.depth = _tokens(source), 0, 0

    def peek(self) -> str:
        return self.tokens[self.at][1] if self.at < len(self.tokens) else ""

    def take(self, *words: str) -> bool:
        if self.at < len(self.tokens) and self.tokens[self.at][0] != "text" and self.peek() in words:
            self.at += 1
            return True
        return False

    def expect(self, sign: str) -> None:
        if not self.take(sign):
            found = f"`{self.peek()}`" if self.peek() else "the end"
            raise RuleError(f"`{sign}` is missing before {found}", f"Add `{sign}`.")

    def either(self) -> Tree:
        self.depth += 1
        if self.depth > DEEPEST:
            raise RuleError("the condition is nested too deeply", "Split it into several questions or jumps.")
        parts = [self.all_of()]
        while self.take("or"):
            parts.append(self.all_of())
        self.depth -= 1
        return parts[0] if len(parts) == 1 else Both(False, tuple(parts))

    def all_of(self) -> Tree:
        parts = [self.negated()]
        while self.take("and"):
            parts.append(self.negated())
        return parts[0] if len(parts) == 1 else Both(True, tuple(parts))

    def negated(self) -> Tree:
        times = 0
        while self.take("not"):
            times += 1
        inner = self.primary()
        return Not(inner) if times % 2 else inner

    def primary(self) -> Tree:
        if self.take("("):
            inner = self.either()
            self.expect(")")
            return inner
        left = self.operand()
        negative = self.take("not")
        if negative and self.peek() != "in":
            raise RuleError("`not` stands in the wrong place", "Write `not x == y`, or `x not in [a, b]`.")
        operator = self.peek()
        if not self.take(*_COMPARISONS):
            return left
        compared = Compare(left, operator, self.operand())
        if self.peek() in _COMPARISONS:
            raise RuleError("comparisons cannot be chained", "Write `x > 1 and x < 5`.")
        return Not(compared) if negative else compared

    def operand(self) -> Tree:
        if self.at >= len(self.tokens):
            raise RuleError("the condition ends too early", "Complete it, for example `score <= 6`.")
        if self.take("["):
            return Listing(self._until("]"))
        kind, word = self.tokens[self.at]
        self.at += 1
        if kind == "text":
            return Literal(word[1:-1], word)
        if kind == "number":
            return Literal(float(word) if "." in word else int(word), word)
        if kind == "sign" or word in ("and", "or", "in"):
            raise RuleError(
                f"`{word}` stands in the wrong place", "A condition looks like `score <= 6 and answered(why)`."
            )
        if word in ("true", "false"):
            return Literal(word == "true", word)
        return Call(word, self._until(")")) if self.take("(") else Name(word)

    def _until(self, closing: str) -> tuple[Tree, ...]:
        items: list[Tree] = []
        if self.take(closing):
            return ()
        items.append(self.operand())
        while self.take(","):
            items.append(self.operand())
        self.expect(closing)
        return tuple(items)


def parse(source: str) -> Tree:
    """The tree of a condition. Raises `RuleError`."""
    if len(source) > 2000:
        raise RuleError("the condition is longer than 2,000 characters", "Split it.")
    if not source.strip():
        raise RuleError("the condition is empty", "Write one, for example `score <= 6`, or remove the field.")
    parser = _Parser(source)
    tree = parser.either()
    if parser.at < len(parser.tokens):
        raise RuleError(f"`{parser.peek()}` is not expected here", "Join conditions with `and` or `or`.")
    return tree
