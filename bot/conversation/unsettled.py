"""What became of letters and could not be written down: a letter that stayed "sending" would hold back all later ones
of its conversation."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from bot.conversation.failure import tell
from bot.telemetry.away import DATABASE

log = logging.getLogger(__name__)

TRIES = 60
"""So often an outcome is tried that the database refuses while it takes others: each second or so, much longer than
turns get in each other's way."""

Write = Callable[[], Awaitable[None]]


@dataclass
class _Owed:
    write: Write
    otherwise: Write
    refused: int = 0


@dataclass
class Unsettled:
    """Letter → how its outcome is written."""

    _owed: dict[int, _Owed] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self._owed)

    async def settle(self, letter: int, write: Write, otherwise: Write) -> None:
        """Write it; when that fails it is owed, and the error is raised. `otherwise`: what is written where it can't
        be."""
        try:
            await write()
        except BaseException:
            self._owed[letter] = _Owed(write, otherwise)
            raise
        self._owed.pop(letter, None)

    async def write_the_rest(self) -> None:
        """What is owed. Raises what says that the database is away; one outcome that it refuses holds up no other."""
        for letter, owed in list(self._owed.items()):
            gives_up = owed.refused >= TRIES
            try:
                await (owed.otherwise if gives_up else owed.write)()
            except Exception as error:
                if DATABASE.caused(error) or isinstance(error, OSError):
                    raise
                owed.refused += 1
                tell(log, error, "What became of letter %s could not be written; trying again.", letter)
            else:
                if gives_up:
                    log.error("What became of letter %s can't be written: it counts as failed.", letter)
                self._owed.pop(letter, None)
