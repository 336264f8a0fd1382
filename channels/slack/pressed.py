"""What a pressed button of ours says, and the message as it looks afterwards. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from slack_sdk.models.blocks import PlainTextObject, SectionBlock

from channels.receive import Malformed, clean
from channels.slack.found import Pressed, Wish, inner, mapping, name_of, text_of
from channels.slack.limits import FALLBACK_TEXT, SECTION_TEXT

PICK, FORM, BEGIN, SAY = "pick", "form", "begin", "say"
"""How our action ids begin: a button that answers, one that opens a form, one that starts a survey (or goes on with the
open one), and one that stands for words (STOP)."""
_OURS = (PICK, FORM, BEGIN, SAY, "case")


def action_of(data: Mapping[str, Any]) -> tuple[str, Mapping[str, Any]] | None:
    """Which of our buttons was pressed, and its element; None when it is none of ours.

    https://docs.slack.dev/reference/interaction-payloads/block_actions-payload"""
    actions = data.get("actions")
    if not isinstance(actions, list) or not all(isinstance(action, dict) for action in actions):
        raise Malformed("A block_actions payload holds a list of `actions`.")
    found = ((str(action.get("action_id", "")).partition(":")[0], action) for action in actions)
    return next(((kind, action) for kind, action in found if kind in _OURS), None)


def answered(data: Mapping[str, Any], action: Mapping[str, Any]) -> Pressed:
    """The answer that a pressed button is. Raises Malformed when it does not carry what we put there."""
    ours = _ours(action, "question", "value")
    return Pressed(
        str(ours["question"]),
        ours["value"],
        _label(action),
        channel=inner(data, "channel", "id"),
        message_ts=inner(data, "container", "message_ts"),
        action_ts=str(action.get("action_ts", "")),
        shown=mapping(data.get("message")),
    )


def wished(data: Mapping[str, Any], kind: str, action: Mapping[str, Any]) -> Wish:
    """What a pressed button asks for. Raises Malformed."""
    user = mapping(data.get("user"))
    what = "question" if kind == FORM else "survey"
    return Wish(
        "form" if kind == FORM else "begin",
        user=text_of(user, "id"),
        key=key_of(data, action),
        value=str(_ours(action, what)[what]),
        name=name_of(user),
        trigger=text_of(data, "trigger_id") if kind == FORM else "",
        channel=inner(data, "channel", "id"),
        message_ts=inner(data, "container", "message_ts"),
        respond=str(data.get("response_url") or ""),
        shown=mapping(data.get("message")),
    )


def words(action: Mapping[str, Any]) -> str:
    """The words that a button stands for. Raises Malformed."""
    return str(_ours(action, "say")["say"])


def key_of(data: Mapping[str, Any], action: Mapping[str, Any]) -> str:
    """One press of one button by one person, for de-duplication."""
    where = inner(data, "container", "message_ts") or inner(data, "container", "view_id")
    return str(clean(f"{inner(data, 'user', 'id')}:{where}:{action.get('action_ts', '')}"))[:255]


def after(press: Pressed) -> dict[str, Any] | None:
    """The arguments of chat.update that show what was chosen in place of the buttons, so that they can't be pressed
    twice. None where nothing was chosen or the message is unknown: the buttons stay."""
    if not (press.label and press.channel and press.message_ts):
        return None
    return closed(press.channel, press.message_ts, press.shown, f"✓ {press.label}")


def closed(channel: str, message_ts: str, shown: Mapping[str, Any], note: str) -> dict[str, Any]:
    """The arguments of chat.update that put `note` in place of the buttons of a message that looked like `shown`."""
    blocks = shown.get("blocks")
    kept = [b for b in blocks if isinstance(b, dict) and b.get("type") == "section"] if isinstance(blocks, list) else []
    text = str(shown.get("text") or "\n".join(inner(block, "text", "text") for block in kept))
    return {
        "channel": channel,
        "ts": message_ts,
        "text": f"{text}\n{note}".strip()[:FALLBACK_TEXT],
        "blocks": [*kept, SectionBlock(text=PlainTextObject(text=note[:SECTION_TEXT])).to_dict()],
    }


def _ours(action: Mapping[str, Any], *needed: str) -> Mapping[str, Any]:
    ours = from_json(action.get("value"))
    if not isinstance(ours, dict) or not isinstance(ours.get(needed[0]), str) or any(n not in ours for n in needed):
        raise Malformed(f"The `value` of this button of ours is JSON with {', '.join(needed)}.")
    return ours


def _label(element: Mapping[str, Any]) -> str:
    return inner(element, "text", "text")


def from_json(value: Any) -> Any:
    """What we put into a button or a box as JSON. Raises Malformed."""
    try:
        return json.loads(value)
    except (TypeError, ValueError, RecursionError) as error:
        raise Malformed("The `value` of a button or box of ours is JSON.") from error
