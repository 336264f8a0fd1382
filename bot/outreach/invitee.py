"""Somebody who is to be asked, and how they are reached: addresses are checked and written in one way each."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from typing import Any

import phonenumbers

from bot.errors import ConductorError
from channels.contract import CHANNELS

PROVIDERS: Mapping[str, str] = {
    "sms": "twilio_sms",
    "whatsapp": "twilio_whatsapp",
    "voice": "twilio_voice",
    "telegram": "telegram",
    "slack": "slack",
    "web": "web",
}
"""Who carries a channel, unless something else is asked for (the playground plays every channel: "web")."""

ADDRESS_LIMIT = 255
"""Characters of `conversations.address`."""

EXTERNAL_ID_LIMIT = 120
"""Characters of `contacts.external_id`."""

_TELEGRAM_CHAT = re.compile(r"[0-9]{1,19}")
"""A private chat's id. A group's is negative (Telegram Bot API, type Chat), and no survey is held in a group."""
_SLACK_ID = re.compile(r"[UW][A-Z0-9]{2,20}")
"""A person (U…, W…), as Slack's API names them. A channel (C…, G…) can't answer: what its members say comes from them,
and a direct message's own id (D…) would be a second conversation with the same person."""


class BadInvitee(ConductorError):
    """The channel, address or language of somebody who is to be asked can't be right."""


@dataclass(frozen=True)
class Invitee:
    """Somebody to be asked. `address` as a person wrote it, until `checked`. `provider` "": the channel's usual one."""

    channel: str
    address: str
    name: str | None = None
    language: str | None = None
    attributes: Mapping[str, Any] = field(default_factory=dict)
    provider: str = ""
    external_id: str | None = None
    """By which the company knows them (a customer number)."""


def checked(invitee: Invitee, region: str) -> Invitee:
    """The invitee with its address in the one form in which it is stored, and its provider named.

    `region` is the country (ISO 3166-1, two letters) of telephone numbers written without a country code.
    Raises BadInvitee, which says what is wrong and how to mend it.
    """
    must_carry(invitee.channel, invitee.provider)
    address = normal_address(invitee.channel, invitee.address, region)
    return replace(
        invitee,
        address=address,
        provider=invitee.provider or PROVIDERS[invitee.channel],
        name=(invitee.name or "").strip() or None,
        language=normal_language(invitee.language),
        external_id=normal_external_id(invitee.external_id),
    )


def must_carry(channel: str, provider: str) -> None:
    """Raises BadInvitee when there is no such channel, or the provider ("": the usual one) does not carry it."""
    if channel not in CHANNELS:
        near = get_close_matches(channel, CHANNELS, 1)
        hint = f" Did you mean {near[0]}?" if near else ""
        raise BadInvitee(f"There is no channel {channel!r}.{hint}", f"Channels: {', '.join(CHANNELS)}.")
    if provider not in ("", "web", PROVIDERS[channel]):
        raise BadInvitee(
            f"{provider} does not carry the channel {channel}.", f"Use {PROVIDERS[channel]}, or web for the playground."
        )


def normal_address(channel: str, address: str, region: str) -> str:
    """The address as it is stored: E.164 for telephones, ids as the provider writes them. Raises BadInvitee."""
    must_carry(channel, "")
    text = address.strip()
    if not text:
        raise BadInvitee("The address is empty.", f"Give an address for the channel {channel}.")
    if len(text) > ADDRESS_LIMIT:
        raise BadInvitee(f"The address has {len(text)} characters; at most {ADDRESS_LIMIT} are possible.")
    if channel in ("sms", "whatsapp", "voice"):
        return _telephone(text.removeprefix("whatsapp:"), region)
    if channel == "telegram" and not _TELEGRAM_CHAT.fullmatch(text):
        raise BadInvitee(
            f"{text!r} is no Telegram chat id.",
            "Give the number by which Telegram names the chat, such as 123456789: a bot can't write to an @name.",
        )
    if channel == "slack" and not _SLACK_ID.fullmatch(text):
        raise BadInvitee(
            f"{text!r} is no Slack member's id.",
            "Give the id (U…) that stands in the member's Slack profile: a survey asks a person, not a channel.",
        )
    return text


def _telephone(text: str, region: str) -> str:
    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException as error:
        raise BadInvitee(f"{text!r} is no telephone number.", "Write it like +49 30 901820.") from error
    if number.extension:
        raise BadInvitee(
            f"{text!r} has an extension: the message would go to the number before it.", "Give a direct number."
        )
    if not phonenumbers.is_valid_number(number):
        raise BadInvitee(
            f"{text!r} is no valid telephone number (numbers without a country code are read as from {region}).",
            "Write it with its country code, like +49 30 901820, or set CONDUCTOR_REGION.",
        )
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))


def normal_external_id(external_id: str | None) -> str | None:
    """The external id without blanks around it; nothing is nothing. Raises BadInvitee."""
    text = (external_id or "").strip()
    if len(text) > EXTERNAL_ID_LIMIT:
        raise BadInvitee(
            f"The external id has {len(text)} characters; at most {EXTERNAL_ID_LIMIT} are possible.",
            "Give the customer number by which your systems know the contact.",
        )
    return text or None


def normal_language(language: str | None) -> str | None:
    """ "de", "DE" and "de-AT" are German; nothing is nothing."""
    text = (language or "").strip().lower()
    if not text:
        return None
    code = re.split("[-_]", text)[0]
    if not re.fullmatch("[a-z]{2}", code):
        raise BadInvitee(f"{language!r} is no language code.", "Use two letters (ISO 639-1), such as en or de.")
    return code
