"""How wide words are, and how they are broken into lines, without a font at hand.

A picture made on a server cannot ask the browser how wide a text is. Widths are estimated per character class, in em,
from the advance widths of the common system sans-serif faces (Helvetica, Segoe UI, Roboto); the estimate errs on the
wide side, so text stays in its box.
"""

from __future__ import annotations

import unicodedata

_NARROW = frozenset("iljtfrI|.,:;'!()[]{}·-’‘`/ ")
_BROAD = frozenset("mwMW@%…—⚡")
_EM_NARROW, _EM_LOWER, _EM_UPPER, _EM_BROAD, _EM_FULL = 0.33, 0.55, 0.67, 0.9, 1.05

ELLIPSIS = "…"


def _em(character: str) -> float:
    if unicodedata.combining(character):
        return 0.0
    if unicodedata.east_asian_width(character) in "WF":
        return _EM_FULL
    if character in _NARROW:
        return _EM_NARROW
    if character in _BROAD:
        return _EM_BROAD
    return _EM_UPPER if character.isupper() else _EM_LOWER


def width(text: str, size: float) -> float:
    """The estimated width of one line of `text` at font size `size` (both in pixels)."""
    return sum(_em(character) for character in text) * size


def clip(text: str, size: float, room: float) -> str:
    """`text` if it fits in `room` pixels, else as much of it as fits with an ellipsis at the end."""
    text = " ".join(text.split())
    if width(text, size) <= room:
        return text
    used = width(ELLIPSIS, size)
    kept = []
    for character in text:
        used += _em(character) * size
        if used > room:
            break
        kept.append(character)
    return "".join(kept).rstrip() + ELLIPSIS


def wrap(text: str, size: float, room: float, lines: int) -> tuple[str, ...]:
    """`text` in at most `lines` lines of `room` pixels; what does not fit ends in an ellipsis. Long words are
    clipped."""
    done: list[str] = []
    words = text.split()
    while words and len(done) < lines - 1:
        line = words.pop(0)
        while words and width(f"{line} {words[0]}", size) <= room:
            line = f"{line} {words.pop(0)}"
        done.append(clip(line, size, room))
    if words:
        done.append(clip(" ".join(words), size, room))
    return tuple(done)
