"""YAML read by libyaml where PyYAML has it: ten times as fast. Most of what a command waited for were the FAQ's files.

libyaml calls itself for everything nested, without a limit: 60,000 brackets end the process. So a long text is left to
PyYAML's own reader, which raises an error there. What libyaml can't read is read again, too: PyYAML's words for what
is wrong are the ones that we show.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import yaml

LONGEST = 8_000
"""Characters. As many brackets are no danger: libyaml takes 20,000 on a stack of 8 MB."""
_QUICK: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def read(text: str) -> Any:
    """As `yaml.safe_load`. Raises yaml.YAMLError."""
    return _quickly(yaml.load, text)


def compose(text: str) -> yaml.Node | None:
    """As `yaml.compose`: nodes, which know their lines. Raises yaml.YAMLError."""
    node: yaml.Node | None = _quickly(yaml.compose, text)
    return node


def _quickly(how: Callable[[str, Any], Any], text: str) -> Any:
    if len(text) <= LONGEST:
        try:
            return how(text, _QUICK)
        except yaml.YAMLError:
            pass
    return how(text, yaml.SafeLoader)
