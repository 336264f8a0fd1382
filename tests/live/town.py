"""One real server, and a town of customers who reach it on five channels: over HTTP, with the official SDKs, through
local providers that check and sign."""

from __future__ import annotations

import asyncio
import re
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from channels.slack.local_provider import LocalSlack, direct
from channels.telegram.local_provider import LocalTelegram
from channels.telegram.settings import TelegramSettings
from channels.twilio_voice.local_provider import Call, LocalTelephone
from channels.twilio_whatsapp.local_provider import LocalWhatsapp
from tests.backends import Backend
from tests.server import ROOT, Server
from tests.test_connected import WHOLE

PUBLIC, TEAM = "https://surveys.example", "+15005550100"
CLOCK = re.compile(r"\b\d{1,2}:\d\d\b(?: (?:today|tomorrow|heute|morgen|on \w+|am \w+))?")
"""Times of day, and the day behind them: a real server tells the real time."""


class Customer(Protocol):
    """One customer on one channel. `does` one thing; `shown` is all that they were sent so far, a text a message, with
    what can be pressed or tapped below it, each in brackets."""

    address: str

    async def does(self, what: str, value: str) -> None: ...
    def shown(self) -> list[str]: ...


@dataclass
class Town:
    server: Server
    backend: Backend
    twilio: LocalWhatsapp
    telephone: LocalTelephone
    telegram: LocalTelegram
    slack: LocalSlack

    def customer(self, channel: str, number: int) -> Customer:
        """The customer number `number` (of at most 20) of a channel; numbers of telephones differ between channels."""
        if channel in ("sms", "whatsapp"):
            return OnTwilio(self, channel, f"+1500555{'1' if channel == 'sms' else '2'}{number:03}")
        if channel == "telegram":
            return OnTelegram(self, 7000 + number)
        return OnSlack(self, f"U0C{number:02}") if channel == "slack" else OnThePhone(self, f"+15005553{number:03}")

    async def rests(self, address: str) -> None:
        """Until everything this customer wrote is handled, and everything for them has been sent or given up."""
        busy = (
            "select (select count(*) from inbox i join conversations c on c.id = i.conversation_id "
            "where c.address = :who and i.status = 'new') + (select count(*) from outbox o join conversations c "
            "on c.id = o.conversation_id where c.address = :who and o.status in ('queued', 'sending'))"
        )
        for _ in range(1000):
            if self.one(busy, who=address) == 0:
                return
            await asyncio.sleep(0.02)
        raise AssertionError(f"{address} still waits for an answer")

    def one(self, query: str, **values: object) -> Any:
        """The first field of the first row."""
        found = self.backend.rows(query, **values)
        return found[0][0] if found else None


@asynccontextmanager
async def town(folder: Path, backend: Backend) -> AsyncIterator[Town]:
    """The server with all five channels connected."""
    settings = TelegramSettings(WHOLE["telegram"]["TELEGRAM_BOT_TOKEN"], WHOLE["telegram"]["TELEGRAM_WEBHOOK_SECRET"])
    people = {f"U0C{number:02}" for number in range(20)}
    slack = LocalSlack(WHOLE["slack"]["SLACK_BOT_TOKEN"], WHOLE["slack"]["SLACK_SIGNING_SECRET"], people)
    account = WHOLE["twilio_sms"]
    twilio = LocalWhatsapp(account["TWILIO_ACCOUNT_SID"], account["TWILIO_AUTH_TOKEN"], PUBLIC)
    telephone = LocalTelephone(twilio, WHOLE["twilio_voice"]["TWILIO_VOICE_FROM"])
    slack_url = await slack.start()
    async with LocalTelegram(settings) as telegram, twilio:
        environment = {name: value for variables in WHOLE.values() for name, value in variables.items()}
        environment |= {"TELEGRAM_API_BASE_URL": telegram.url, "SLACK_API_BASE_URL": slack_url}
        environment |= {"TWILIO_API_BASE_URL": twilio.url, "CONDUCTOR_PUBLIC_URL": PUBLIC}
        environment |= {"TWILIO_VOICE_TEAM_NUMBER": TEAM, "CONDUCTOR_SURVEYS": str(_in_order(folder / "surveys"))}
        server = await asyncio.to_thread(Server, backend, **environment)
        telegram.webhook, twilio.reach = f"{server.url}/webhooks/telegram/webhook", server.url
        try:
            yield Town(server, backend, twilio, telephone, telegram, slack)
        finally:
            await asyncio.to_thread(server.stop)
            await slack.stop()


def _in_order(folder: Path) -> Path:
    """The product's surveys, whose options are not shuffled: a transcript is the same each time."""
    shutil.copytree(ROOT / "survey_flows" / "definitions", folder)
    for file in folder.glob("*.yml"):
        file.write_text(file.read_text(encoding="utf-8").replace("shuffle: true", "shuffle: false"), encoding="utf-8")
    return folder


