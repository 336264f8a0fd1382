"""What the WhatsApp channel needs from the environment."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from channels.errors import NotConfigured
from channels.twilio.settings import Account, account_from_environment
from channels.twilio_whatsapp.limits import PREFIX

NEEDED = ("TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN", "TWILIO_WHATSAPP_FROM", "CONDUCTOR_PUBLIC_URL")
"""Variables without which the channel is not connected."""

_SENDER = re.compile(r"\+[1-9][0-9]{6,14}|MG[0-9a-fA-F]{32}")  # E.164; twilio_api_v2010: MessagingServiceSid

MISSING = (
    "TWILIO_WHATSAPP_FROM is not set. It is the WhatsApp sender's number, such as +14155238886 (Twilio's sandbox), or "
    "the SID of a Messaging Service (MG…)."
)


@dataclass(frozen=True, slots=True)
class TwilioWhatsappSettings:
    """`sender`: the number of a WhatsApp sender in E.164, without prefix, or a Messaging Service's SID."""

    account: Account
    sender: str

    @property
    def sent_as(self) -> dict[str, str]:
        """The SDK's keyword for the sender."""
        if self.sender.startswith("MG"):
            return {"messaging_service_sid": self.sender}
        return {"from_": PREFIX + self.sender}


def from_environment(environ: Mapping[str, str]) -> TwilioWhatsappSettings | None:
    """The settings, or None where TWILIO_WHATSAPP_FROM is not set: the account alone may be there for another channel.

    Errors: NotConfigured, with the variable to set.
    """
    sender = environ.get("TWILIO_WHATSAPP_FROM", "").strip().removeprefix(PREFIX)
    if not sender:
        return None
    if not _SENDER.fullmatch(sender):
        raise NotConfigured(
            "TWILIO_WHATSAPP_FROM is neither a number like +14155238886 nor a Messaging Service (MG…). Copy the sender "
            "from the Twilio Console, under Messaging, Senders, WhatsApp senders."
        )
    return TwilioWhatsappSettings(account_from_environment(environ), sender)
