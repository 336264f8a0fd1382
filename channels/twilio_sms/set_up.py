"""Tells Twilio where the server is: what `conductor channels set-webhooks` does for SMS."""

from __future__ import annotations

from channels.twilio.set_up import set_number, set_service
from channels.twilio_sms.limits import PROVIDER
from channels.twilio_sms.settings import TwilioSmsSettings

PATH = f"/webhooks/{PROVIDER}/webhook"
ADDRESSES = {"A message comes in": PATH}
"""What is to be set at the provider, in its own words: name → our path."""


def plan(settings: TwilioSmsSettings, public_url: str) -> list[str]:
    """What `set_up` would do."""
    whose = "the Messaging Service" if settings.is_service else "the number"
    return [f"At Twilio, {whose} {settings.sender} would send what customers write to {public_url}{PATH}."]


async def set_up(settings: TwilioSmsSettings, public_url: str) -> list[str]:
    """Set the address of the number, the short code or the Messaging Service. Can be repeated. Returns what was done,
    as sentences. Raises SendError and TimeoutError."""
    address = public_url + PATH
    if settings.is_service:
        return await set_service(settings.account, settings.sender, address)
    return await set_number(settings.account, settings.sender, {"sms_url": address})
