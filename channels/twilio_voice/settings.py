"""What the telephone needs from the environment."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from channels.errors import NotConfigured
from channels.hours import Hours, read_hours
from channels.twilio.settings import Account, account_from_environment

NEEDED = ("TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN", "TWILIO_VOICE_FROM", "CONDUCTOR_PUBLIC_URL")
"""Variables without which the channel is not connected."""

FROM = "TWILIO_VOICE_FROM"
TEAM = "TWILIO_VOICE_TEAM_NUMBER"
HOURS = "TWILIO_VOICE_TEAM_HOURS"
MACHINE = "TWILIO_VOICE_MACHINE"
_NUMBER = re.compile(r"\+[1-9][0-9]{6,14}")  # E.164
_MACHINE = ("hang-up", "message")

MISSING = f"{FROM} is not set. It is the Twilio number that customers ring, and that rings them, such as +15005550006."


@dataclass(frozen=True, slots=True)
class TwilioVoiceSettings:
    """`sender`: our number in E.164. `team_number`: who is rung up when a caller wants a person now ("": nobody, they
    are called back), within `hours`. `message_on_machine`: say who called to an answering machine, else hang up."""

    account: Account
    sender: str
    team_number: str = ""
    hours: Hours = field(default_factory=Hours)
    message_on_machine: bool = False


def from_environment(environ: Mapping[str, str]) -> TwilioVoiceSettings | None:
    """The settings, or None where TWILIO_VOICE_FROM is not set: the account may be there for another channel.

    Errors: NotConfigured, with the variable to set.
    """
    sender = environ.get(FROM, "").strip()
    if not sender:
        return None
    team, machine = environ.get(TEAM, "").strip(), environ.get(MACHINE, "").strip() or _MACHINE[0]
    for name, number in ((FROM, sender), (TEAM, team)):
        if number and not _NUMBER.fullmatch(number):
            raise NotConfigured(f"{name} is no telephone number. Write it with its country code, like +15005550006.")
    if machine not in _MACHINE:
        raise NotConfigured(f"{MACHINE} is {machine!r}. Set it to one of: {', '.join(_MACHINE)}.")
    hours = _hours(environ)
    return TwilioVoiceSettings(account_from_environment(environ), sender, team, hours, machine == "message")


def _hours(environ: Mapping[str, str]) -> Hours:
    name = environ.get("CONDUCTOR_TIMEZONE", "").strip() or "UTC"
    try:
        zone = ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise NotConfigured(f"CONDUCTOR_TIMEZONE is {name!r}. Use a name such as Europe/Berlin.") from error
    try:
        return read_hours(environ.get(HOURS, ""), zone)
    except ValueError as error:
        raise NotConfigured(f"{HOURS}: {error}") from error
