"""Tells Twilio where the server is, as far as it can be told: what `conductor channels set-webhooks` does for WhatsApp.

A WhatsApp sender is no telephone number of the account's. Its addresses are set in the Console, or by the Senders API,
which the SDK that Rasa allows (twilio 8) does not have."""

from __future__ import annotations

from channels.twilio.set_up import set_service
from channels.twilio_whatsapp.limits import PROVIDER
from channels.twilio_whatsapp.settings import TwilioWhatsappSettings

PATH = f"/webhooks/{PROVIDER}/webhook"
ADDRESSES = {"When a message comes in": PATH}
"""What is to be set at the provider, in its own words: name → our path."""


def plan(settings: TwilioWhatsappSettings, public_url: str) -> list[str]:
    """What `set_up` would do."""
    if not settings.sender.startswith("MG"):
        return [by_hand(settings, public_url)]
    where = f"{public_url}{PATH}"
    return [f"At Twilio, the Messaging Service {settings.sender} would send what customers write to {where}."]


async def set_up(settings: TwilioWhatsappSettings, public_url: str) -> list[str]:
    """Set the address of the Messaging Service; for a sender of its own, say what to set by hand. Can be repeated.
    Raises SendError and TimeoutError."""
    if not settings.sender.startswith("MG"):
        return [by_hand(settings, public_url)]
    return await set_service(settings.account, settings.sender, public_url + PATH)


def by_hand(settings: TwilioWhatsappSettings, public_url: str) -> str:
    """What only a person can do."""
    return (
        f"Nothing was set: the addresses of a WhatsApp sender are set in the Twilio Console. Under Messaging, Senders, "
        f"WhatsApp senders, {settings.sender} (the sandbox: under Try WhatsApp, Sandbox settings), paste "
        f"{public_url}{PATH} as the webhook for incoming messages. Delivery reports need no setting."
    )
