"""Slack's deliveries → Inbound. Pure.

Events API: messages to the app (`message.im`) and mentions of it. Interactivity: pressed buttons (`block_actions`).
Everything else that Slack may send is no message: it is acknowledged, counted and ignored.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs

from channels.contract import Inbound
from channels.receive import Delivery, Malformed
from channels.slack.pressed import Pressed, pressed
from channels.slack.words import written

PROVIDER = "slack"
_ORDINARY = (None, "file_share", "thread_broadcast")
"""Subtypes of a message that a person wrote. The others are edits, deletions, joins and what bots say."""
_USERS = ("U", "W")
"""How a person's id begins (W: on Enterprise Grid)."""


@dataclass(frozen=True, slots=True)
class Read:
    """What a delivery holds. `ignored` names what it is when it holds nothing for us."""

    message: Inbound | None = None
    pressed: Pressed | None = None
    challenge: str | None = None
    ignored: str = ""


def parse(delivery: Delivery) -> list[Inbound]:
    """The message of a delivery, if there is one. Raises Malformed."""
    message = read(delivery).message
    return [] if message is None else [message]


def read(delivery: Delivery) -> Read:
    """Everything a delivery holds. Raises Malformed with a sentence that says what is expected."""
    kind = delivery.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == "application/json":
        return _event_delivery(_object(delivery.body))
    if kind == "application/x-www-form-urlencoded":
        return _form(delivery.body)
    raise Malformed("Slack sends events as application/json and pressed buttons as application/x-www-form-urlencoded.")


def _object(body: bytes | str) -> Mapping[str, Any]:
    try:
        data = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise Malformed("This is not JSON. Slack sends one JSON object.") from error
    if not isinstance(data, dict):
        raise Malformed("Slack sends one JSON object, with a `type`.")
    return data


def _form(body: bytes) -> Read:
    try:
        fields = parse_qs(body.decode("utf-8"), keep_blank_values=True, max_num_fields=100)
    except ValueError as error:
        raise Malformed("This is not a form in UTF-8.") from error
    if "payload" not in fields:
        if "command" in fields:
            return Read(ignored="slash_command")
        raise Malformed("Slack sends what was pressed as the form field `payload`.")
    return _interaction(_object(fields["payload"][0]))


def _event_delivery(data: Mapping[str, Any]) -> Read:
    kind = _text(data, "type")
    if kind == "url_verification":
        return Read(challenge=_text(data, "challenge"))
    if kind != "event_callback":
        return Read(ignored=kind)
    event = data.get("event")
    if not isinstance(event, dict):
        raise Malformed("An event_callback holds an `event`, a JSON object.")
    name = _text(event, "type")
    if not _for_us(event, name, data):
        return Read(ignored=name)
    return Read(message=_message(event, _text(data, "event_id"), _ourselves(data)))


def _for_us(event: Mapping[str, Any], name: str, data: Mapping[str, Any]) -> bool:
    """Whether a person wrote this to the app. The app's own messages come back as events, too."""
    if name == "message":
        if event.get("channel_type") != "im" or event.get("subtype") not in _ORDINARY:
            return False
    elif name != "app_mention":
        return False
    user = event.get("user")
    if event.get("bot_id") or event.get("hidden") or not isinstance(user, str) or not user.startswith(_USERS):
        return False
    return user not in _ourselves(data)


def _ourselves(data: Mapping[str, Any]) -> set[str]:
    """The app's own ids as a user: what it says bears them, and who mentions it writes them."""
    authorizations = data.get("authorizations")
    known = [a for a in authorizations if isinstance(a, dict)] if isinstance(authorizations, list) else []
    return {a["user_id"] for a in known if a.get("is_bot") and isinstance(a.get("user_id"), str)}


def _message(event: Mapping[str, Any], event_id: str, ourselves: set[str]) -> Inbound:
    text = event.get("text")
    if not isinstance(text, str | None):
        raise Malformed("The `text` of a message is a string.")
    for own in ourselves:
        text = (text or "").replace(f"<@{own}>", "")
    files = event.get("files")
    media = [str(f.get("mimetype", "")) for f in files if isinstance(f, dict)] if isinstance(files, list) else []
    return Inbound(
        provider=PROVIDER,
        channel=PROVIDER,
        message_id=event_id,
        address=_text(event, "user"),
        text=written(text or "", event.get("blocks")).strip(),
        extra={"media": media} if media else {},
    )


def _interaction(data: Mapping[str, Any]) -> Read:
    kind = _text(data, "type")
    if kind != "block_actions":
        return Read(ignored=kind)
    user = data.get("user")
    if not isinstance(user, dict):
        raise Malformed("A block_actions payload says who pressed as `user`, a JSON object.")
    press = pressed(data)
    if press is None:
        return Read(ignored="block_actions")
    who = _text(user, "id")
    name = user.get("name")
    message = Inbound(
        provider=PROVIDER,
        channel=PROVIDER,
        message_id=f"{who}:{press.message_ts}:{press.action_ts}"[:255],
        address=who,
        text=press.label,
        picked={"question": press.question, "value": press.value},
        name=name if isinstance(name, str) and 0 < len(name) <= 120 else None,
    )
    return Read(message=message, pressed=press)


def _text(data: Mapping[str, Any], key: str) -> str:
    value = data.get(key)
    if not isinstance(value, str) or not value or len(value) > 250:
        raise Malformed(f"`{key}` is a text of 1 to 250 characters.")
    return value
