"""The WhatsApp channel between a local Twilio and a server that writes down what it is handed."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest
import pytest_asyncio

from channels.receive import Seam
from channels.twilio.local_provider import ACCOUNT_SID, AUTH_TOKEN
from channels.twilio.settings import Account
from channels.twilio_whatsapp.client import TwilioWhatsappClient
from channels.twilio_whatsapp.connector import TwilioWhatsappInput
from channels.twilio_whatsapp.local_provider import LocalWhatsapp
from channels.twilio_whatsapp.settings import TwilioWhatsappSettings
from tests.channels.rasa_server import Recorder, serving

PUBLIC_URL = "https://surveys.example.com"
WEBHOOK = f"{PUBLIC_URL}/webhooks/twilio_whatsapp/webhook"
SENDER, CUSTOMER = "+14155238886", "+4915112345678"


@dataclass
class Chat:
    """Both ends: the provider, our server and our client."""

    twilio: LocalWhatsapp
    recorder: Recorder
    seam: Seam
    client: TwilioWhatsappClient

    async def says(self, body: str, **fields: str) -> int:
        """The customer writes (or taps: `twilio.tapped`); returns the status of our answer."""
        sid = self.twilio.sid("SM")
        given = {
            "MessageSid": sid,
            "From": f"whatsapp:{CUSTOMER}",
            "To": f"whatsapp:{SENDER}",
            "Body": body,
            "Label": "",
        }
        return await self.twilio.customer_says(WEBHOOK, {**given, "ProfileName": "Ada", **fields})

    @property
    def seen(self) -> list[str]:
        """What the customer sees on the telephone."""
        return [self.twilio.shown(sent) for sent in self.twilio.sent]


@pytest_asyncio.fixture
async def chat(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Chat]:
    async with LocalWhatsapp(public_url=PUBLIC_URL) as twilio:
        settings = TwilioWhatsappSettings(Account(ACCOUNT_SID, AUTH_TOKEN, PUBLIC_URL, twilio.url), SENDER)
        channel, recorder = TwilioWhatsappInput(settings), Recorder()
        async with serving(channel, recorder, monkeypatch) as server:
            twilio.reach = server
            twilio.heard[f"whatsapp:{CUSTOMER}"] = twilio.now()  # the 24 hours run; a test closes them
            client = TwilioWhatsappClient(settings, connect_seconds=1, read_seconds=0.3, content_seconds=0.3)
            yield Chat(twilio, recorder, channel.seam, client)
            await client.close_connections()
