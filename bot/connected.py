"""Which channels are connected: those whose variables are set. Their SDKs are imported only then."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import yaml

from bot.errors import ConductorError
from channels.contract import Sender
from channels.errors import NotConfigured


@dataclass(frozen=True)
class Provider:
    """A provider's folder in `channels/`: its settings, its Rasa connector, its client."""

    name: str
    connector: str
    client: str

    def settings(self, environment: Mapping[str, str]) -> Any | None:
        """The channel's settings; None when nothing of it is set. Raises ConductorError when something is missing."""
        try:
            return import_module(f"channels.{self.name}.settings").from_environment(environment)
        except NotConfigured as error:
            raise ConductorError(
                f"{self.name}: {error}", f"channels/{self.name}/README.md says where to find it."
            ) from error

    def missing(self, environment: Mapping[str, str]) -> tuple[str, ...]:
        """Which of the variables that it needs are not set."""
        needed: tuple[str, ...] = import_module(f"channels.{self.name}.settings").NEEDED
        return tuple(name for name in needed if not environment.get(name, "").strip())

    def sender(self, settings: Any) -> Sender:
        client: Sender = getattr(import_module(f"channels.{self.name}.client"), self.client)(settings)
        return client


PROVIDERS = (
    Provider("twilio_sms", "TwilioSmsInput", "TwilioSmsClient"),
    Provider("twilio_whatsapp", "TwilioWhatsappInput", "TwilioWhatsappClient"),
    Provider("twilio_voice", "TwilioVoiceInput", "TwilioVoiceClient"),
    Provider("telegram", "TelegramInput", "TelegramClient"),
    Provider("slack", "SlackInput", "SlackClient"),
)


def senders(environment: Mapping[str, str]) -> dict[str, Sender]:
    """A client for each connected provider. Raises ConductorError when one is set up by half."""
    found = {provider.name: provider.settings(environment) for provider in PROVIDERS}
    return {p.name: p.sender(found[p.name]) for p in PROVIDERS if found[p.name] is not None}


def write_credentials(environment: Mapping[str, str], base: Path, target: Path) -> Path:
    """Rasa's credentials with the connected providers' connectors added to those of `base`. Holds no secret."""
    credentials = yaml.safe_load(base.read_text(encoding="utf-8")) or {}
    for provider in PROVIDERS:
        path = f"channels.{provider.name}.connector.{provider.connector}"
        if provider.settings(environment) is not None:
            credentials.setdefault(path, {})
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(yaml.safe_dump(credentials, sort_keys=False), encoding="utf-8")
    return target
