"""The local Twilio with WhatsApp: it also takes contents, checks them, and shows what a customer would see."""

from __future__ import annotations

import json
import re
from collections import deque
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from channels.splitting import utf16_units
from channels.twilio.local_provider import LocalTwilio, Sent, Trouble, error, read_form
from channels.twilio.local_rules import Refusal

_VARIABLE = re.compile(r"\{\{(\w+)\}\}")
_BODY, _TITLE, _ITEM, _ID, _MENU = 1024, 20, 24, 200, 20
_BUTTONS, _ITEMS = 3, 10
"""https://www.twilio.com/docs/content/twilio-quick-reply, https://www.twilio.com/docs/content/twiliolist-picker"""


@dataclass
class LocalWhatsapp(LocalTwilio):
    """As LocalTwilio. `contents`: ContentSid → definition. `content_troubles`: how the next creations end."""

    contents: dict[str, dict[str, Any]] = field(default_factory=dict)
    content_troubles: deque[Trouble] = field(default_factory=deque)

    def __post_init__(self) -> None:
        super().__post_init__()
        self.app.router.add_post("/v1/Content", self.create_content)

    async def create_content(self, request: web.Request) -> web.Response:
        """POST content.twilio.com/v1/Content."""
        no = self.refusal_of_account(request)
        trouble = self.content_troubles.popleft() if self.content_troubles else Trouble()
        if trouble.status:
            no = Refusal(trouble.status, trouble.code, "As told")
        definition = _json(await request.text())
        why = wrong_with(definition)
        if no or why:
            return error(no or Refusal(400, 20001, why), trouble.retry_after)
        sid = self.sid("HX")
        self.contents[sid] = definition
        return web.json_response({"sid": sid, "account_sid": self.account_sid, **definition}, status=201)

    async def messages(self, request: web.Request) -> web.Response:
        """POST …/Messages.json, with a ContentSid or without."""
        form = await read_form(request)
        no = None if self.refusal_of_account(request) else self._wrong_content(form.text("ContentSid"), _json_of(form))
        if no:
            self.refused.append((no, form))
            return error(no)
        return await super().messages(request)

    def shown(self, sent: Sent) -> str:
        """The words of a message as the customer sees them, with what can be tapped below them, each in brackets."""
        sid = sent.form.text("ContentSid")
        if not sid:
            return sent.body
        given = _json(sent.form.text("ContentVariables"))
        kind = next(iter(self.contents[sid]["types"].values()))
        words = _VARIABLE.sub(lambda match: str(given[match[1]]), kind["body"])
        return "\n".join([words, *(f"[{_label(option)}]" for option in _options(kind))])

    def tapped(self, sent: Sent, label: str) -> dict[str, str]:
        """What the webhook is told, beside the usual fields, when the customer taps `label`. Errors:
        KeyError for a label that is not there."""
        name, kind = next(iter(self.contents[sent.form.text("ContentSid")]["types"].items()))
        button_id = {_label(option): option["id"] for option in _options(kind)}[label]
        if name == "twilio/quick-reply":
            return {"Body": label, "ButtonText": label, "ButtonPayload": button_id, "MessageType": "button"}
        return {"Body": label, "ListTitle": label, "ListId": button_id, "MessageType": "interactive"}

    def _wrong_content(self, sid: str, variables: dict[str, Any]) -> Refusal | None:
        if not sid:
            return None
        if sid not in self.contents:
            return Refusal(400, 21654, "The ContentSid does not exist")
        kind = next(iter(self.contents[sid]["types"].values()))
        wanted = set(_VARIABLE.findall(kind["body"]))
        values = variables.values()
        if variables.keys() != wanted or not all(
            isinstance(v, str) and v and not set(v) & set("\r\n\t") for v in values
        ):
            return Refusal(400, 21656, "The ContentVariables Parameter is invalid")
        if utf16_units(_VARIABLE.sub(lambda match: variables[match[1]], kind["body"])) > _BODY:
            return Refusal(400, 21656, "The body is too long")
        return None


def wrong_with(definition: dict[str, Any]) -> str:
    """Why Twilio would not create this content, "" when it would. Stricter in one thing: one type, and a known one."""
    types = definition.get("types")
    if set(definition) - {"friendly_name", "language", "variables", "types"} or not definition.get("language"):
        return "A content has a language and types."
    if not isinstance(types, dict) or len(types) != 1:
        return "A content has one type here."
    ((name, kind),) = types.items()
    if name == "twilio/quick-reply":
        return _wrong_options(kind, {"body", "actions"}, {"type", "title", "id"}, _BUTTONS, _TITLE)
    if name == "twilio/list-picker":
        if not 0 < utf16_units(str(kind.get("button", ""))) <= _MENU:
            return "The list's button has 1 to 20 characters."
        return _wrong_options(kind, {"body", "button", "items"}, {"item", "id"}, _ITEMS, _ITEM)
    return f"{name} is unknown here."


def _wrong_options(kind: dict[str, Any], keys: set[str], each: set[str], most: int, longest: int) -> str:
    options = _options(kind)
    if set(kind) != keys or not kind["body"] or any(set(option) != each for option in options):
        return "A key is unknown, missing or blank."
    labels, ids = [_label(option) for option in options], [option["id"] for option in options]
    if not 1 <= len(options) <= most or len(set(labels)) < len(labels) or len(set(ids)) < len(ids):
        return f"There are 1 to {most} options, all different."
    if any(not text or utf16_units(text) > longest for text in labels) or any(len(i) > _ID for i in ids):
        return f"A label has 1 to {longest} characters and an id 200 at most."
    return ""


def _options(kind: dict[str, Any]) -> list[dict[str, str]]:
    options: list[dict[str, str]] = kind.get("actions") or kind.get("items") or []
    return options


def _label(option: dict[str, str]) -> str:
    return option.get("title") or option.get("item") or ""


def _json_of(form: dict[str, list[str]]) -> dict[str, Any]:
    return _json(next(iter(form.get("ContentVariables", ())), ""))


def _json(text: str) -> dict[str, Any]:
    """An object; an empty one for anything else."""
    try:
        value = json.loads(text)
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}
