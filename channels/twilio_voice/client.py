"""Places calls through Twilio's official SDK. What is said in them the webhook answers."""

from __future__ import annotations

from twilio.rest import Client

from channels.contract import Gate, Outbound, SendError, open_gate
from channels.twilio.client import sdk
from channels.twilio.http import CONNECT_SECONDS, READ_SECONDS, HttpClient
from channels.twilio.webhook import public_address
from channels.twilio_voice import limits
from channels.twilio_voice.limits import PER_SECOND, PROVIDER
from channels.twilio_voice.parse import RECORDING_SID, Place
from channels.twilio_voice.settings import TwilioVoiceSettings

_API = "https://api.twilio.com/2010-04-01"


class TwilioVoiceClient:
    """A `channels.contract.Sender` that is asked for calls only (`collected`)."""

    collected = True
    remembers_keys = False
    sends_once = True
    """Also what was recorded when the caller hung up, and how a call ended."""
    per_second = PER_SECOND

    def __init__(
        self,
        settings: TwilioVoiceSettings,
        connect_seconds: float = CONNECT_SECONDS,
        read_seconds: float = READ_SECONDS,
    ) -> None:
        self._settings = settings
        self.gate: Gate = open_gate
        self._http = HttpClient(settings.account.api_base_url, connect_seconds, read_seconds)
        self._client: Client = sdk(settings.account, self._http)

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
        async with self.gate(address):
            call = await self._client.calls.create_async(
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
        return str(call.sid)

    async def close_connections(self) -> None:
        """See `channels.contract.Connected`."""
        await self._http.close()

    async def recording(self, recording: str) -> tuple[bytes, str]:
        """See `channels.contract.Recorder`. https://www.twilio.com/docs/voice/api/recording#fetch-a-recording-media-file"""
        if not RECORDING_SID.fullmatch(recording):
            raise SendError("That is no recording's SID.", "never")
        account = self._settings.account
        url = f"{_API}/Accounts/{account.account_sid}/Recordings/{recording}.wav"
        auth = (account.account_sid, account.auth_token)
        return await self._http.sound(url, auth, limits.RECORD_BYTES), "audio/wav"
