"""What every database of ours has in common."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from bot.storage.engine import Database
from bot.storage.tables import contacts


async def test_an_error_does_not_quote_what_was_to_be_stored(database: Database) -> None:
    with pytest.raises(DBAPIError) as raised:
        async with database.write() as connection:
            await connection.execute(sa.insert(contacts).values(name="Ada Lovelace"))  # created_at is missing
    assert "Lovelace" not in str(raised.value).split("DETAIL")[0]
