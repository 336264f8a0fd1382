"""What every command that works on the database opens first: settings, the migrated database, the published surveys."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from bot.bootstrap import SystemClock, publish_folder
from bot.cli.place import may_make, must_exist
from bot.settings import Settings, load_settings
from bot.storage.catalogue import SqlCatalogue
from bot.storage.engine import Database
from bot.storage.migrate import migrate


@dataclass(frozen=True)
class Opened:
    settings: Settings
    database: Database
    catalogue: SqlCatalogue
    clock: SystemClock


@asynccontextmanager
async def opened(reading: bool = False) -> AsyncIterator[Opened]:
    """Migrated; a new one with the folder's surveys, so that a command works before the server's first start too.

    `reading`: no database is made; for commands that change nothing, and that mean an installation which is there.
    Raises ConductorError for broken settings and a database out of reach, or one that is not there and may not be made
    (`bot.cli.place`).
    """
    settings = load_settings()
    (must_exist if reading else may_make)(settings)
    await asyncio.to_thread(migrate, settings.database_url)
    database = Database(settings.database_url)
    clock = SystemClock()
    try:
        catalogue = SqlCatalogue(database)
        await publish_folder(catalogue, settings.surveys, clock.now())
        yield Opened(settings, database, catalogue, clock)
    finally:
        await database.close()
