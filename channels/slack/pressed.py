"""What a pressed button of ours says, and the message as it looks afterwards. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from slack_sdk.models.blocks import PlainTextObject, SectionBlock

from channels.receive import Malformed
from channels.slack.limits import FALLBACK_TEXT, SECTION_TEXT

PICK, SEND, TOGGLE = "pick", "send", "toggle"
"""How our action ids begin: a button that answers, the button that sends what is ticked, a group of boxes to tick."""


@dataclass(frozen=True, slots=True)
class Pressed:
    """An answer by button. `label` is what was on it, for people; `shown` the rest of the message it stood in."""

    question: str
    value: Any
    label: str
    channel: str
    message_ts: str
    action_ts: str
    shown: Mapping[str, Any] = field(default_factory=dict, repr=False)


def pressed(data: Mapping[str, Any]) -> Pressed | None:
    """The answer in a block_actions payload; None for a tick that is not sent yet, and for what is not ours.

    Raises Malformed when a button of ours does not carry what we put there.
    https://docs.slack.dev/reference/interaction-payloads/block_actions-payload"""
    actions = data.get("actions")
    if not isinstance(actions, list) or not all(isinstance(action, dict) for action in actions):
        raise Malformed("A block_actions payload holds a list of `actions`.")
    action = next((a for a in actions if _kind(a) in (PICK, SEND)), None)
    if action is None:
        return None
    ours = _ours(action)
    if _kind(action) == SEND:
        options = list(_ticked(data, str(action.get("block_id"))))
        value: Any = [_json(option.get("value")) for option in options]
        label = ", ".join(_label(option) for option in options)
    else:
        value, label = ours["value"], _label(action)
    return Pressed(
        str(ours["question"]),
        value,
        label,
        channel=_inner(data, "channel", "id"),
        message_ts=_inner(data, "container", "message_ts"),
        action_ts=str(action.get("action_ts", "")),
        shown=_mapping(data.get("message")),
    )


def after(press: Pressed) -> dict[str, Any] | None:
    """The arguments of chat.update that show what was chosen in place of the buttons, so that they can't be pressed
    twice. None where nothing was chosen or the message is unknown: the buttons stay."""
    if not (press.label and press.channel and press.message_ts):
        return None
    blocks = press.shown.get("blocks")
    kept = [b for b in blocks if isinstance(b, dict) and b.get("type") == "section"] if isinstance(blocks, list) else []
    chosen = f"✓ {press.label}"
    text = str(press.shown.get("text") or "")
    return {
        "channel": press.channel,
        "ts": press.message_ts,
        "text": f"{text}\n{chosen}".strip()[:FALLBACK_TEXT],
        "blocks": [*kept, SectionBlock(text=PlainTextObject(text=chosen[:SECTION_TEXT])).to_dict()],
    }


def _kind(action: Mapping[str, Any]) -> str:
    return str(action.get("action_id", "")).partition(":")[0]


def _ours(action: Mapping[str, Any]) -> Mapping[str, Any]:
    ours = _json(action.get("value"))
    if not isinstance(ours, dict) or not isinstance(ours.get("question"), str) or "value" not in ours:
        raise Malformed('The `value` of a button of ours is {"question": …, "value": …} as JSON.')
    return ours


def _ticked(data: Mapping[str, Any], block: str) -> Iterator[Mapping[str, Any]]:
    """The options ticked in the groups of `block`, in the order in which they are shown."""
    groups = _mapping(_mapping(_mapping(data.get("state")).get("values")).get(block))
    for name in sorted(groups, key=lambda name: (len(name), name)):
        options = _mapping(groups[name]).get("selected_options")
        if _kind({"action_id": name}) == TOGGLE and isinstance(options, list):
            yield from (_mapping(option) for option in options)


def _label(element: Mapping[str, Any]) -> str:
    return str(_mapping(element.get("text")).get("text", ""))


def _inner(data: Mapping[str, Any], outer: str, key: str) -> str:
    return str(_mapping(data.get(outer)).get(key) or "")


def _json(value: Any) -> Any:
    try:
        return json.loads(value)
    except (TypeError, ValueError, RecursionError) as error:
        raise Malformed("The `value` of a button or box of ours is JSON.") from error


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}
