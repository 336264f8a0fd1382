"""Tells Telegram where the server is, and fills the bot's menu: what `conductor channels set-webhooks` does here."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import yaml

from channels.telegram.client import TelegramClient
from channels.telegram.limits import UPDATES
from channels.telegram.settings import TelegramSettings

PATH = "/webhooks/telegram/webhook"
ADDRESSES = {"url of setWebhook": PATH}
"""What is to be set at the provider, in its own words: name → our path."""
_COMMANDS = Path(__file__).with_name("commands.yml")


def commands() -> Mapping[str, Mapping[str, str]]:
    """Language → command → what it does. The first language stands for all that are not there."""
    found: Mapping[str, Mapping[str, str]] = yaml.safe_load(_COMMANDS.read_text(encoding="utf-8"))
    return found


def plan(settings: TelegramSettings, public_url: str) -> list[str]:
    """What `set_up` would do."""
    url = public_url.rstrip("/") + PATH
    return [
        f"Telegram would send to {url}: {', '.join(UPDATES)}. The bot's menu would be set in {', '.join(commands())}."
    ]


async def set_up(settings: TelegramSettings, public_url: str) -> list[str]:
    """Set the webhook (with its secret and the kinds of updates) and the commands in every language. Can be repeated.

    `public_url` is where Telegram reaches this server, with https. Returns what was done, as sentences. Raises
    SendError or TimeoutError, whose text says what Telegram did not like."""
    client = TelegramClient(settings)
    try:
        url = public_url.rstrip("/") + PATH
        await client.set_webhook(url)
        menu = commands()
        for place, (language, described) in enumerate(menu.items()):
            if place == 0:
                await client.set_commands(described)
            await client.set_commands(described, language)
    finally:
        await client.close()
    names = ", ".join(f"/{name}" for name in next(iter(menu.values())))
    return [
        f"Telegram sends to {url}: {', '.join(UPDATES)}.",
        f"The bot's menu has {names}, in {', '.join(menu)}; elsewhere in {next(iter(menu))}.",
    ]
