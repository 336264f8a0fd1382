"""What every database of ours has in common."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from bot.settings import load_settings
from bot.storage.engine import Database
from bot.storage.tables import contacts


async def test_an_error_does_not_quote_what_was_to_be_stored(database: Database) -> None:
    with pytest.raises(DBAPIError) as raised:
        async with database.write() as connection:
            await connection.execute(sa.insert(contacts).values(name="Ada Lovelace"))  # created_at is missing
    assert "Lovelace" not in str(raised.value).split("DETAIL")[0]


@pytest.mark.parametrize("fast", [True, False])
async def test_an_address_of_postgresqls_as_providers_write_it(postgres: str, fast: bool) -> None:
    """Their libpq says "sslmode"."""
    url = load_settings(database_url=f"postgresql://postgres@/postgres?host={postgres}&sslmode=prefer").database_url
    database = Database(url)
    async with database.fast_read() if fast else database.read() as connection:
        assert (await connection.execute(sa.select(sa.literal(1)))).scalar() == 1
    await database.close()
