"""The local Twilio with WhatsApp: it also takes contents, checks them, has them approved, keeps the 24 hours, and shows
what a customer would see."""

from __future__ import annotations

import json
import re
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import Any

from aiohttp import web

from channels.splitting import utf16_units
from channels.twilio.local_provider import LocalTwilio, Sent, Trouble, error, read_form
from channels.twilio.local_rules import Refusal

_VARIABLE = re.compile(r"\{\{(\w+)\}\}")
_BODY, _TITLE, _ITEM, _ID, _MENU = 1024, 20, 24, 200, 20
_BUTTONS, _APPROVED_BUTTONS, _ITEMS = 3, 10, 10
"""https://www.twilio.com/docs/content/twilio-quick-reply, https://www.twilio.com/docs/content/twiliolist-picker"""
_EMOJI = re.compile("[\u2190-\u2bff\ufe0f\U0001f000-\U0001faff]")
_WINDOW = timedelta(hours=24)
_NAME = re.compile(r"[a-z0-9_]{1,512}")
_CATEGORIES = ("UTILITY", "MARKETING", "AUTHENTICATION")


def _utc() -> datetime:
    return datetime.now(timezone.utc)


@dataclass
class LocalWhatsapp(LocalTwilio):
    """As LocalTwilio. `contents`: ContentSid → definition. `content_troubles`: how the next creations end.

    `approvals`: ContentSid → what was submitted to WhatsApp, with its status; `decides`: the status that a submission
    gets at once ("pending": until `decide`). `heard`: number → when the customer last wrote, for the 24 hours by `now`.
    """

    contents: dict[str, dict[str, Any]] = field(default_factory=dict)
    content_troubles: deque[Trouble] = field(default_factory=deque)
    approvals: dict[str, dict[str, str]] = field(default_factory=dict)
    decides: str = "pending"
    heard: dict[str, datetime] = field(default_factory=dict)
    now: Callable[[], datetime] = _utc

    def __post_init__(self) -> None:
        super().__post_init__()
        add = self.app.router
        add.add_post("/v1/Content", self.create_content)
        add.add_get("/v1/ContentAndApprovals", self.list_contents)
        add.add_post("/v1/Content/{sid}/ApprovalRequests/whatsapp", self.submit)
        add.add_get("/v1/Content/{sid}/ApprovalRequests", self.approval)

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

    async def list_contents(self, request: web.Request) -> web.Response:
        """GET …/v1/ContentAndApprovals, all on one page."""
        if no := self.refusal_of_account(request):
            return error(no)
        contents = [
            {"sid": sid, "account_sid": self.account_sid, **definition, "approval_requests": self._standing(sid)}
            for sid, definition in self.contents.items()
        ]
        return web.json_response({"contents": contents, "meta": {"next_page_url": None, "key": "contents"}})

    async def submit(self, request: web.Request) -> web.Response:
        """POST …/v1/Content/HX…/ApprovalRequests/whatsapp."""
        sid, asked = request.match_info["sid"], _json(await request.text())
        no = self.refusal_of_account(request) or self._wrong_submission(sid, asked)
        if no:
            return error(no)
        why = wrong_with_template(self.contents[sid])
        status = "rejected" if why else self.decides
        self.approvals[sid] = {**asked, "content_type": _type(self.contents[sid]), "status": status}
        self.approvals[sid]["rejection_reason"] = why
        return web.json_response(self.approvals[sid], status=201)

    async def approval(self, request: web.Request) -> web.Response:
        """GET …/v1/Content/HX…/ApprovalRequests."""
        sid = request.match_info["sid"]
        no = self.refusal_of_account(request)
        if no or sid not in self.contents:
            return error(no or Refusal(404, 20404, "The requested resource was not found"))
        body = {"sid": sid, "account_sid": self.account_sid, "whatsapp": self._standing(sid)}
        return web.json_response(body)

    def decide(self, status: str, reason: str = "") -> None:
        """Meta decides over everything that was submitted."""
        for submitted in self.approvals.values():
            submitted.update(status=status, rejection_reason=reason)

    def _standing(self, sid: str) -> dict[str, str]:
        return self.approvals.get(sid, {"status": "unsubmitted"})

    def _wrong_submission(self, sid: str, asked: Mapping[str, Any]) -> Refusal | None:
        if sid not in self.contents:
            return Refusal(404, 20404, "The requested resource was not found")
        if set(asked) != {"name", "category"} or asked["category"] not in _CATEGORIES:
            return Refusal(400, 20001, "An approval request has a name and a category.")
        if not _NAME.fullmatch(str(asked["name"])):
            return Refusal(400, 20001, "A template's name is of small letters, digits and underscores.")
        taken = {submitted["name"] for submitted in self.approvals.values()}
        return Refusal(400, 20001, "There is a template of that name") if asked["name"] in taken else None

    async def customer_says(self, url: str, fields: Mapping[str, str]) -> int:
        """As LocalTwilio, and the customer's 24 hours begin anew."""
        self.heard[fields["From"]] = self.now()
        return await super().customer_says(url, fields)

    def _window_closed(self, to: str) -> bool:
        heard = self.heard.get(to)
        return to.startswith("whatsapp:") and (heard is None or self.now() - heard >= _WINDOW)

    async def messages(self, request: web.Request) -> web.Response:
        """POST …/Messages.json, with a ContentSid or without."""
        form = await read_form(request)
        sid = form.text("ContentSid")
        no = None if self.refusal_of_account(request) else self._wrong_content(sid, _json_of(form))
        if not no and self._standing(sid)["status"] != "approved" and self._window_closed(form.text("To")):
            no = Refusal(400, 63016, "Failed to send freeform message because you are outside the allowed window")
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
        kind = _kind(self.contents[sid])
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
        kind = _kind(self.contents[sid])
        if len(kind.get("actions", ())) > _BUTTONS and self._standing(sid)["status"] != "approved":
            return Refusal(400, 63021, "More than 3 quick replies need an approved template")
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
        return _wrong_options(kind, {"body", "actions"}, {"type", "title", "id"}, _APPROVED_BUTTONS, _TITLE)
    if name == "twilio/list-picker":
        if not 0 < utf16_units(str(kind.get("button", ""))) <= _MENU:
            return "The list's button has 1 to 20 characters."
        return _wrong_options(kind, {"body", "button", "items"}, {"item", "id"}, _ITEMS, _ITEM)
    return f"{name} is unknown here."


def wrong_with_template(definition: dict[str, Any]) -> str:
    """Why Meta would reject this content as a template, "" when it would not: as in Twilio's list of reasons.
    https://www.twilio.com/docs/whatsapp/tutorial/message-template-approvals-statuses"""
    body: str = _kind(definition)["body"]
    samples = definition.get("variables") or {}
    if _type(definition) != "twilio/quick-reply":
        return "A list can't be approved."
    if re.match(r"\{\{\w+\}\}", body) or re.search(r"\{\{\w+\}\}\Z", body) or re.search(r"\}\}\s*\{\{", body):
        return "A variable stands at the beginning, at the end, or beside another."
    if set(_VARIABLE.findall(body)) != set(samples) or not all(samples.values()):
        return "Each variable needs a sample."
    if "\n\n\n" in body or any(_EMOJI.search(_label(option)) for option in _options(_kind(definition))):
        return "Too many line breaks, or an emoji on a button."
    return ""


def _kind(definition: dict[str, Any]) -> dict[str, Any]:
    kind: dict[str, Any] = next(iter(definition["types"].values()))
    return kind


def _type(definition: dict[str, Any]) -> str:
    return str(next(iter(definition["types"])))


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
