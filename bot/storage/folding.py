"""Texts as they are compared in a search."""

from __future__ import annotations

import unicodedata


def folded(text: object) -> str:
    """ "MÜLLER" is "müller", "Straße" is "strasse". In SQLite it is a function of that name: its own `lower` knows
    ASCII only."""
    plain = str(text) if text is not None else ""
    return plain.lower() if plain.isascii() else unicodedata.normalize("NFKC", plain).casefold()
