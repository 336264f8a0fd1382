"""What Slack takes as a message's blocks, checked the way Slack checks it. For the local provider and the tests.

Written from the documentation of Block Kit, independently of `render.py` and of slack_sdk's models.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from channels.slack import limits

TEXTS = ("plain_text", "mrkdwn")
MESSAGE_FIELDS = frozenset({"channel", "text", "blocks", "ts"})


def problems(body: Mapping[str, Any]) -> list[str]:
    """What is wrong with the body of chat.postMessage or chat.update, as sentences. Empty: Slack takes it."""
    return list(_message(body))


def _message(body: Mapping[str, Any]) -> Iterator[str]:
    for name in body.keys() - MESSAGE_FIELDS:
        yield f"/{name}: not a field that this channel sends"
    text, blocks = body.get("text"), body.get("blocks")
    if not isinstance(text, str) or not text:
        yield "/text: a text is needed for notifications and screen readers"
    elif len(text) > limits.FALLBACK_TEXT:
        yield f"/text: more than {limits.FALLBACK_TEXT} characters"
    if not isinstance(blocks, list) or not 1 <= len(blocks) <= limits.BLOCKS:
        yield f"/blocks: 1 to {limits.BLOCKS} blocks"
        return
    for number, block in enumerate(blocks):
        yield from _block(block, f"/blocks/{number}")


def _block(block: Any, at: str) -> Iterator[str]:
    kind = block.get("type") if isinstance(block, dict) else None
    if kind == "section":
        yield from _fields(block, {"type", "text", "block_id"}, at)
        yield from _text(block.get("text"), limits.SECTION_TEXT, f"{at}/text")
    elif kind == "actions":
        yield from _fields(block, {"type", "elements", "block_id"}, at)
        yield from _elements(block.get("elements"), f"{at}/elements")
    else:
        yield f"{at}: a section or an actions block"
        return
    if len(str(block.get("block_id", ""))) > limits.IDENTIFIER:
        yield f"{at}/block_id: more than {limits.IDENTIFIER} characters"


def _elements(elements: Any, at: str) -> Iterator[str]:
    if not isinstance(elements, list) or not 1 <= len(elements) <= limits.ACTIONS:
        yield f"{at}: 1 to {limits.ACTIONS} elements"
        return
    names = [element.get("action_id") if isinstance(element, dict) else None for element in elements]
    if len(set(names)) != len(names) or not all(isinstance(n, str) and 0 < len(n) <= limits.IDENTIFIER for n in names):
        yield f"{at}: each element has an action_id of its own, of at most {limits.IDENTIFIER} characters"
        return
    for number, element in enumerate(elements):
        yield from _element(element, f"{at}/{number}")


def _element(element: Mapping[str, Any], at: str) -> Iterator[str]:
    if element.get("type") == "button":
        yield from _fields(element, {"type", "action_id", "text", "value", "style"}, at)
        yield from _text(element.get("text"), limits.BUTTON_TEXT, f"{at}/text", plain=True)
        if element.get("style", "primary") not in ("primary", "danger"):
            yield f"{at}/style: primary or danger"
        if not isinstance(element.get("value"), str) or len(element["value"]) > limits.BUTTON_VALUE:
            yield f"{at}/value: a text of at most {limits.BUTTON_VALUE} characters"
    elif element.get("type") == "checkboxes":
        yield from _fields(element, {"type", "action_id", "options"}, at)
        yield from _options(element.get("options"), f"{at}/options")
    else:
        yield f"{at}: a button or checkboxes"


def _options(options: Any, at: str) -> Iterator[str]:
    if not isinstance(options, list) or not 1 <= len(options) <= limits.CHECKBOXES:
        yield f"{at}: 1 to {limits.CHECKBOXES} options"
        return
    values = [option.get("value") if isinstance(option, dict) else None for option in options]
    if len(set(values)) != len(values):
        yield f"{at}: each option has a value of its own"
    for number, option in enumerate(options):
        value = values[number]
        if not isinstance(value, str) or not 0 < len(value) <= limits.OPTION_VALUE:
            yield f"{at}/{number}/value: 1 to {limits.OPTION_VALUE} characters"
            continue
        yield from _fields(option, {"text", "value"}, f"{at}/{number}")
        yield from _text(option.get("text"), limits.OPTION_TEXT, f"{at}/{number}/text")


def _text(text: Any, limit: int, at: str, plain: bool = False) -> Iterator[str]:
    kinds = TEXTS[:1] if plain else TEXTS
    if not isinstance(text, dict) or text.get("type") not in kinds or not isinstance(text.get("text"), str):
        yield f"{at}: a text object ({' or '.join(kinds)})"
        return
    yield from _fields(text, {"type", "text", "emoji", "verbatim"}, at)
    if not 0 < len(text["text"]) <= limit:
        yield f"{at}: 1 to {limit} characters"


def _fields(thing: Mapping[str, Any], allowed: set[str], at: str) -> Iterator[str]:
    for name in sorted(thing.keys() - allowed):
        yield f"{at}/{name}: unknown field"
