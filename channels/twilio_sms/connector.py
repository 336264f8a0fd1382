"""SMS as a Rasa InputChannel, named in credentials.yml as ``channels.twilio_sms.connector.TwilioSmsInput``."""

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
from channels.twilio_sms.limits import PROVIDER
from channels.twilio_sms.parse import parse
from channels.twilio_sms.settings import MISSING, TwilioSmsSettings, from_environment


class TwilioSmsInput(InputChannel):
    """Takes in what customers write by SMS, and Twilio's delivery reports. Both must be signed by the account."""

    @classmethod
    def name(cls) -> str:
        return PROVIDER

    @classmethod
    def from_credentials(cls, credentials: dict[str, Any] | None) -> TwilioSmsInput:
        """Credentials come from the environment alone. Errors: NotConfigured, with the variable to set."""
        settings = from_environment(os.environ)
        if settings is None:
            raise NotConfigured(MISSING)
        return cls(settings)

    def __init__(self, settings: TwilioSmsSettings) -> None:
        self._account = settings.account
        self.seam = Seam(PROVIDER, parse, StatusParser(PROVIDER))

    def blueprint(self, on_new_message: Callable[[UserMessage], Awaitable[Any]]) -> Blueprint:
        """`POST /webhooks/twilio_sms/webhook` and `…/status`. Messages go to ``app.ctx.receiver``, not straight to
        Rasa: they are committed first."""
        return messaging_blueprint(self._account, self.seam)
