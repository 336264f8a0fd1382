"""What the page shows of a conversation: the conductor's view, with every message rendered for its channel. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from channels.contract import Outbound
from channels.web.render import render
from survey_flows.prompt import Choice, Prompt


def present(view: Mapping[str, Any]) -> dict[str, Any]:
    """The view with a `drawing` beside each message to the customer; its raw prompt is left out."""
    channel = view["conversation"]["channel"]
    shown = dict(view)
    shown["transcript"] = [_message(channel, message) for message in view["transcript"]]
    return shown


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