@dataclass
class OnTwilio:
    """Writes SMS, or writes and taps on WhatsApp."""

    town: Town
    channel: str
    address: str

    async def does(self, what: str, value: str) -> None:
        twilio, prefix = self.town.twilio, "whatsapp:" if self.channel == "whatsapp" else ""
        provider = f"twilio_{self.channel}"
        sender = prefix + WHOLE[provider][f"TWILIO_{self.channel.upper()}_FROM"]
        fields = {"MessageSid": twilio.sid("SM"), "Body": value, "AccountSid": twilio.account_sid, "NumMedia": "0"}
        fields |= {"From": prefix + self.address, "To": sender, "FromZip": ""}
        if what == "taps":
            tappable = [sent for sent in self._sent() if f"[{value}]" in twilio.shown(sent)]
            fields |= twilio.tapped(tappable[-1], value)
        assert await twilio.customer_says(f"{PUBLIC}/webhooks/{provider}/webhook", fields) == 200

    @property
    def _who(self) -> str:
        return ("whatsapp:" if self.channel == "whatsapp" else "") + self.address

    def _sent(self) -> list[Any]:
        return [sent for sent in self.town.twilio.sent if sent.to == self._who]

    def shown(self) -> list[str]:
        """With what Twilio itself said, where it said it."""
        own = [(said.after, f"(from Twilio) {said.body}") for said in self.town.twilio.own if said.to == self._who]
        ours = [
            (n, self.town.twilio.shown(sent)) for n, sent in enumerate(self.town.twilio.sent) if sent.to == self._who
        ]
        return [text for _, text in sorted([*own, *ours], key=lambda placed: placed[0])]


@dataclass
class OnTelegram:
    town: Town
    chat: int

    @property
    def address(self) -> str:
        return str(self.chat)

    async def does(self, what: str, value: str) -> None:
        telegram = self.town.telegram
        if what == "taps":
            mine = [number for chat, number in telegram.messages if chat == self.chat]
            found = [n for n in mine if any(value in row for row in telegram.keyboard(self.chat, n))]
            assert await telegram.press(self.chat, found[-1], value) == 200
        else:
            assert await telegram.say(self.chat, value) == 200

    def shown(self) -> list[str]:
        calls = [p for name, p in self.town.telegram.calls if name == "sendMessage" and p["chat_id"] == self.address]
        return ["\n".join([str(p["text"]), *self._buttons(p)]) for p in calls]

    @staticmethod
    def _buttons(parameters: dict[str, Any]) -> list[str]:
        rows = parameters.get("reply_markup", {}).get("inline_keyboard", [])
        return [" ".join(f"[{button['text']}]" for button in row) for row in rows]


@dataclass
class OnSlack:
    town: Town
    address: str
    seen: dict[str, str] = field(default_factory=dict)
    """Messages as they were first shown, by their ts: a pressed one is changed in place."""

    async def does(self, what: str, value: str) -> None:
        slack = self.town.slack
        if what == "taps":
            shown = [m for m in self._posted() if f"[{value}]" in _blocks(m)]
            payload = slack.events.press(self.address, shown[-1], value)
        else:
            payload = slack.events.event(self.address, value)
        status, _ = await slack.deliver(f"{self.town.server.url}/webhooks/slack/webhook", payload)
        assert status == 200

    def _posted(self) -> list[dict[str, Any]]:
        return [message for message in self.town.slack.posted if message["channel"] == direct(self.address)]

    def shown(self) -> list[str]:
        for message in self._posted():
            self.seen.setdefault(message["ts"], _blocks(message))
        return list(self.seen.values())


def _blocks(message: dict[str, Any]) -> str:
    lines = []
    for block in message["blocks"]:
        if "text" in block:
            lines.append(block["text"]["text"])
        labels = [e["text"]["text"] for e in block.get("elements", ()) if "text" in e and isinstance(e["text"], dict)]
        lines += [" ".join(f"[{label}]" for label in labels)] if labels else []
    return "\n".join(lines)


@dataclass
class OnThePhone:
    """Rings our number. Being put through to the team is heard as ``(put through to …)``, the end as ``(the end)``."""

    town: Town
    address: str
    call: Call | None = None

    async def does(self, what: str, value: str) -> None:
        if what == "rings":
            self.call = await self.town.telephone.ring(self.address)
            return
        assert self.call is not None
        await {"presses": self.call.press, "says": self.call.say, "records": self.call.record}[what](value)

    def shown(self) -> list[str]:
        if self.call is None:
            return []
        through = [f"(put through to {number})" for number in self.call.dialled]
        return [*self.call.said, *through, *(["(the end)"] if self.call.over else [])]
