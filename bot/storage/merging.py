"""Two contacts become one."""

from __future__ import annotations

import json
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.storage.fence import consent_changed, hold_all
from bot.storage.tables import contacts, metadata


class TwoPeople(Exception):
    """The contacts have different external ids: the company itself says that these are two people."""


async def merge(connection: AsyncConnection, keep: int, gone: int, here: int = 0) -> None:
    """Everything of contact `gone` is `keep`'s from now on, inside the caller's transaction. What `keep` says of itself
    goes before what `gone` said; an opt-out of either is an opt-out of both. `here`: the conversation whose own turn it
    is. Raises TwoPeople, with nothing changed."""
    if keep == gone:
        return
    await hold_all(connection, keep, gone)
    rows = await hold_contacts(connection, keep, gone)
    stays, goes = rows[keep], rows[gone]
    if stays["external_id"] and goes["external_id"] and stays["external_id"] != goes["external_id"]:
        raise TwoPeople
    for column in _pointers():
        await connection.execute(sa.update(column.table).where(column == gone).values({column.name: keep}))
    await consent_changed(connection, keep, but=here)
    await connection.execute(sa.delete(contacts).where(contacts.c.id == gone))  # first: an external id is unique
    await connection.execute(sa.update(contacts).where(contacts.c.id == keep).values(**_together(stays, goes)))


async def hold_contacts(connection: AsyncConnection, *which: Any) -> dict[int, sa.engine.RowMapping]:
    """Lock contacts (ids, or queries for one) in the one order (`fence.py`). Returns them by their ids."""
    these = sa.or_(*(contacts.c.id == one for one in which))
    query = sa.select(contacts).where(these).order_by(contacts.c.id).with_for_update()
    return {row["id"]: row for row in (await connection.execute(query)).mappings()}


def _pointers() -> list[sa.Column]:
    """Every column, of whatever table, that says whose a row is: a table that is added later is not forgotten."""
    return [
        column
        for table in metadata.tables.values()
        for column in table.columns
        if any(key.column is contacts.c.id for key in column.foreign_keys)
    ]


def _together(stays: sa.engine.RowMapping, goes: sa.engine.RowMapping) -> dict[str, Any]:
    attributes = {**json.loads(goes["attributes"]), **json.loads(stays["attributes"])}
    withdrawn = [row["opted_out_at"] for row in (stays, goes) if row["opted_out_at"]]
    return {
        **{name: stays[name] or goes[name] for name in ("name", "language", "external_id")},
        "attributes": json.dumps(attributes, ensure_ascii=False),
        "opted_out_at": min(withdrawn, default=None),
        "created_at": min(stays["created_at"], goes["created_at"]),
    }
