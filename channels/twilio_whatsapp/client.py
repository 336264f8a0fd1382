"""Sends WhatsApp messages through Twilio's official SDK."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from channels.contract import Gate, Outbound, SendError
from channels.twilio.failures import CONTENT_REFUSED, TwilioError
from channels.twilio.http import CONNECT_SECONDS, READ_SECONDS
from channels.twilio.sending import Messenger
from channels.twilio_whatsapp import render
from channels.twilio_whatsapp.contents import Contents
from channels.twilio_whatsapp.limits import CONTENT_SECONDS, PER_SECOND, PREFIX, PROVIDER
from channels.twilio_whatsapp.settings import TwilioWhatsappSettings


class TwilioWhatsappClient:
    """A `channels.contract.Sender`. Whether a message was taken whose answer is lost, only its report tells."""

    remembers_keys = False
    sends_once = True
    """Twilio sends a message webhook once (unless the address asks for more by a URL fragment)."""
    per_second = PER_SECOND

    def __init__(
        self,
        settings: TwilioWhatsappSettings,
        connect_seconds: float = CONNECT_SECONDS,
        read_seconds: float = READ_SECONDS,
        content_seconds: float = CONTENT_SECONDS,
    ) -> None:
        self._messenger = Messenger(settings.account, PROVIDER, settings.sent_as, connect_seconds, read_seconds)
        self._contents = Contents(self._messenger.client, content_seconds)

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
        """As the contract says. A question that fits goes with buttons or a list, else, and whenever Twilio does not
        take its content, as text; a long text goes as several messages, and the id of the last one is returned. A
        template goes as it was approved, or not at all."""
        to = PREFIX + address
        if message.role == "template":
            return await self._messenger.send(to, [_template(message.data)], key)
        # What has begun as text goes on as text.
        content = None if self._messenger.has_begun(key) else render.content(message)
        sid = await self._contents.sid(content) if content else None
        if content and sid:
            try:
                part = {"content_sid": sid, "content_variables": content.variables}
                return await self._messenger.send(to, [part], key)
            except SendError as error:
                if not isinstance(error, TwilioError) or error.code not in CONTENT_REFUSED:
                    raise
                self._contents.forget(content)
        return await self._messenger.send(to, [{"body": text} for text in render.texts(message)], key)


def _template(data: Mapping[str, Any]) -> dict[str, str]:
    part = {"content_sid": str(data["content_sid"])}
    if data.get("variables"):
        part["content_variables"] = json.dumps(data["variables"], ensure_ascii=False)
    return part
