"""How a link to the server begins, for commands that print one: they run beside it, and may know less."""

from __future__ import annotations

from bot.cli.one_server import running_at
from bot.cli.place import database_file
from bot.settings import Settings

EVERYWHERE = ("http://0.0.0.0:", "http://[::]:")
"""Where one can listen, and cannot go."""


def server_address(settings: Settings) -> str:
    """Without a slash at its end; "" where nobody has said: servers of a PostgreSQL database leave no note, and one
    that listens everywhere does not know under which name it is reached."""
    if settings.public_url:
        return settings.address
    said = "port" in settings.__fields_set__ or database_file(settings.database_url) is not None
    address = running_at(settings.database_url) or (settings.address if said else "")
    return "" if address.startswith(EVERYWHERE) else address
