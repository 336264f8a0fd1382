"""SMS and WhatsApp at the local Twilio."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from aiohttp import web

from channels.local.phone import Line, NotTaken, Now, Phone, choice, fictional_number, found, utc, words
from channels.looks import LOOKS
from channels.twilio.local_provider import Sent
from channels.twilio_whatsapp.local_provider import LocalWhatsapp

_FICTION = re.compile(r"\+1[2-9]\d{2}55501\d{2}")
_VARIABLE = re.compile(r"\{\{(\w+)\}\}")
_REPORT_SECONDS = 0.25
"""Between a message that was taken, its report "sent", and the next."""
_HELLO = {"en": "Hi", "de": "Hallo", "fr": "Bonjour", "es": "Hola"}


class TwilioPhone(Phone):
    """Text messages. `sender` is our number, `twilio` the account that all of Twilio's channels share."""

    provider, channel, prefix = "twilio_sms", "sms", ""
    reports: tuple[str, ...] = ("sent", "delivered")

    def __init__(self, twilio: LocalWhatsapp, sender: str, now: Now = utc) -> None:
        super().__init__(now)
        self.twilio, self.sender = twilio, sender
        self._seen = 0
        self._reporting: set[asyncio.Task[None]] = set()
        twilio.server.told.append(self._look)

    def meet(self) -> str:
        return fictional_number(self._threads)

    def ours(self, address: str) -> bool:
        return _FICTION.fullmatch(address) is not None

    async def _say(self, address: str, text: str) -> int:
        return await self._tell(address, {"Body": text}, text)

    async def _press(self, address: str, message: str, labels: Sequence[str]) -> int:
        raise NotTaken("There is nothing to press in a text message.")

    async def _tell(self, address: str, fields: Mapping[str, str], shown: str) -> int:
        """The webhook of a message that came in."""
        sid = self.twilio.sid("SM")
        who = self.prefix + address
        self._keep(address, Line(sid, "in", self._at(), lambda: {"text": shown}))
        basics = {"MessageSid": sid, "SmsSid": sid, "SmsMessageSid": sid, "AccountSid": self.twilio.account_sid}
        ends = {"From": who, "To": self.prefix + self.sender, "ApiVersion": "2010-04-01", "NumMedia": "0"}
        url = f"{self.twilio.public_url}/webhooks/{self.provider}/webhook"
        known = len(self.twilio.own)
        status = await self.twilio.customer_says(url, {**basics, **ends, **self._more(address), **fields})
        for own in self.twilio.own[known:]:
            if own.to == who:
                self._keep(address, Line(self.twilio.sid("SM"), "out", self._at(), partial(words, own.body)))
        return status

    def _more(self, address: str) -> dict[str, str]:
        return {"NumSegments": "1", "FromCountry": "US", "FromZip": ""}

    def _look(self, request: web.Request, status: int) -> None:
        """Puts what Twilio was sent on the screens, and reports what became of it."""
        new, self._seen = self.twilio.sent[self._seen :], len(self.twilio.sent)
        for sent in new:
            if sent.to.startswith("whatsapp:") != bool(self.prefix):
                continue
            address = sent.to.removeprefix("whatsapp:")
            self._keep(address, Line(sent.sid, "out", self._at(), partial(self._content, sent), sent.sid))
            self._changed(address)
            task = asyncio.create_task(self._report(address, sent))
            self._reporting.add(task)
            task.add_done_callback(self._reporting.discard)

    async def _report(self, address: str, sent: Sent) -> None:
        for status in self.reports:
            await asyncio.sleep(_REPORT_SECONDS)
            if status != "read" or self.watched(address):
                await self.twilio.report(sent, status)
                self._changed(address)

    def _content(self, sent: Sent) -> Mapping[str, Any]:
        return words(sent.body)

    async def settled(self) -> None:
        """Ends the reports that are under way."""
        for task in self._reporting:
            task.cancel()
        await asyncio.gather(*self._reporting, return_exceptions=True)


class WhatsappPhone(TwilioPhone):
    """WhatsApp: contents with buttons or a list, and the window that a message of the customer's opens."""

    provider, channel, prefix = "twilio_whatsapp", "whatsapp", "whatsapp:"
    reports = ("sent", "delivered", "read")

    def __init__(self, twilio: LocalWhatsapp, sender: str, now: Now = utc) -> None:
        super().__init__(twilio, sender, now)
        self._wrote: dict[str, datetime] = {}
        self._pressed: set[str] = set()

    async def before_first(self, address: str) -> None:
        """Outside the window nobody may be written to freely, so the customer says hello."""
        if not self._open_until(address):
            await self.say(address, _HELLO.get(self._threads[address].language, _HELLO["en"]), f"hello-{self._at()}")

    def state(self, address: str) -> dict[str, Any]:
        until = self._open_until(address)
        return {"window": {"until": until.isoformat(timespec="seconds") if until else None}}

    def _open_until(self, address: str) -> datetime | None:
        until = self._wrote.get(address, datetime.min.replace(tzinfo=utc().tzinfo)) + timedelta(
            hours=LOOKS[self.channel].window_hours
        )
        return until if until > self.now() else None

    def _more(self, address: str) -> dict[str, str]:
        self._wrote[address] = self.now()
        return {"ProfileName": "Ada", "WaId": address.removeprefix("+"), "MessageType": "text"}

    async def _press(self, address: str, message: str, labels: Sequence[str]) -> int:
        sent = found(self.twilio.sent, lambda sent: sent.sid == message)
        status = await self._tell(
            address,
            {**self.twilio.tapped(sent, labels[0]), "OriginalRepliedMessageSid": sent.sid},
            labels[0],
        )
        if status == 200:
            self._pressed.add(message)
        return status

    def _content(self, sent: Sent) -> Mapping[str, Any]:
        sid = sent.form.text("ContentSid")
        if not sid:
            return words(sent.body)
        name, kind = next(iter(self.twilio.contents[sid]["types"].items()))
        given = json.loads(sent.form.text("ContentVariables") or "{}")
        text = _VARIABLE.sub(lambda match: str(given.get(match[1], match[0])), str(kind["body"]))
        drawing = {"text": text, "speech": text, **_pressable(name, kind)}
        return {"text": text, "drawing": drawing, "live": sent.sid not in self._pressed}


def _pressable(name: str, kind: Mapping[str, Any]) -> dict[str, Any]:
    """The buttons or the list of a content."""
    if name == "twilio/list-picker":
        items = [[choice(item["item"], item.get("description", ""))] for item in kind["items"]]
        return {"form": "list", "menu": kind["button"], "rows": items}
    if kind.get("actions"):
        return {"form": "buttons", "rows": [[choice(action["title"])] for action in kind["actions"]]}
    return {"form": "plain"}
