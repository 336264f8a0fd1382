"""YAML read by libyaml where PyYAML has it: ten times as fast. Reading surveys and the FAQ was most of what a command
waited for.

libyaml calls itself for everything nested, without a limit: 60,000 brackets end the process. So a text that might nest
deep is left to PyYAML's own reader, which raises an error there. What libyaml can't read is read again, too: PyYAML's
words for what is wrong are the ones that we show.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import yaml

DEEPEST = 2_000
"""Brackets in a text, or columns of a line. libyaml takes 20,000 levels on a stack of 8 MB; brackets make one each, and
a column two at most (a list stands under its key without being indented)."""
QUICK: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def read(text: str) -> Any:
    """As `yaml.safe_load`. Raises yaml.YAMLError; RecursionError for what is nested too deep."""
    return _quickly(yaml.load, text, QUICK, yaml.SafeLoader)


def compose(text: str, quick: Any = QUICK, plain: Any = yaml.SafeLoader) -> yaml.Node | None:
    """As `yaml.compose`: nodes, which know their lines. Raises as `read` does. `quick` and `plain`: two loaders that
    mean the same."""
    node: yaml.Node | None = _quickly(yaml.compose, text, quick, plain)
    return node


def _quickly(how: Callable[[str, Any], Any], text: str, quick: Any, plain: Any) -> Any:
    if not nests_deep(text):
        try:
            return how(text, quick)
        except yaml.YAMLError:
            pass
    return how(text, plain)


def nests_deep(text: str) -> bool:
    """May there be thousands of levels? Each takes a bracket, or begins at a column further right."""
    if text.count("[") + text.count("{") > DEEPEST:
        return True
    return len(text) > DEEPEST and max(map(len, text.splitlines())) > DEEPEST
