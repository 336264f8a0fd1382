"""Sanic in tests: several apps, one after the other, in one process."""

from __future__ import annotations

import uuid
from functools import cache

from sanic import Sanic
from sanic.touchup import TouchUp

_REAL_TOUCH_UP = TouchUp.run


@cache
def _touch_up() -> None:
    _REAL_TOUCH_UP(Sanic(f"test_{uuid.uuid4().hex}", configure_logging=False))


def touch_up_once(app: Sanic) -> None:
    """At its start Sanic rewrites its own classes; it can do so only once a process, whoever starts the first app."""
    _touch_up()
