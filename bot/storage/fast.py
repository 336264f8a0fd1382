"""Connections for the way of a message: the driver's own, without SQLAlchemy's engine between.

A turn is some fifteen statements. Through the engine each takes 0.2 to 0.35 ms of CPU, most of it for contexts,
cursors, greenlets and pool events; through here a tenth of that (docs/adr/0022). Statements are
SQLAlchemy's as everywhere, the results behave as SQLAlchemy's do, and errors are SQLAlchemy's, without parameters.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, Protocol

import sqlalchemy as sa
from sqlalchemy.engine.result import IteratorResult, SimpleResultMetaData

from bot.storage.prepared import Plan, Plans

_NO_COLUMNS = SimpleResultMetaData(())
_NO_VALUES: Mapping[str, Any] = {}

Tell = Callable[[str, Sequence[Any]], None]


class Result(IteratorResult):
    """What SQLAlchemy's results can do, for rows that are all here already."""

    def __init__(self, columns: Any, rows: Sequence[Sequence[Any]], rowcount: int, made: Any = None) -> None:
        super().__init__(columns or _NO_COLUMNS, iter(rows))
        self.rowcount = rowcount
        """Rows that were changed."""
        self.inserted_primary_key: Any = (made,)
        """The id of the one row that was inserted."""


class Driven(Protocol):
    """A driver's connection."""

    async def run(self, plan: Plan, text: str, values: Sequence[Any]) -> Result: ...
    async def run_many(self, text: str, rows: Sequence[Sequence[Any]]) -> None: ...
    async def begin(self) -> None: ...
    async def commit(self) -> None: ...
    async def rollback(self) -> None: ...
    async def close(self) -> None: ...
    @property
    def usable(self) -> bool: ...


class FastConnection:
    """Executes statements as `AsyncConnection` does."""

    def __init__(self, driven: Driven, plans: Plans, told: Sequence[Tell]) -> None:
        self.driven = driven
        self._plans = plans
        self._told = told

    @property
    def dialect(self) -> Any:
        """SQLAlchemy's, as of `AsyncConnection`."""
        return self._plans.dialect

    async def execute(self, statement: Any, parameters: Any = None) -> Result:
        """One statement, with the values that it does not hold itself; or, with a list of rows, an INSERT for each."""
        if isinstance(parameters, (list, tuple)):
            if len(parameters) != 1:
                return await self._execute_many(statement, parameters)
            parameters = parameters[0]
        given = parameters or _NO_VALUES
        plan, own = self._plans.of(statement, sorted(given) if given else (), False)
        if plan.expands:
            text, values = self._plans.expanded(plan, given, own)
        else:
            text, values = plan.text, plan.values(given, own)
        for tell in self._told:
            tell(text, values)
        return await self.driven.run(plan, text, values)

    async def _execute_many(self, statement: Any, rows: Sequence[Mapping[str, Any]]) -> Result:
        if not rows:
            raise ValueError("A list of rows to insert is empty.")
        plan, own = self._plans.of(statement, sorted(rows[0]), True)
        await self.driven.run_many(plan.text, [plan.values(row, own) for row in rows])
        return Result(None, (), len(rows))


class FastPool:
    """Open connections, at most `size`. Who finds none waits."""

    def __init__(self, connect: Callable[[], Awaitable[Driven]], dialect: Any, size: int) -> None:
        self._connect = connect
        self._plans = Plans(dialect)
        self._idle: list[Driven] = []
        self._size = size
        self._slots: asyncio.Semaphore | None = None
        self.told: list[Tell] = []
        """Called before each statement with its text and values."""

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[FastConnection]:
        """A connection for the block."""
        if self._slots is None:
            self._slots = asyncio.Semaphore(self._size)
        async with self._slots:
            driven = await self._take()
            try:
                yield FastConnection(driven, self._plans, self.told)
            except Exception:
                self._idle.append(driven)
                raise
            except BaseException:
                await driven.close()  # cancelled: its statement may be under way still
                raise
            self._idle.append(driven)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[FastConnection]:
        """The same, all of it in one transaction, or nothing when the block raises."""
        async with self.connection() as connection:
            driven = connection.driven
            await driven.begin()
            try:
                yield connection
                await driven.commit()
            except Exception:
                await self._undo(driven)
                raise

    async def _undo(self, driven: Driven) -> None:
        """Roll back. A connection that can't even do that is closed, which undoes as well."""
        try:
            if driven.usable:
                await driven.rollback()
        except sa.exc.DBAPIError:
            await driven.close()

    async def _take(self) -> Driven:
        while self._idle:
            driven = self._idle.pop()
            if driven.usable:
                return driven
            await driven.close()
        return await self._connect()

    async def close(self) -> None:
        """Close what nobody uses."""
        while self._idle:
            await self._idle.pop().close()
