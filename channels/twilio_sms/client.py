"""Sends SMS through Twilio's official SDK."""

from __future__ import annotations

from channels.contract import Gate, Outbound
from channels.twilio.http import CONNECT_SECONDS, READ_SECONDS
from channels.twilio.sending import Messenger
from channels.twilio_sms.limits import PER_SECOND, PROVIDER
from channels.twilio_sms.render import render
from channels.twilio_sms.settings import TwilioSmsSettings


class TwilioSmsClient:
    """A `channels.contract.Sender`. Whether a message was taken whose answer is lost, only its report tells."""

    remembers_keys = False
    sends_once = True
    """Twilio sends a message webhook once (unless the address asks for more by a URL fragment)."""
    per_second = PER_SECOND

    def __init__(
        self,
        settings: TwilioSmsSettings,
        connect_seconds: float = CONNECT_SECONDS,
        read_seconds: float = READ_SECONDS,
    ) -> None:
        sender = {"messaging_service_sid" if settings.is_service else "from_": settings.sender}
        self._messenger = Messenger(settings.account, PROVIDER, sender, connect_seconds, read_seconds)

    @property
    def gate(self) -> Gate:
        """What each message goes through (`channels.contract.Gate`)."""
        return self._messenger.gate

    @gate.setter
    def gate(self, gate: Gate) -> None:
        self._messenger.gate = gate

    async def close_connections(self) -> None:
        """See `channels.contract.Connected`."""
        await self._messenger.close_connections()

    async def send(self, channel: str, address: str, message: Outbound, key: str) -> str:
        """As the contract says. A long text goes as several messages; the id of the last one is returned."""
        return await self._messenger.send(address, [{"body": text} for text in render(message)], key)
