"""What `conductor doctor` says about the channels: set up by half, or out of order."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from bot.cli.doctor_finding import Finding
from bot.connected import PROVIDERS
from bot.errors import ConductorError
from bot.storage.channel_news import News


def set_up(environment: Mapping[str, str]) -> Iterator[Finding]:
    """One finding for all connected channels, and one for each that is set up by half: the server would not start."""
    connected = []
    for provider in PROVIDERS:
        try:
            if provider.settings(environment) is not None:
                connected.append(provider.name)
        except ConductorError as error:
            yield Finding("fail", "Channels", error.message, error.mend)
    yield Finding("ok", "Channels", ", ".join(connected) or "none connected; the playground plays them all")


def in_order(happened: Mapping[str, News]) -> Iterator[Finding]:
    """One finding for each channel whose provider takes nothing at all any more: its letters wait."""
    for name, news in happened.items():
        if news.out_of_order:
            waiting = news.letters.get("queued", 0)
            mend = "Mend it; the server tries again every five minutes, and what waits goes out then."
            yield Finding("fail", f"Channel {name}", f"{news.out_of_order} ({waiting} wait)", mend)
