"""Statements of SQLAlchemy's, compiled once: their text for the driver, and which value goes where.

SQLAlchemy remembers compiled statements, too, but goes through an execution context, a cursor and a greenlet for each
execution: 0.2 to 0.35 ms, where the driver itself needs 0.02 (docs/adr/0022). What
is kept here is what those find out anew each time.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from weakref import WeakKeyDictionary

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql.asyncpg import _pg_types
from sqlalchemy.engine.result import SimpleResultMetaData

Parameters = Mapping[str, Any]

MOST = 1000
"""Statements that are remembered."""


@dataclass(frozen=True)
class Slot:
    """Where a value of a statement comes from: what is given by its name `key`; else the statement's own values, at
    `place`; else `bind`, which the compiler added (SQLite's OFFSET 0)."""

    key: str
    place: int | None
    bind: Any
    process: Any


@dataclass
class Plan:
    """One compiled statement."""

    compiled: Any
    text: str
    slots: tuple[Slot, ...]
    """One for each value, in the order of the text."""
    columns: Any
    makes_id: bool
    """It inserts one row, whose id is wanted."""
    returns_rows: bool
    expands: bool
    """It holds lists (`IN`), whose length is known only when it is executed."""
    processors: tuple[Any, ...] = ()
    """What makes of the driver's values what the columns' types promise; empty where nothing has to be done."""
    casts: Mapping[Any, Any] = field(default_factory=dict)

    def values(self, given: Parameters, own: Sequence[Any]) -> list[Any]:
        """The values in the order of the text."""
        values = []
        for slot in self.slots:
            if slot.key in given:
                value = given[slot.key]
            elif slot.place is not None:
                value = own[slot.place].effective_value
            elif slot.bind.required:
                raise KeyError(f"The statement wants a value for {slot.key!r}.")
            else:
                value = slot.bind.effective_value
            values.append(slot.process(value) if slot.process is not None else value)
        return values


Found = tuple[Plan, Sequence[Any]]
"""A plan, and the values that the statement holds itself."""


class Plans:
    """Compiled statements of one dialect."""

    def __init__(self, dialect: Any) -> None:
        self.dialect = dialect
        self._postgres = dialect.name == "postgresql"
        self._known: dict[Any, Plan] = {}
        self._constants: WeakKeyDictionary[Any, dict[Any, Found]] = WeakKeyDictionary()
        """The same by the statement itself: comparing what two statements consist of takes longer than executing one.
        A statement that is made anew each time is forgotten with it."""

    def of(self, statement: Any, columns: Sequence[str], many: bool) -> Found:
        """The plan for a statement that is given values for `columns`, and the values that it holds itself."""
        shape = (tuple(columns), many)
        shapes = self._constants.get(statement)
        if shapes is None:
            shapes = self._constants[statement] = {}
        found = shapes.get(shape)
        if found is None:
            found = shapes[shape] = self._of_equal(statement, columns, many)
        return found

    def _of_equal(self, statement: Any, columns: Sequence[str], many: bool) -> Found:
        """By what the statement consists of: another one like it may have been compiled."""
        cache_key = statement._generate_cache_key()
        key = (cache_key.key, tuple(columns), many)
        plan = self._known.get(key)
        if plan is None:
            if len(self._known) >= MOST:
                self._known.clear()  # statements that differ each time; the way of a message has some fifty
                self._constants.clear()  # which hold plans, and those the statements that they were made of
            plan = self._known[key] = self._compile(statement, cache_key, columns, many)
        return plan, cache_key.bindparams

    def _compile(self, statement: Any, cache_key: Any, columns: Sequence[str], many: bool) -> Plan:
        compiled = statement._compiler(
            self.dialect, cache_key=cache_key, column_keys=list(columns) or None, for_executemany=many
        )
        inserts = compiled.isinsert and not many
        explicit = bool(getattr(compiled.statement, "_returning", ()))
        casts = self._casts(compiled)
        expands = bool(compiled.post_compile_params or compiled.literal_execute_params)
        names = compiled.positiontup or []
        return Plan(
            compiled=compiled,
            text="" if expands else self._text(compiled.string, [casts.get(compiled.binds[name]) for name in names]),
            slots=() if expands else tuple(self._slot(compiled, cache_key, name) for name in names),
            columns=self._columns(compiled),
            makes_id=inserts and not explicit,
            returns_rows=not (compiled.isinsert or compiled.isupdate or compiled.isdelete) or bool(compiled.returning),
            expands=expands,
            processors=self._processors(compiled),
            casts=casts,
        )

    def _slot(self, compiled: Any, cache_key: Any, name: str) -> Slot:
        bind = compiled.binds[name]
        place = None
        for number, original in enumerate(cache_key.bindparams):
            if bind is original or bind in compiled._cache_key_bind_match[original]:
                place = None if original.required else number
                break
        return Slot(bind.key, place, bind, compiled._bind_processors.get(name))

    def expanded(self, plan: Plan, given: Parameters, own: Sequence[Any]) -> tuple[str, list[Any]]:
        """Text and values of a statement with lists in it."""
        compiled = plan.compiled
        values = compiled.construct_params(dict(given) or None, extracted_parameters=own, escape_names=False)
        state = compiled._process_parameters_for_postcompile(values)
        processors = {**compiled._bind_processors, **state.processors}
        of_list = {item: key for key, items in state.parameter_expansion.items() for item in items}
        casts = [plan.casts.get(compiled.binds[of_list.get(name, name)]) for name in state.positiontup]
        values = {**values, **state.additional_parameters}
        ordered = [processors[n](values[n]) if n in processors else values[n] for n in state.positiontup]
        return self._text(state.statement, casts), ordered

    def _text(self, text: str, casts: Sequence[Any]) -> str:
        if not self._postgres:
            return text
        marks = (f"${n}::{_pg_types[c]}" if c in _pg_types else f"${n}" for n, c in enumerate(casts, 1))
        return str(text % tuple(marks))

    def _casts(self, compiled: Any) -> Mapping[Any, Any]:
        """The types that asyncpg has to be told, as SQLAlchemy tells them."""
        if not self._postgres:
            return {}
        return compiled._get_set_input_sizes_lookup() or {}

    def _columns(self, compiled: Any) -> Any:
        names = [column[0] for column in self._result_columns(compiled)]
        return SimpleResultMetaData(names) if names else None

    def _result_columns(self, compiled: Any) -> Sequence[Any]:
        """SQLAlchemy 1.4 counts what the changes in a WITH return to the columns of the SELECT, after its own."""
        found = compiled._result_columns or ()
        selected = getattr(compiled.statement, "selected_columns", None)
        return found[: len(selected)] if compiled.ctes and selected is not None else found

    def _processors(self, compiled: Any) -> tuple[Any, ...]:
        """PostgreSQL's driver gives all types of ours as they are; SQLite has no booleans."""
        if self._postgres:
            return ()
        found = tuple(
            column[3]._cached_result_processor(self.dialect, None) if isinstance(column[3], sa.Boolean) else None
            for column in self._result_columns(compiled)
        )
        return found if any(found) else ()
