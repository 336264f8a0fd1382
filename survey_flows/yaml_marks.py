"""YAML that remembers its lines, so that every mistake can be shown where it is.

It reads the YAML 1.2 core of scalars (only `true` and `false` are booleans: `no` is Norwegian, or an option's key;
`12:30` is text; there are no dates). Doubled keys are reported, not silently overwritten. Aliases are allowed, within a
bound on the total size.
"""

from __future__ import annotations

import re
from typing import Any

import yaml

from survey_flows import quick_yaml
from survey_flows.problems import Problem

LARGEST_SOURCE = 1_000_000
"""Characters. A survey file is read by people; a larger one is a mistake or an attack."""
MOST_VALUES = 100_000
"""Values after aliases are expanded: stops a "billion laughs" file."""
DEEPEST = 40


_GLUED = re.compile(r"^\s*(?:- +)?([a-z_]+):([^\s:/].*?)\s*$")
"""A field whose value follows without a blank ("type:nps")."""


class MarkedDict(dict[str, Any]):
    """A mapping with the line of each key in `lines`, and of its own beginning in `line`."""

    def __init__(self, line: int) -> None:
        super().__init__()
        self.line = line
        self.lines: dict[str, int] = {}

    def line_of(self, key: str) -> int:
        return self.lines.get(key, self.line)


class MarkedList(list[Any]):
    """A sequence with the line of each item in `lines`."""

    def __init__(self, line: int) -> None:
        super().__init__()
        self.line = line
        self.lines: list[int] = []


class _Loader(yaml.SafeLoader):
    """Composes only; scalars are resolved by the patterns below."""

    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}  # noqa: RUF012


class _QuickLoader(quick_yaml.QUICK):  # type: ignore[misc]
    """The same by libyaml."""

    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}  # noqa: RUF012


_NULL, _BOOL, _INT, _FLOAT = (f"tag:yaml.org,2002:{t}" for t in ("null", "bool", "int", "float"))
for _loader in (_Loader, _QuickLoader):
    _loader.add_implicit_resolver(_NULL, re.compile(r"^(?:~|null|)$"), ["~", "n", ""])
    _loader.add_implicit_resolver(_BOOL, re.compile(r"^(?:true|false)$"), list("tf"))
    _loader.add_implicit_resolver(_INT, re.compile(r"^[-+]?[0-9]+$"), list("-+0123456789"))
    _loader.add_implicit_resolver(_FLOAT, re.compile(r"^[-+]?[0-9]+\.[0-9]+$"), list("-+0123456789"))


def _scalar(node: yaml.ScalarNode) -> Any:
    text = str(node.value)
    if node.tag == _NULL:
        return None
    if node.tag == _BOOL:
        return text == "true"
    if node.tag == _INT:
        return int(text) if len(text) <= 18 else text
    return float(text) if node.tag == _FLOAT else text


_NO_CHARACTER = re.compile("[\x00\ud800-\udfff]")
"""NUL and halves of a pair: YAML lets them be written as escapes, and nobody can store or send them."""


class _Builder:
    def __init__(self, filename: str, problems: list[Problem]) -> None:
        self.filename, self.problems, self.values = filename, problems, 0

    def build(self, node: yaml.Node, depth: int = 0) -> Any:
        self.values += 1
        if self.values > MOST_VALUES or depth > DEEPEST:
            raise OverflowError
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, depth)
        if isinstance(node, yaml.SequenceNode):
            items = MarkedList(node.start_mark.line + 1)
            for child in node.value:
                items.append(self.build(child, depth + 1))
                items.lines.append(child.start_mark.line + 1)
            return items
        assert isinstance(node, yaml.ScalarNode)
        self._readable(node)
        return _scalar(node)

    def _readable(self, node: yaml.ScalarNode) -> None:
        if _NO_CHARACTER.search(str(node.value)):
            what = "a text has an escape (\\ud800 to \\udfff, or \\0) that is no character"
            mend = "Write the character itself, or \\U and its eight digits."
            self.problems.append(Problem(self.filename, node.start_mark.line + 1, what, mend))

    def _mapping(self, node: yaml.MappingNode, depth: int) -> MarkedDict:
        result = MarkedDict(node.start_mark.line + 1)
        for key_node, value_node in node.value:
            line = key_node.start_mark.line + 1
            if not isinstance(key_node, yaml.ScalarNode):
                self.problems.append(Problem(self.filename, line, "a key must be a single word", "Write `key: value`."))
                continue
            self._readable(key_node)
            key = str(key_node.value)
            if key in result:
                first = result.lines[key]
                what = f'"{key}" is given twice (first on line {first})'
                self.problems.append(Problem(self.filename, line, what, "Remove one of the two."))
            result[key] = self.build(value_node, depth + 1)
            result.lines[key] = line
        return result


def _not_yaml(error: yaml.MarkedYAMLError, source: str, filename: str) -> Problem:
    """A syntax error at the line that has to be mended. A key without its colon is noticed only on the line after."""
    mark = error.problem_mark or error.context_mark
    if error.context == "while scanning a simple key":
        mark = error.context_mark or mark
    line = mark.line + 1 if mark else 0
    for suspect in (line, line - 1):
        glued = _GLUED.match(source.splitlines()[suspect - 1]) if 0 < suspect <= source.count("\n") + 1 else None
        if glued:
            what = f"this is not valid YAML: the blank after `{glued[1]}:` is missing"
            return Problem(filename, suspect, what, f"Write `{glued[1]}: {glued[2]}`.")
    what = "this is not valid YAML: " + " ".join(filter(None, (error.context, error.problem)))
    mend = "Check the indentation, and put texts with `: `, or with ? or , inside braces, in quotes."
    return Problem(filename, line, what, mend)


def parse(source: str, filename: str) -> tuple[Any, list[Problem]]:
    """The document as `MarkedDict`/`MarkedList`/scalars, and the problems met. With a syntax error the document is
    None."""
    if len(source) > LARGEST_SOURCE:
        what = f"the file has {len(source):,} characters; the limit is {LARGEST_SOURCE:,}"
        return None, [Problem(filename, 0, what, "Split the survey into sub-surveys.")]
    problems: list[Problem] = []
    try:
        node = quick_yaml.compose(source, _QuickLoader, _Loader)
        document = _Builder(filename, problems).build(node) if node is not None else None
    except yaml.MarkedYAMLError as error:
        return None, [_not_yaml(error, source, filename)]
    except yaml.YAMLError as error:
        return None, [Problem(filename, 0, f"this is not valid YAML: {error}", "Save the file as plain UTF-8 text.")]
    except (OverflowError, RecursionError):
        return None, [Problem(filename, 0, "the file is too deeply nested or too large", "Use fewer YAML aliases.")]
    if document is None:
        problems.append(Problem(filename, 0, "the file is empty", "`conductor survey new` writes one to start from."))
    return document, problems
