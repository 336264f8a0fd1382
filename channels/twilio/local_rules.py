"""What Twilio's Messages API refuses, for the local provider. https://www.twilio.com/docs/messaging/api/message-resource"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from urllib.parse import urlsplit

from channels.splitting import utf16_units
from channels.twilio.form import Form

BODY_LIMIT = 1600
"""Characters of a Body: https://www.twilio.com/docs/api/errors/21617"""

_ANY = re.compile(r"[\s\S]*")
_BOOLEAN = re.compile("true|false")
_NUMBER = re.compile(r"\+[1-9][0-9]{6,14}")  # E.164
_SENDER = re.compile(r"(whatsapp:)?\+[1-9][0-9]{6,14}|[0-9]{3,8}|(?=.*[A-Za-z])[A-Za-z0-9 ]{1,11}")

PARAMETERS: Mapping[str, re.Pattern[str]] = MappingProxyType(
    {
        "To": _ANY,
        "From": _SENDER,
        "MessagingServiceSid": re.compile("MG[0-9a-fA-F]{32}"),
        "Body": _ANY,
        "MediaUrl": _ANY,
        "StatusCallback": _ANY,
        "ContentSid": re.compile("HX[0-9a-fA-F]{32}"),
        "ContentVariables": _ANY,
        "PersistentAction": _ANY,
        "ValidityPeriod": re.compile("[1-9][0-9]{0,4}"),
        "SmartEncoded": _BOOLEAN,
        "ProvideFeedback": _BOOLEAN,
        "ShortenUrls": _BOOLEAN,
        "SendAsMms": _BOOLEAN,
    }
)
"""Parameters of POST …/Messages.json that our channels may use, with the form of each (twilio_api_v2010.json)."""


@dataclass(frozen=True)
class Refusal:
    """An answer that says no, in Twilio's form."""

    status: int
    code: int
    message: str


def refusal(form: Form, opted_out: Collection[str]) -> Refusal | None:
    """Why Twilio would not take this message, or None. Stricter in one thing: unknown parameters are refused, too."""
    for name, values in form.items():
        pattern = PARAMETERS.get(name)
        if pattern is None:
            return Refusal(400, 20001, f"Unknown parameter {name}")
        if not all(pattern.fullmatch(value) for value in values):
            code = 21212 if name == "From" else 20001
            return Refusal(400, code, f"Invalid parameter {name}")
        if len(values) > 1 and name not in ("MediaUrl", "PersistentAction"):
            return Refusal(400, 20001, f"Repeated parameter {name}")
    return _about_addresses(form, opted_out) or _about_content(form)


def _about_addresses(form: Form, opted_out: Collection[str]) -> Refusal | None:
    to = form.text("To")
    if not to:
        return Refusal(400, 21604, "A 'To' phone number is required.")
    if not _NUMBER.fullmatch(to.removeprefix("whatsapp:")):
        return Refusal(400, 21211, "Invalid 'To' Phone Number")
    if not form.text("From") and not form.text("MessagingServiceSid"):
        return Refusal(400, 21603, "A 'From' phone number is required.")
    sender = form.text("From")
    if sender and sender.startswith("whatsapp:") != to.startswith("whatsapp:"):
        return Refusal(400, 21910, "Invalid From and To pair. From and To should be of the same channel")
    if to in opted_out:
        return Refusal(400, 21610, "Attempt to send to unsubscribed recipient")
    return None


def _about_content(form: Form) -> Refusal | None:
    if not any(form.text(name) for name in ("Body", "MediaUrl", "ContentSid")):
        return Refusal(400, 21602, "Message body is required.")
    if utf16_units(form.text("Body")) > BODY_LIMIT:
        return Refusal(400, 21617, "The concatenated message body exceeds the 1600 character limit")
    callback = form.text("StatusCallback")
    if callback and not _callable(callback):
        return Refusal(400, 21609, "Invalid StatusCallback URL")
    return None


def _callable(url: str) -> bool:
    parts = urlsplit(url)
    return parts.scheme in ("http", "https") and bool(parts.hostname) and "_" not in (parts.hostname or "")
