"""Slack's people at the local Slack: direct messages, forms, slash commands and the Home tab."""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from aiohttp import web

from channels.local.phone import Line, NotTaken, Now, Phone, found, utc
from channels.local.slack_drawing import drawn, drawn_form
from channels.slack.local_provider import LocalSlack, direct

_MEMBER = re.compile(r"U0LOCAL[0-9A-F]{8}")


class SlackPhone(Phone):
    """One conversation with the app for each person."""

    provider, channel = "slack", "slack"

    def __init__(self, slack: LocalSlack, webhook: str, now: Now = utc) -> None:
        super().__init__(now)
        self.slack, self.webhook = slack, webhook
        self._posted = self._viewed = self._whispered = 0
        self._people: dict[str, str] = {}
        self._forms: dict[str, dict[str, Any]] = {}
        self._wrong: dict[str, str] = {}
        self._acting = ""
        slack.server.told.append(self._look)

    def meet(self) -> str:
        return f"U0LOCAL{secrets.token_hex(4).upper()}"

    def ours(self, address: str) -> bool:
        return _MEMBER.fullmatch(address) is not None

    def open(self, address: str, language: str) -> None:
        super().open(address, language)
        self.slack.people.add(address)
        self.slack.facts.setdefault(address, {"real_name": "Ada Local"})
        self.slack.locales[address] = f"{language}-{language.upper()}" if language != "en" else "en-US"
        self._people[direct(address)] = address

    # What the person does

    async def _say(self, address: str, text: str) -> int:
        command, _, more = text.partition(" ")
        if command.startswith("/"):
            return await self._deliver(address, self.slack.events.command(address, more.strip(), command))
        event = self.slack.event(address, text)
        self._keep(address, Line(event["event_id"], "in", self._at(), lambda: {"text": text}))
        return await self._deliver(address, event)

    async def _press(self, address: str, message: str, labels: Sequence[str]) -> int:
        shown = self._shown(address, message)
        try:
            pressed = self.slack.press(address, shown, labels[0])
        except (StopIteration, KeyError) as gone:
            raise LookupError from gone
        return await self._deliver(address, pressed)

    def _shown(self, address: str, message: str) -> Mapping[str, Any]:
        if message == "home":
            return self.slack.homes.get(address, {"blocks": ()})
        if message.startswith("whispered-"):
            return self.slack.whispered[int(message.partition("-")[2])]
        return found(self.slack.posted, lambda m: _id(m) == message)

    async def fill(self, address: str, answer: Sequence[str]) -> None:
        """Fill in the form that is open, and send it: the text, or the labels of what is ticked. What is wrong with it
        stands in the form afterwards."""
        view = self._forms.get(address)
        if view is None:
            raise NotTaken("That form is not open any more.")
        ticked = view["blocks"][-1]["element"]["type"] != "plain_text_input"
        submitted = self.slack.submit(address, view, list(answer) if ticked else answer[0])
        self._acting = address
        status, text = await self._slack(self.slack.deliver(self.webhook, submitted))
        if status != 200:
            raise NotTaken(f"The connector answered {status} to the form. The server's log says why.")
        errors = json.loads(text).get("errors", {}) if text.startswith("{") else {}
        self._wrong[address] = " ".join(errors.values())
        if not errors:
            del self._forms[address]
        self._changed(address)

    async def close(self, address: str) -> None:
        """Close the form without sending it."""
        self._forms.pop(address, None)
        self._changed(address)

    async def visit(self, address: str) -> None:
        """Open the app's Home tab."""
        await self._deliver(address, self.slack.events.visit(address))

    async def _deliver(self, address: str, payload: Mapping[str, Any]) -> int:
        self._acting = address
        status, _ = await self._slack(self.slack.deliver(self.webhook, payload, (0.0,)))
        self._whispers()
        return int(status)

    async def _slack(self, work: Any) -> Any:
        """An answer that Slack would not take is shown to the person as an error."""
        try:
            return await work
        except AssertionError as complaint:
            raise NotTaken(f"Slack would not take the app's answer: {complaint}") from complaint

    # What they see

    def _look(self, request: web.Request, status: int) -> None:
        """Puts what was posted on the screens; what was updated is drawn as it is now."""
        new, self._posted = self.slack.posted[self._posted :], len(self.slack.posted)
        for message in new:
            address = self._people.get(message["channel"])
            if address:
                self._keep(address, Line(_id(message), "out", self._at(), partial(drawn, message), message["ts"]))
        if len(self.slack.views) > self._viewed and self._acting:
            self._viewed = len(self.slack.views)
            self._forms[self._acting], self._wrong[self._acting] = self.slack.views[-1], ""
        self._whispers()
        self._changed(*self._people.values())

    def _whispers(self) -> None:
        """What only the person sees who has just acted."""
        whispered = self.slack.whispered
        for number in range(self._whispered, len(whispered)):
            content = partial(drawn, whispered[number])
            self._keep(self._acting, Line(f"whispered-{number}", "out", self._at(), content))
        self._whispered = len(whispered)

    def state(self, address: str) -> dict[str, Any]:
        view, home = self._forms.get(address), self.slack.homes.get(address)
        return {
            "form": {**drawn_form(view), "wrong": self._wrong.get(address, "")} if view else None,
            "home": drawn(home) if home else None,
        }


def _id(message: Mapping[str, Any]) -> str:
    return f"{message['channel']}-{message['ts']}"
