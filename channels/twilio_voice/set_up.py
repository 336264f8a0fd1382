"""Tells Twilio where the server is: what `conductor channels set-webhooks` does for the telephone."""

from __future__ import annotations

from channels.twilio.set_up import set_number
from channels.twilio_voice.limits import PROVIDER
from channels.twilio_voice.settings import TwilioVoiceSettings

PATH, STATUS = f"/webhooks/{PROVIDER}/webhook", f"/webhooks/{PROVIDER}/status"
ADDRESSES = {"A call comes in": PATH, "Call status changes": STATUS}
"""What is to be set at the provider, in its own words: name → our path."""


def plan(settings: TwilioVoiceSettings, public_url: str) -> list[str]:
    """What `set_up` would do."""
    return [
        f"At Twilio, the number {settings.sender} would send calls to {public_url}{PATH}, and how they end to "
        f"{public_url}{STATUS}."
    ]


async def set_up(settings: TwilioVoiceSettings, public_url: str) -> list[str]:
    """Set the two addresses of the number. Can be repeated. Returns what was done, as sentences. Raises SendError and
    TimeoutError."""
    addresses = {"voice_url": public_url + PATH, "status_callback": public_url + STATUS}
    return await set_number(settings.account, settings.sender, addresses)
