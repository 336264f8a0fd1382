"""How wide words are, and how they are broken into lines, without a font at hand.

A picture made on a server cannot ask the browser how wide a text is. Widths are those of DejaVu Sans, the widest of the
common system sans-serif faces (Helvetica, Segoe UI, Roboto are narrower), so text stays in its box with any of them.
"""

from __future__ import annotations

import unicodedata

_ADVANCES = {
    0.29: "'ijlIJ",
    0.35: " .,;:/|’‘·f",
    0.41: "-()[]rt!",
    0.52: '–„“”"`sz',
    0.56: "c?",
    0.6: "vxykFLP",
    0.64: "aeobdghnpquTYES0123456789{}«»",
    0.7: "AVBRXZCK",
    0.75: "UHN",
    0.79: "DGOQ&",
    0.86: "wM+=<>#^~",
    1.0: "mW%@…—⚡",
}
_EM = {character: em for em, characters in _ADVANCES.items() for character in characters}
"""Advance width of a character, in em, rounded up."""
_EM_OTHER, _EM_UPPER, _EM_FULL = 0.65, 0.79, 1.05
STRONG = 1.15
"""By how much words in bold are wider."""

ELLIPSIS = "…"


def _em(character: str) -> float:
    if unicodedata.combining(character):
        return 0.0
    plain = unicodedata.normalize("NFD", character)[0]
    if plain in _EM:
        return _EM[plain]
    if unicodedata.east_asian_width(character) in "WF":
        return _EM_FULL
    return _EM_UPPER if character.isupper() else _EM_OTHER


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
