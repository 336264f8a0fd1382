"""Slack's blocks → what the phone draws. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from channels.local.phone import choice
from channels.slack.words import written

_TEXT = ("section", "header")


def drawn(message: Mapping[str, Any]) -> Mapping[str, Any]:
    """A message, or a Home tab: sections as text, buttons in rows, one row for each block of actions."""
    blocks = message.get("blocks") or ()
    lines = [_words(block["text"]) for block in blocks if block["type"] in _TEXT and block.get("text")]
    lines += [_words(e) for block in blocks if block["type"] == "context" for e in block["elements"] if "text" in e]
    text = "\n".join(lines) or written(str(message.get("text", "")))
    rows = [
        [choice(e["text"]["text"]) for e in block["elements"] if e["type"] == "button"]
        for block in blocks
        if block["type"] == "actions"
    ]
    drawing: dict[str, Any] = {"form": "buttons" if rows else "plain", "text": text, "speech": text}
    if rows:
        drawing["rows"] = rows
    whispered = message.get("response_type") == "ephemeral"
    return {"text": text, "drawing": drawing, "live": bool(rows), "whispered": whispered}


def drawn_form(view: Mapping[str, Any]) -> dict[str, Any]:
    """A modal: its words, and the one input that our forms have."""
    blocks = view["blocks"]
    filled = next(block for block in blocks if block["type"] == "input")
    element = filled["element"]
    return {
        "id": view["id"],
        "title": view["title"]["text"],
        "text": "\n".join(_words(block["text"]) for block in blocks if block["type"] in _TEXT),
        "label": filled["label"]["text"],
        "options": [option["text"]["text"] for option in element.get("options", ())],
        "send": view["submit"]["text"],
        "cancel": view["close"]["text"],
    }


def _words(text: Mapping[str, Any]) -> str:
    said = str(text["text"])
    return written(said) if text["type"] == "mrkdwn" else said
