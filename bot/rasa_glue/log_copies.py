"""Rasa copies events, deeply, for log lines that are not written."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import rasa.core.processor


def log_without_copies() -> None:
    """The processor's log lines get the objects themselves: a tenth of a turn. It copies for nothing else
    (`tests/rasa_glue/test_log_copies.py` looks)."""
    rasa.core.processor.copy = SimpleNamespace(deepcopy=_itself)


def _itself(value: Any) -> Any:
    return value
