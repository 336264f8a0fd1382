"""Slack's way of writing text: three characters escaped, links and mentions in angle brackets, emoji by name. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

_REFERENCE = re.compile(r"<([^<>|]*)(?:\|([^<>]*))?>")
_SCHEME = re.compile(r"(?:mailto|tel):")
_DEPTH = 12
"""How deep rich text is looked into. Slack nests it four levels (block, list, section, element)."""


def escape(text: str) -> str:
    """`text` as mrkdwn takes it: no mention, link or channel can be made of it.

    https://docs.slack.dev/messaging/formatting-message-text#escaping"""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def escaped_length(text: str) -> int:
    """The length of `text` once it is escaped. Additive, as `channels.splitting` asks."""
    return len(text) + 4 * text.count("&") + 3 * (text.count("<") + text.count(">"))


def written(text: str, blocks: Any = None) -> str:
    """What the customer typed: references as they read, emoji as characters, nothing escaped.

    `blocks` is the event's rich text. It says which `:name:` is an emoji, and which character it stands for; a custom
    emoji has no character and keeps its name.
    """
    text = _REFERENCE.sub(_reading, text)
    for code, character in _emoji(blocks):
        text = text.replace(code, character)
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def _reading(reference: re.Match[str]) -> str:
    target, label = reference.group(1), reference.group(2)
    if target.startswith("!"):  # <!here>, <!subteam^S1|@support>
        return label or f"@{target[1:]}"
    if target.startswith(("@", "#")):
        return f"{target[0]}{label or target[1:]}"
    return label or _SCHEME.sub("", target)


def _emoji(node: Any, depth: int = _DEPTH) -> Iterator[tuple[str, str]]:
    """(code, character) of every emoji below `node`."""
    if depth == 0:
        return
    if isinstance(node, list):
        for part in node:
            yield from _emoji(part, depth - 1)
    elif isinstance(node, dict):
        if node.get("type") == "emoji":
            yield from _one(node)
        yield from _emoji(node.get("elements"), depth - 1)


def _one(node: dict[str, Any]) -> Iterator[tuple[str, str]]:
    name, tone = node.get("name"), node.get("skin_tone")
    try:
        character = "".join(chr(int(code, 16)) for code in str(node["unicode"]).split("-"))
    except (KeyError, ValueError, OverflowError):  # a custom emoji, or none that Unicode knows
        return
    if isinstance(name, str):
        yield (f":{name}::skin-tone-{tone}:" if tone else f":{name}:"), character
