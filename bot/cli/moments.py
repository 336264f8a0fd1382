"""Moments as the command line writes them: one way everywhere, and always with their zone."""

from __future__ import annotations

from datetime import datetime, timezone


def in_utc(at: str) -> str:
    """ "2026-11-27 09:14 UTC". `at`: ISO 8601 with its offset."""
    return datetime.fromisoformat(at).astimezone(timezone.utc).strftime("%Y-%m-%d %H:%M UTC")
