"""Places calls through Twilio's official SDK. What is said in them the webhook answers."""

from __future__ import annotations

from functools import partial

from twilio.rest import Client

from channels.contract import Gate, Outbound, SendError, open_gate
from channels.twilio.client import ask, sdk
from channels.twilio.http import CONNECT_SECONDS, READ_SECONDS
from channels.twilio.webhook import public_address
from channels.twilio_voice import limits
from channels.twilio_voice.limits import PER_SECOND, PROVIDER
from channels.twilio_voice.parse import Place
from channels.twilio_voice.settings import TwilioVoiceSettings


class TwilioVoiceClient:
    """A `channels.contract.Sender` that is asked for calls only (`collected`)."""

    collected = True
    remembers_keys = False
    per_second = PER_SECOND

    def __init__(
        self,
        settings: TwilioVoiceSettings,
        connect_seconds: float = CONNECT_SECONDS,
        read_seconds: float = READ_SECONDS,
    ) -> None:
        self._settings = settings
        self._client: Client = sdk(settings.account, connect_seconds, read_seconds)
        self.gate: Gate = open_gate

    async def send(self, channel: str, address: str, message: Outbound, key: str) -> str:
        """Ring the customer up. Returns the call's SID. Raises SendError and TimeoutError.

        Whether a machine answered is waited for (a second or two), so that a mailbox never hears the first question.
        Where a machine is left a message, its own greeting is waited for, too."""
        if message.role != "call":
            raise SendError("On the telephone nothing is sent: it is said in a call.", "never")
        place = Place(
            survey=str(message.data.get("survey") or ""),
            invitation=int(message.data.get("invitation") or 0),
            language=str(message.data.get("language") or ""),
            key=key,
        )
        account = self._settings.account
        create = partial(
            self._client.calls.create,
            to=address,
            from_=self._settings.sender,
            url=f"{public_address(account, PROVIDER, 'webhook')}?{place.query()}",
            method="POST",
            status_callback=f"{public_address(account, PROVIDER, 'status')}?{Place(key=key).query()}",
            status_callback_method="POST",
            status_callback_event=["completed"],
            machine_detection="DetectMessageEnd" if self._settings.message_on_machine else "Enable",
            timeout=limits.RING_SECONDS,
        )
        async with self.gate(address):
            call = await ask(create)
        return str(call.sid)
