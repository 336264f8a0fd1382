"""The local providers of all channels that have no credentials: started together, with secrets made for this start."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field

from channels.local.phone import Now, Phone, utc
from channels.local.slack import SlackPhone
from channels.local.telegram import TelegramPhone
from channels.local.telephone import TelephonePhone
from channels.local.twilio_texts import TwilioPhone, WhatsappPhone
from channels.slack.local_provider import LocalSlack
from channels.telegram.local_provider import LocalTelegram
from channels.telegram.settings import TelegramSettings
from channels.twilio_voice.local_provider import LocalTelephone
from channels.twilio_whatsapp.local_provider import LocalWhatsapp

FAMILIES: Mapping[str, tuple[str, ...]] = {
    "TWILIO_": ("sms", "whatsapp", "voice"),
    "TELEGRAM_": ("telegram",),
    "SLACK_": ("slack",),
}
"""How the names of a provider's variables begin → the channels that it carries. One account carries all of Twilio's."""

_NUMBERS = {"sms": "+15005550006", "whatsapp": "+15005550007", "voice": "+15005550008"}
"""Ours. Twilio keeps +1500555xxxx for tests: nobody has such a number."""


@dataclass
class LocalProviders:
    """Call `bind` before the server runs (its connectors read the variables), `start` inside its event loop.

    `phones`: channel → its customers' phones. `off`: channels whose provider has real credentials; a signature of ours
    never goes there."""

    server: str
    now: Now = utc
    phones: dict[str, Phone] = field(default_factory=dict)
    off: tuple[str, ...] = ()
    _twilio: LocalWhatsapp | None = None
    _telegram: LocalTelegram | None = None
    _slack: LocalSlack | None = None

    def bind(self, environment: Mapping[str, str]) -> dict[str, str]:
        """Make a provider for each family that has no variable in `environment`. Returns the variables that connect to
        them; they hold secrets of this start, so they are to be kept in memory only."""
        real = [
            family for family in FAMILIES if any(name.startswith(family) and environment[name] for name in environment)
        ]
        self.off = tuple(channel for family in real for channel in FAMILIES[family])
        # Ids of an earlier start are never given again: they are in the database. A hundred for each second suffice.
        first = int(self.now().timestamp() * 100)
        variables: dict[str, str] = {}
        if "TWILIO_" not in real:
            variables |= self._bind_twilio(first, environment.get("CONDUCTOR_PUBLIC_URL", ""))
        if "TELEGRAM_" not in real:
            variables |= self._bind_telegram(first)
        if "SLACK_" not in real:
            variables |= self._bind_slack(first)
        return variables

    def _bind_twilio(self, first: int, public_url: str) -> dict[str, str]:
        sid, token, public = f"AC{secrets.token_hex(16)}", secrets.token_hex(16), public_url.strip().rstrip("/")
        twilio = self._twilio = LocalWhatsapp(sid, token, public or self.server, self.server, first=first)
        telephone = LocalTelephone(twilio, _NUMBERS["voice"])
        self.phones["sms"] = TwilioPhone(twilio, _NUMBERS["sms"], self.now)
        self.phones["whatsapp"] = WhatsappPhone(twilio, _NUMBERS["whatsapp"], self.now)
        self.phones["voice"] = TelephonePhone(telephone, self.now)
        return {
            "TWILIO_ACCOUNT_SID": sid,
            "TWILIO_AUTH_TOKEN": token,
            "TWILIO_API_BASE_URL": twilio.server.bind(),
            "TWILIO_SMS_FROM": _NUMBERS["sms"],
            "TWILIO_WHATSAPP_FROM": _NUMBERS["whatsapp"],
            "TWILIO_VOICE_FROM": _NUMBERS["voice"],
            "CONDUCTOR_PUBLIC_URL": twilio.public_url,
        }

    def _bind_telegram(self, first: int) -> dict[str, str]:
        settings = TelegramSettings(
            f"{10**9 + secrets.randbelow(10**9)}:{secrets.token_hex(20)}", secrets.token_hex(32)
        )
        telegram = self._telegram = LocalTelegram(settings)
        telegram.first, telegram.webhook = first, f"{self.server}/webhooks/telegram/webhook"
        self.phones["telegram"] = TelegramPhone(telegram, self.now)
        return {
            "TELEGRAM_BOT_TOKEN": settings.token,
            "TELEGRAM_WEBHOOK_SECRET": settings.secret,
            "TELEGRAM_API_BASE_URL": telegram.server.bind(),
        }

    def _bind_slack(self, first: int) -> dict[str, str]:
        token, secret = f"xoxb-{secrets.token_hex(24)}", secrets.token_hex(16)
        slack = self._slack = LocalSlack(token, secret, set(), first=first)
        self.phones["slack"] = SlackPhone(slack, f"{self.server}/webhooks/slack/webhook", self.now)
        return {
            "SLACK_BOT_TOKEN": token,
            "SLACK_SIGNING_SECRET": secret,
            "SLACK_API_BASE_URL": f"{slack.server.bind()}/api/",
        }

    async def start(self) -> None:
        """Answer at the addresses that were taken."""
        if self._twilio is not None:
            await self._twilio.__aenter__()
        if self._telegram is not None:
            await self._telegram.__aenter__()
        if self._slack is not None:
            await self._slack.start()

    async def stop(self) -> None:
        """Give everything back."""
        for phone in self.phones.values():
            if isinstance(phone, TwilioPhone):
                await phone.settled()
        if self._twilio is not None:
            await self._twilio.__aexit__()
        if self._telegram is not None:
            await self._telegram.__aexit__()
        if self._slack is not None:
            await self._slack.stop()
