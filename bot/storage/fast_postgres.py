"""PostgreSQL's driver (asyncpg) under `fast.py`. It prepares each text once a connection."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeVar

import asyncpg
import sqlalchemy as sa
from sqlalchemy.engine import make_url

from bot.storage.fast import Result
from bot.storage.keepalive import CONNECT_SECONDS, notice_death
from bot.storage.prepared import Plan

T = TypeVar("T")
CLOSING_SECONDS = 2.0
PATIENCE_SECONDS = 30.0
"""For one statement on the way of a message. It takes milliseconds, or waits for a row that another turn holds."""


class PostgresConnection:
    """One connection."""

    def __init__(self, raw: asyncpg.Connection, dialect: Any) -> None:
        self._raw = raw
        self._dialect = dialect

    @property
    def usable(self) -> bool:
        """False when the server has gone."""
        return not self._raw.is_closed()

    async def run(self, plan: Plan, text: str, values: Sequence[Any]) -> Result:
        if plan.returns_rows:
            rows = await self._safely(text, self._raw.fetch(text, *values))
            if plan.makes_id:
                return Result(None, (), 1, rows[0][0])
            return Result(plan.columns, [tuple(row) for row in rows], len(rows))
        status = await self._safely(text, self._raw.execute(text, *values))
        return Result(None, (), int(status.rpartition(" ")[2]))

    async def run_many(self, text: str, rows: Sequence[Sequence[Any]]) -> None:
        await self._safely(text, self._raw.executemany(text, rows))

    async def begin(self) -> None:
        await self._safely("BEGIN", self._raw.execute("BEGIN"))

    async def commit(self) -> None:
        await self._safely("COMMIT", self._raw.execute("COMMIT"))

    async def rollback(self) -> None:
        await self._safely("ROLLBACK", self._raw.execute("ROLLBACK"))

    async def close(self) -> None:
        """At once where the server does not answer, or somebody's statement is still under way."""
        try:
            await self._raw.close(timeout=CLOSING_SECONDS)
        except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError, asyncio.TimeoutError):
            self._raw.terminate()

    async def _safely(self, text: str, asked: Awaitable[T]) -> T:
        """The driver's errors as SQLAlchemy's, as the engine raises them. Without the driver's own behind them, which
        quote values. Who is not answered in time gives the connection up: nobody knows what it is doing."""
        try:
            return await asked
        except asyncio.TimeoutError:
            self._raw.terminate()
            raise
        except (asyncpg.PostgresError, asyncpg.InterfaceError) as error:
            raise self._as_sqlalchemys(text, error) from None

    def _as_sqlalchemys(self, text: str, error: Exception) -> Exception:
        module = self._dialect.dbapi
        known = module._asyncpg_error_translate
        kind = next((known[base] for base in type(error).__mro__ if base in known), module.Error)
        theirs = kind(f"{type(error)}: {_words(error)}")
        theirs.pgcode = theirs.sqlstate = getattr(error, "sqlstate", None)
        made: Exception = sa.exc.DBAPIError.instance(
            text, None, theirs, module.Error, hide_parameters=True, dialect=self._dialect
        )
        return made


def _words(error: Exception) -> str:
    """What the driver or the server says, without what quotes a customer: the detail ("Key (address)=(+49…) already
    exists"), and whatever is said about a value that has the wrong form."""
    if isinstance(error, (asyncpg.DataError, ValueError)) or not error.args:
        return "a value has a form that its column does not take"
    return str(error.args[0])


def connecting(url: str, dialect: Any) -> Callable[[], Awaitable[PostgresConnection]]:
    """A way to open a connection to `url`, with the same arguments as the engine's."""
    positional, named = dialect.create_connect_args(make_url(url))

    async def connect() -> PostgresConnection:
        patience = {"timeout": CONNECT_SECONDS, "command_timeout": PATIENCE_SECONDS}
        raw = await asyncpg.connect(*positional, **{**patience, **_of_asyncpg(named)})
        notice_death(raw)
        return PostgresConnection(raw, dialect)

    return connect


def _of_asyncpg(named: dict[str, Any]) -> dict[str, Any]:
    ours = ("prepared_statement_cache_size", "async_fallback")  # of SQLAlchemy's adapter
    return {name: value for name, value in named.items() if name not in ours}
