"""A process that dies in the middle of its work, inside the test's own: for tests of many steps, which forks would make
slow. `tests/faults/test_kill.py` does it with `kill -9`."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from types import SimpleNamespace
from typing import Any

from bot.conversation import faults
from tests.journeys.stage import Stage


class Died(BaseException):
    """No handler of the product catches it."""


class _EveryPoint(str):
    __hash__ = str.__hash__

    def __eq__(self, _other: object) -> bool:
        return True


def _die(*_: object) -> None:
    faults._armed = _EveryPoint("every")  # who is dead goes no step further
    raise Died


@asynccontextmanager
async def dies_at(stage: Stage, point: str) -> AsyncIterator[None]:
    """What is done here is done by a process that dies at that fault point, if it gets there; then another one takes
    its place. Its locks are free at once, as after a while in life."""
    old, system = stage.conductor, faults.os
    faults.os = SimpleNamespace(kill=_die, getpid=os.getpid)  # type: ignore[assignment]
    faults.arm(point)
    try:
        yield
    except Died:
        pass
    finally:
        await _bury(old)
        faults.os = system  # type: ignore[misc]
        faults.arm("")
    await stage.restart()


async def _bury(conductor: Any) -> None:
    """Nothing is finished."""
    await conductor.worker.stop()
    if conductor.together is not None:
        await conductor.together.stop()
    await conductor.database.close()
