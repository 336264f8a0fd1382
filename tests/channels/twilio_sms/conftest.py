"""The SMS channel between a local Twilio and a server that writes down what it is handed."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest
import pytest_asyncio

from channels.contract import Inbound
from channels.receive import Seam
from channels.twilio.local_provider import ACCOUNT_SID, AUTH_TOKEN, LocalTwilio
from channels.twilio.settings import Account
from channels.twilio_sms.client import TwilioSmsClient
from channels.twilio_sms.connector import TwilioSmsInput
from channels.twilio_sms.settings import TwilioSmsSettings
from tests.channels.rasa_server import Recorder, serving

PUBLIC_URL = "https://surveys.example.com"
SENDER, CUSTOMER = "+15005550006", "+4915112345678"


@dataclass
class Line:
    """Both ends: the provider, our server and our client."""

    twilio: LocalTwilio
    recorder: Recorder
    seam: Seam
    client: TwilioSmsClient
    server: str

    @property
    def webhook(self) -> str:
        return f"{PUBLIC_URL}/webhooks/twilio_sms/webhook"

    async def says(self, body: str, **fields: str) -> int:
        """The customer writes; returns the status of our answer."""
        sid = self.twilio.sid("SM")
        given = {"MessageSid": sid, "From": CUSTOMER, "To": SENDER, "Body": body, "FromZip": "", "NumMedia": "0"}
        return await self.twilio.customer_says(self.webhook, {**given, **fields})

    @property
    def heard(self) -> list[Inbound]:
        return self.recorder.messages


@pytest_asyncio.fixture
async def line(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Line]:
    async with LocalTwilio(public_url=PUBLIC_URL) as twilio:
        settings = TwilioSmsSettings(Account(ACCOUNT_SID, AUTH_TOKEN, PUBLIC_URL, twilio.url), SENDER)
        channel, recorder = TwilioSmsInput(settings), Recorder()
        async with serving(channel, recorder, monkeypatch) as server:
            twilio.reach = server
            client = TwilioSmsClient(settings, connect_seconds=1, read_seconds=0.3)
            yield Line(twilio, recorder, channel.seam, client, server)
            await client.close_connections()
