"""Slack's people at the local Slack."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from aiohttp import web

from channels.local.phone import Line, Now, Phone, choice, found, utc
from channels.slack.local_provider import LocalSlack, direct
from channels.slack.words import written

_MEMBER = re.compile(r"U0LOCAL[0-9A-F]{8}")


class SlackPhone(Phone):
    """Direct messages with the app."""

    provider, channel = "slack", "slack"

    def __init__(self, slack: LocalSlack, webhook: str, now: Now = utc) -> None:
        super().__init__(now)
        self.slack, self.webhook = slack, webhook
        self._seen = 0
        self._people: dict[str, str] = {}
        slack.server.told.append(self._look)

    def meet(self) -> str:
        return f"U0LOCAL{secrets.token_hex(4).upper()}"

    def ours(self, address: str) -> bool:
        return _MEMBER.fullmatch(address) is not None

    def open(self, address: str, language: str) -> None:
        super().open(address, language)
        self.slack.people.add(address)
        self._people[direct(address)] = address

    async def _say(self, address: str, text: str) -> int:
        event = self.slack.event(address, text)
        self._keep(address, Line(event["event_id"], "in", self._at(), lambda: {"text": text}))
        status, _ = await self.slack.deliver(self.webhook, event, (0.0,))
        return status

    async def _press(self, address: str, message: str, labels: Sequence[str]) -> int:
        """One label: a button. Several: boxes that are ticked, and last the button that sends them."""
        posted = found(self.slack.posted, lambda m: _id(m) == message)
        payload = self.slack.press(address, posted, labels[-1], labels[:-1])
        status, _ = await self.slack.deliver(self.webhook, payload)
        return status

    def _look(self, request: web.Request, status: int) -> None:
        """Puts what was posted on the screens; what was updated is drawn as it is now."""
        new, self._seen = self.slack.posted[self._seen :], len(self.slack.posted)
        for message in new:
            address = self._people.get(message["channel"])
            if address:
                self._keep(address, Line(_id(message), "out", self._at(), partial(drawn, message), message["ts"]))
        self._changed(*self._people.values())


def _id(message: Mapping[str, Any]) -> str:
    return f"{message['channel']}-{message['ts']}"


def drawn(message: Mapping[str, Any]) -> Mapping[str, Any]:
    """A message as Slack draws its blocks: sections as text, buttons in a row, boxes to tick."""
    text = "\n".join(_words(block["text"]) for block in message["blocks"] if block.get("text"))
    elements = [e for b in message["blocks"] if b["type"] == "actions" for e in b["elements"]]
    buttons = [choice(e["text"]["text"]) for e in elements if e["type"] == "button"]
    boxes = [choice(o["text"]["text"]) for e in elements if e["type"] == "checkboxes" for o in e["options"]]
    drawing: dict[str, Any] = {"form": "plain", "text": text, "speech": text}
    if boxes:
        drawing.update(form="toggles", rows=[[box] for box in boxes], send=buttons[0]["label"])
    elif buttons:
        drawing.update(form="buttons", rows=[buttons])
    return {"text": text, "drawing": drawing, "live": bool(elements)}


def _words(text: Mapping[str, Any]) -> str:
    said = str(text["text"])
    return written(said) if text["type"] == "mrkdwn" else said
