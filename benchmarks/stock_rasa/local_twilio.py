"""Rasa's own Twilio channel, which sends to TWILIO_API_BASE_URL instead of api.twilio.com. Nothing else is changed."""

from __future__ import annotations

import os
from typing import Any

from rasa.core.channels.twilio import TwilioInput, TwilioOutput
from twilio.http.http_client import TwilioHttpClient


class LocalHttpClient(TwilioHttpClient):
    """One connection that is kept, as in the SDK."""

    def request(self, method: str, url: str, *args: Any, **kwargs: Any) -> Any:
        return super().request(
            method, url.replace("https://api.twilio.com", os.environ["TWILIO_API_BASE_URL"]), *args, **kwargs
        )


_CLIENT = LocalHttpClient()


class LocalTwilioInput(TwilioInput):
    """`credentials.yml` names it."""

    def get_output_channel(self) -> TwilioOutput:
        output = TwilioOutput(self.account_sid, self.auth_token, self.twilio_number)
        output.http_client = _CLIENT
        return output
