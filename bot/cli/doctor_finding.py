"""What `conductor doctor` says about one subject."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Level = Literal["ok", "warn", "fail"]


@dataclass(frozen=True)
class Finding:
    """`words` say what was found, `mend` what to do about it ("" when nothing is to be done)."""

    level: Level
    subject: str
    words: str
    mend: str = ""
