"""What the SMS channel needs from the environment."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from channels.errors import NotConfigured
from channels.twilio.settings import Account, account_from_environment

NEEDED = ("TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN", "TWILIO_SMS_FROM", "CONDUCTOR_PUBLIC_URL")
"""Variables without which the channel is not connected."""

_NUMBER = re.compile(r"\+[1-9][0-9]{6,14}|[0-9]{3,8}")  # E.164, or a short code
_SERVICE = re.compile(r"MG[0-9a-fA-F]{32}")  # twilio_api_v2010: MessagingServiceSid

MISSING = (
    "TWILIO_SMS_FROM is not set. It is the number that surveys come from, such as +15005550006, or the SID of a "
    "Messaging Service (MG…)."
)


@dataclass(frozen=True, slots=True)
class TwilioSmsSettings:
    """`sender`: a number in E.164, a short code, or a Messaging Service's SID."""

    account: Account
    sender: str

    @property
    def is_service(self) -> bool:
        return self.sender.startswith("MG")


def from_environment(environ: Mapping[str, str]) -> TwilioSmsSettings | None:
    """The settings, or None where TWILIO_SMS_FROM is not set: the account alone may be there for another channel.

    Errors: NotConfigured, with the variable to set.
    """
    sender = environ.get("TWILIO_SMS_FROM", "").strip()
    if not sender:
        return None
    if not _NUMBER.fullmatch(sender) and not _SERVICE.fullmatch(sender):
        raise NotConfigured(
            "TWILIO_SMS_FROM is neither a number like +15005550006 nor a short code nor a Messaging Service (MG…). "
            "A sender of letters can't be answered, so it can't conduct a survey."
        )
    return TwilioSmsSettings(account_from_environment(environ), sender)
