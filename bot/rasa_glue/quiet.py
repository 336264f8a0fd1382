"""Rasa prepares log lines that are not written: it copies events deeply for them, and binds a logger for each."""

from __future__ import annotations

import logging
from types import SimpleNamespace
from typing import Any

import rasa.core.processor


class Quiet:
    """A structlog logger whose `debug` does nothing."""

    def __init__(self, loud: Any) -> None:
        self._loud = loud

    def debug(self, *_words: Any, **_facts: Any) -> None:
        """Nobody reads it."""

    def __getattr__(self, name: str) -> Any:
        return getattr(self._loud, name)


def quiet() -> None:
    """The processor neither copies nor binds for lines below the level of its log: a seventh of a turn. It copies for
    nothing else (`tests/rasa_glue/test_quiet.py` looks). Where debugging is on, nothing changes. A second call changes
    nothing."""
    processor = rasa.core.processor
    if logging.getLogger(processor.__name__).isEnabledFor(logging.DEBUG) or isinstance(processor.structlogger, Quiet):
        return
    processor.structlogger = Quiet(processor.structlogger)
    processor.copy = SimpleNamespace(deepcopy=_itself)


def _itself(value: Any) -> Any:
    return value
