"""Is the provider that is to carry an invitation connected in this environment?"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from bot import connected
from bot.errors import ConductorError
from bot.outreach.invitee import PROVIDERS, must_carry

CHANNELS = Path(connected.__file__).resolve().parents[1] / "channels"


def must_be_connected(channel: str, provider: str, environment: Mapping[str, str]) -> None:
    """Raises ConductorError when the server, started in this environment, could send nothing over `provider` ("": the
    channel's usual one). Each contact would count as asked, and would have heard nothing."""
    must_carry(channel, provider)
    name = provider or PROVIDERS[channel]
    if name == "web" or any(known.name == name and known.settings(environment) for known in connected.PROVIDERS):
        return
    raise ConductorError(
        f"The channel {channel} is not connected here: {name} is not set up. Nobody was invited.",
        f"{_how(name)} With --provider web the playground plays the channel.",
    )


def _how(name: str) -> str:
    if (CHANNELS / name / "README.md").is_file():
        return f"channels/{name}/README.md says how to connect it."
    if any(known.name == name for known in connected.PROVIDERS):
        return "Set its variables (docs/reference/settings.md)."
    return "This version can't send over it yet."
