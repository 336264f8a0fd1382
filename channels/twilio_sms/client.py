"""Sends SMS through Twilio's official SDK."""

from __future__ import annotations

from collections import OrderedDict

from channels.contract import Outbound, SendError
from channels.twilio.client import create_message, sdk
from channels.twilio.http import CONNECT_SECONDS, READ_SECONDS
from channels.twilio.webhook import status_callback
from channels.twilio_sms.limits import PROVIDER
from channels.twilio_sms.render import render
from channels.twilio_sms.settings import TwilioSmsSettings

_KEPT = 1000
"""Half-sent messages that are remembered: more are only waiting when Twilio is out of order for long."""


class TwilioSmsClient:
    """A `channels.contract.Sender`. Twilio's Messages API has no idempotency key, so it can't drop a second copy: a
    message that may have been taken is unknown until its status callback, whose address carries our key."""

    remembers_keys = False

    def __init__(
        self,
        settings: TwilioSmsSettings,
        connect_seconds: float = CONNECT_SECONDS,
        read_seconds: float = READ_SECONDS,
    ) -> None:
        self._settings = settings
        self._client = sdk(settings.account, connect_seconds, read_seconds)
        self._half_sent: OrderedDict[str, list[str]] = OrderedDict()

    async def send(self, channel: str, address: str, message: Outbound, key: str) -> str:
        """As the contract says. A long text goes as several messages; the id of the last one is returned. When a later
        part fails, another attempt with the same `key` goes on behind the parts that were sent."""
        texts = render(message)
        if not texts:
            raise SendError("The message has no text.", "never")
        done = self._half_sent.pop(key, [])
        try:
            for text in texts[len(done) :]:
                done.append(await create_message(self._client, self._fields(address, text, key)))
        except SendError:
            self._remember(key, done)
            raise
        return done[-1]

    def _fields(self, address: str, text: str, key: str) -> dict[str, str]:
        sender = "messaging_service_sid" if self._settings.is_service else "from_"
        callback = status_callback(self._settings.account, PROVIDER, key)
        return {"to": address, sender: self._settings.sender, "body": text, "status_callback": callback}

    def _remember(self, key: str, done: list[str]) -> None:
        if done:
            self._half_sent[key] = done
        while len(self._half_sent) > _KEPT:
            self._half_sent.popitem(last=False)
