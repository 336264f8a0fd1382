"""What is wrong with an FAQ file, as data."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from bot.errors import ConductorError

Level = Literal["error", "warning"]


@dataclass(frozen=True, order=True)
class Problem:
    """One finding: which file, what is wrong, how to mend it, in which line (0: the whole file). An error keeps the FAQ
    from being used."""

    file: str
    what: str
    mend: str = ""
    level: Level = "error"
    line: int = 0

    def __str__(self) -> str:
        place = f"{self.file}, line {self.line}" if self.line else self.file
        return f"{place}: {self.what}. {self.mend}".rstrip()


class FaqError(ConductorError):
    """The FAQ cannot be used. `problems` holds every mistake that was found."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = sorted(problems)
        super().__init__("The FAQ can't be used:\n" + "\n".join(map(str, self.problems)))


MOST_SHOWN = 20


def refused(problems: Iterable[Problem]) -> ConductorError:
    """The error of an import that was refused: nothing was written."""
    found = sorted(problems, key=lambda p: (p.file, p.line))
    more = [f"… and {len(found) - MOST_SHOWN} more."] if len(found) > MOST_SHOWN else []
    return ConductorError("Nothing was imported:\n" + "\n".join([*map(str, found[:MOST_SHOWN]), *more]))
