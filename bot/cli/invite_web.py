"""How somebody gets to an invitation on the web channel, which the playground plays: nothing is sent anywhere."""

from __future__ import annotations

from urllib.parse import urlencode

from bot.cli.server_address import server_address
from bot.settings import Settings
from channels.web.parse import can_write

NOBODY_TOLD = "Nothing is sent to anybody: it lies ready, and counts as delivered when a page has fetched it."


def way_to(settings: Settings, channel: str, address: str) -> str:
    """In two sentences. `address` "": of many, each has a link of their own."""
    if not settings.playground_on:
        return "The playground, which plays it, is switched off (CONDUCTOR_PLAYGROUND): nobody gets to it."
    if channel != "web" and settings.local_providers_on:
        return f"{NOBODY_TOLD} The playground plays {channel} so with CONDUCTOR_LOCAL_PROVIDERS=false only."
    if address and not can_write(address):
        return f"{NOBODY_TOLD} No page can write as {address}: it takes one word of A-Z, a-z, 0-9 and _.:@+-"
    page = f"/?{urlencode({'channel': channel, 'as': address or 'ADDRESS'}, safe='@:')}"
    at = server_address(settings)
    link = (
        f"{at}{page}"
        if at
        else f"{page} on your server's address (CONDUCTOR_PUBLIC_URL and CONDUCTOR_PORT are not set)"
    )
    return f"{NOBODY_TOLD} In the playground {address or 'each'} is at {link}"
