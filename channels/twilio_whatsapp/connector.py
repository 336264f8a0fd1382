"""WhatsApp as a Rasa InputChannel: ``channels.twilio_whatsapp.connector.TwilioWhatsappInput`` in credentials.yml."""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable
from typing import Any

from rasa.core.channels.channel import InputChannel, UserMessage
from sanic import Blueprint

from channels.errors import NotConfigured
from channels.receive import Seam
from channels.twilio.status import StatusParser
from channels.twilio.webhook import messaging_blueprint
from channels.twilio_whatsapp.limits import PROVIDER
from channels.twilio_whatsapp.parse import parse
from channels.twilio_whatsapp.settings import MISSING, TwilioWhatsappSettings, from_environment


class TwilioWhatsappInput(InputChannel):
    """Takes in what customers write and tap on WhatsApp, and Twilio's delivery reports, all signed by the account."""

    @classmethod
    def name(cls) -> str:
        return PROVIDER

    @classmethod
    def from_credentials(cls, credentials: dict[str, Any] | None) -> TwilioWhatsappInput:
        """Credentials come from the environment alone. Errors: NotConfigured, with the variable to set."""
        settings = from_environment(os.environ)
        if settings is None:
            raise NotConfigured(MISSING)
        return cls(settings)

    def __init__(self, settings: TwilioWhatsappSettings) -> None:
        self._account = settings.account
        self.seam = Seam(PROVIDER, parse, StatusParser(PROVIDER))

    def blueprint(self, on_new_message: Callable[[UserMessage], Awaitable[Any]]) -> Blueprint:
        """`POST /webhooks/twilio_whatsapp/webhook` and `…/status`, both to ``app.ctx.receiver``."""
        return messaging_blueprint(self._account, self.seam)
