"""What the page shows of a conversation: the conductor's view, with every message rendered for its channel. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from bot.conversation.operations import prompt_from
from bot.recovery.desk import Desk
from channels.contract import Outbound
from channels.web.render import render
from survey_flows.prompt import Prompt


def present(view: Mapping[str, Any]) -> dict[str, Any]:
    """The view with a `drawing` beside each message to the customer; its raw prompt is left out."""
    channel = view["conversation"]["channel"]
    shown = dict(view)
    shown["transcript"] = [_message(channel, message) for message in view["transcript"] if not _never_came(message)]
    return {**shown, "phone": {"mode": "direct"}, "pressed": _pressed(_last(view["transcript"]))}


def present_phone(
    view: Mapping[str, Any], messages: Sequence[Mapping[str, Any]], state: Mapping[str, Any], since: str
) -> dict[str, Any]:
    """The same where the phone is at a local provider: it shows what that was sent, and what the house knows of each
    message stands beside it (its `sender`, its `role`, and `delivery`: what the provider reported). What was said
    before the provider's start (`since`, ISO 8601) is the house's memory: nothing in it can be pressed."""
    said = view["transcript"]
    ours = {line["ref"]: line for line in said if line["direction"] == "out" and line.get("ref")}
    shown = [_phone_line(line, ours.get(line["ref"])) for line in messages]
    written = [line for line in shown if line["direction"] == "in"]
    unread = sum(line["direction"] == "in" and line["status"] == "new" for line in said)
    for line in written[max(0, len(written) - unread) :]:
        line["status"] = "sent"
    channel = view["conversation"]["channel"]
    earlier = [{**_message(channel, line), "live": False} for line in said if line["at"] < since]
    phone = {"mode": "local", **state}
    return {**view, "transcript": [*earlier, *shown], "phone": phone, "pressed": _pressed(_last(said))}


def with_team_names(view: Mapping[str, Any], desk: Desk) -> dict[str, Any]:
    """The view with a `team_name` (language → words) beside each case's team."""
    named = [{**case, "team_name": _titles(desk, case["team"])} for case in view["cases"]]
    return {**view, "cases": named}


def _titles(desk: Desk, team: str) -> dict[str, str]:
    return dict(desk.team(team).title) or {"en": team.replace("_", " ").capitalize()}


def _never_came(message: Mapping[str, Any]) -> bool:
    """What was taken back, or could not be sent, is no customer's to see."""
    return message["direction"] == "out" and message["status"] in ("withheld", "failed")


def _last(said: Sequence[Mapping[str, Any]]) -> Mapping[str, Any] | None:
    return next((line for line in reversed(said) if line["direction"] == "in"), None)


def _phone_line(line: Mapping[str, Any], ours: Mapping[str, Any] | None) -> dict[str, Any]:
    known = {"sender": ours["sender"], "role": ours["role"], "delivery": ours["status"]} if ours else {}
    return {"sender": "bot", "role": "notice", "status": "done", "delivery": "", **line, **known}


def _pressed(line: Mapping[str, Any] | None) -> Any:
    """What was on the button, when the customer's last message was one; of a key, what it stands for."""
    if line is None or not line["picked"]:
        return None
    return line["text"] or line["picked"]["value"]


def _message(channel: str, message: Mapping[str, Any]) -> dict[str, Any]:
    shown = {key: value for key, value in message.items() if key != "prompt"}
    if message["direction"] == "out":
        prompt = _prompt(message.get("prompt"))
        words = Outbound(str(message.get("text") or ""), prompt, str(message.get("role") or "notice"))
        shown["drawing"] = render(channel, words)
    return shown


def _prompt(data: Mapping[str, Any] | None) -> Prompt | None:
    if not data:
        return None
    return prompt_from(data)
