"""One telephone number is one contact, also when its first messages on two channels come in the same moment.

Who meets an address for the first time looks whether its number is known on another channel. Two who look at once both
find nobody, and no index stands against that: the number is held meanwhile. SQLite has one writer, and needs nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from zlib import crc32

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.storage.moving import BY_NUMBER

ROOM = 0x1A7F
"""First half of PostgreSQL's advisory locks for numbers; the second says which number. Two numbers that have it in
common wait for each other for nothing, for milliseconds."""


_HOLD = sa.select(sa.func.pg_advisory_xact_lock(sa.literal_column(str(ROOM)), sa.bindparam("number", type_=sa.Integer)))
_HOLD_ALL = sa.text(
    f"SELECT pg_advisory_xact_lock({ROOM}, number) FROM unnest(CAST(:numbers AS integer[])) AS number"  # noqa: S608
)


async def hold_number(connection: AsyncConnection, channel: str, address: str) -> None:
    """Until the transaction ends nobody else meets this number for the first time. Before any conversation is locked
    (`fence.py`); what is read from then on is what others have committed by then."""
    if channel in BY_NUMBER and connection.dialect.name == "postgresql":
        await connection.execute(_HOLD, {"number": _half(address)})


async def hold_numbers(connection: AsyncConnection, addresses: Iterable[str]) -> None:
    """The same for many numbers in one statement. By one transaction at a time: see `invitations.alone`."""
    halves = sorted({_half(address) for address in addresses})
    if halves and connection.dialect.name == "postgresql":
        await connection.execute(_HOLD_ALL, {"numbers": halves})


def _half(address: str) -> int:
    """32 bits with a sign, the same in every process."""
    return crc32(address.encode()) - 2**31
