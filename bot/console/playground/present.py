"""What the page shows of a conversation: the conductor's view, with every message rendered for its channel. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from channels.contract import Outbound
from channels.web.render import render
from survey_flows.prompt import Choice, Prompt


def present(view: Mapping[str, Any]) -> dict[str, Any]:
    """The view with a `drawing` beside each message to the customer; its raw prompt is left out."""
    channel = view["conversation"]["channel"]
    shown = dict(view)
    shown["transcript"] = [_message(channel, message) for message in view["transcript"]]
    last = next((line for line in reversed(view["transcript"]) if line["direction"] == "in"), None)
    return {**shown, "phone": {"mode": "direct"}, "pressed": _pressed(last)}


def present_phone(
    view: Mapping[str, Any], messages: Sequence[Mapping[str, Any]], state: Mapping[str, Any]
) -> dict[str, Any]:
    """The same where the phone is at a local provider: it shows what that was sent, and what the house knows of each
    message stands beside it (its `sender`, its `role`, and `delivery`: what the provider reported)."""
    said = view["transcript"]
    ours = {line["ref"]: line for line in said if line["direction"] == "out" and line.get("ref")}
    waiting = sum(line["direction"] == "in" and line["status"] == "new" for line in said)
    shown = [_phone_line(line, ours.get(line["ref"])) for line in messages]
    for line in [line for line in shown if line["direction"] == "in"][len_before(shown, waiting) :]:
        line["status"] = "sent"
    pressed = next((line for line in reversed(said) if line["direction"] == "in"), None)
    return {**view, "transcript": shown, "phone": {"mode": "local", **state}, "pressed": _pressed(pressed)}


def len_before(lines: Sequence[Mapping[str, Any]], last: int) -> int:
    """How many of the customer's messages come before the `last` ones."""
    return max(0, sum(line["direction"] == "in" for line in lines) - last)


def _phone_line(line: Mapping[str, Any], ours: Mapping[str, Any] | None) -> dict[str, Any]:
    known = {"sender": ours["sender"], "role": ours["role"], "delivery": ours["status"]} if ours else {}
    return {"sender": "bot", "role": "notice", "status": "done", "delivery": "", **line, **known}


def _pressed(line: Mapping[str, Any] | None) -> str | None:
    """What was on the button, when the customer's last message was one."""
    if line is None or not line["picked"]:
        return None
    return str(line["text"] or line["picked"]["value"])


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
    choices = tuple(Choice(**choice) for choice in data.get("choices") or ())
    return Prompt(**{**data, "choices": choices})
