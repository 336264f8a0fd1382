"""What the Rasa actions use: the running conductor's house, or one of their own in an action server."""

from __future__ import annotations

import asyncio
import logging
import os

from bot.bootstrap.clock import SystemClock
from bot.bootstrap.conductor import Conductor
from bot.bootstrap.configured import desk_of, faq_of
from bot.bootstrap.door import TEXTS
from bot.bootstrap.publishing import publish_folder
from bot.connected import senders as connected_senders
from bot.conversation.direct import Direct
from bot.conversation.use_cases import House
from bot.settings import Settings, load_settings
from bot.storage.catalogue import SqlCatalogue
from bot.storage.engine import Database
from bot.storage.migrate import migrate
from bot.storage.store import SqlStore

_house: House | None = None
_direct: Direct | None = None


def use(conductor: Conductor | None) -> None:
    """Make `conductor` the one that actions of this process ask."""
    global _house, _direct
    _direct = None
    by_text = conductor is not None and TEXTS in conductor.senders
    _house = _house_of(conductor.catalogue, conductor.settings, by_text) if conductor else None


def _house_of(catalogue: SqlCatalogue, settings: Settings, by_text: bool) -> House:
    return House(catalogue, desk_of(settings), by_text=by_text)


async def house() -> House:
    """The house that actions work in."""
    global _house
    if _house is None:
        settings = load_settings()
        catalogue = SqlCatalogue(Database(settings.database_url, pooled=False))
        _house = _house_of(catalogue, settings, TEXTS in connected_senders(os.environ))
    return _house


async def direct() -> Direct:
    """For turns that came past our handler (`rasa shell`)."""
    global _direct
    if _direct is None:
        logging.getLogger("alembic").setLevel(logging.WARNING)  # `rasa shell` shows the log between the messages
        settings = load_settings()
        await asyncio.to_thread(migrate, settings.database_url)
        database = Database(settings.database_url, pooled=False)
        clock = SystemClock()
        catalogue = SqlCatalogue(database)
        await publish_folder(catalogue, settings.surveys, clock.now())
        store = SqlStore(database, settings.default_language)
        _direct = Direct(store, _house_of(catalogue, settings, False), clock, faq_of(settings))
    return _direct
