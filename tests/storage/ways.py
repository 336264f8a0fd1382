"""How often PostgreSQL is asked, the ways of a transaction's BEGIN and COMMIT among them."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Any

import pytest

from bot.storage.fast_postgres import PostgresConnection


def ways(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The first word of everything that the way of a message says to PostgreSQL from now on, in its order."""
    said: list[str] = []
    ask = PostgresConnection._safely

    async def told(self: PostgresConnection, text: str, asked: Awaitable[Any]) -> Any:
        said.append(text.split()[0])
        return await ask(self, text, asked)

    monkeypatch.setattr(PostgresConnection, "_safely", told)
    return said
