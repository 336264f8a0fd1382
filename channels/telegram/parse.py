"""An update of Telegram's → the customer's message, and the press of a button that wants an answer. Pure.

https://core.telegram.org/bots/api#update. Surveys are held in private chats only: in a group nobody could say whose
answer it is.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from channels.contract import Inbound
from channels.receive import Delivery, Malformed
from channels.telegram.keyboard import DONE, PICK, SEND, TOGGLE, Button, Keyboard, closed, decode, tick, ticked
from channels.telegram.limits import NAME_LENGTH
from channels.telegram.words import command

PROVIDER = CHANNEL = "telegram"

MEDIA = (
    "animation",  # stands before `document`, which Telegram sends beside it
    "audio",
    "contact",
    "dice",
    "document",
    "location",
    "photo",
    "poll",
    "sticker",
    "story",
    "venue",
    "video",
    "video_note",
    "voice",
)
_LANGUAGE = re.compile(r"([a-z]{2})(?:-|$)")


@dataclass(frozen=True, slots=True)
class Press:
    """A pressed button, to be answered once what it means is committed. `keyboard` is what is to stand below the
    message from now on; None: leave it as it is."""

    callback: str
    chat: int | None = None
    message: int | None = None
    keyboard: Keyboard | None = None


@dataclass(frozen=True, slots=True)
class Update:
    """What one update holds. `ignored` says why there is no message in it, as the name of a counter."""

    message: Inbound | None = None
    press: Press | None = None
    ignored: str = ""


def read(delivery: Delivery) -> Update:
    """The one update of a delivery. Raises Malformed with a sentence that says what is wrong."""
    if not delivery.headers.get("content-type", "").startswith("application/json"):
        raise Malformed("Telegram sends JSON, with the header Content-Type: application/json.")
    try:
        data = json.loads(delivery.body)
    except (ValueError, RecursionError) as error:
        raise Malformed("This is not JSON. Telegram sends one Update object.") from error
    if not isinstance(data, dict):
        raise Malformed("This is not a JSON object. Telegram sends one Update object.")
    number = _whole(data, "update_id")
    for kind, reader in _READERS.items():
        if kind in data:
            return reader(str(number), _object(data, kind))
    return Update(ignored="unknown_type")


def parse(delivery: Delivery) -> list[Inbound]:
    """The message of a delivery, if it holds one."""
    message = read(delivery).message
    return [message] if message else []


def _message(number: str, data: Mapping[str, Any]) -> Update:
    chat, sender = _object(data, "chat"), _object(data, "from", {})
    if chat.get("type") != "private":
        return Update(ignored="not_private")
    language = _language(sender)
    media = next((kind for kind in MEDIA if kind in data), None)
    text = _text(data, "text" if media is None else "caption")
    extra: dict[str, Any] = {}
    if media is not None:
        extra["media"] = media
        if media == "contact":  # the customer shared a telephone number: it may be the answer
            text = text or _text(_object(data, "contact"), "phone_number")
    elif not text:
        return Update(ignored="service_message")
    else:
        text, code = command(text, language)
        if code:
            extra["start"] = code
    return Update(_inbound(number, chat, sender, text, extra=extra, reference=_reference(data)))


def _edited(number: str, data: Mapping[str, Any]) -> Update:
    """The new text of an earlier message. Which answer it changes is for the house to find out."""
    chat, sender = _object(data, "chat"), _object(data, "from", {})
    if chat.get("type") != "private":
        return Update(ignored="not_private")
    text = _text(data, "text") or _text(data, "caption")
    if not text:  # a live location moves, for example
        return Update(ignored="edited")
    reference = _reference(data)
    return Update(_inbound(number, chat, sender, text, extra={"edited": reference}, reference=reference))


def _callback(number: str, data: Mapping[str, Any]) -> Update:
    callback, pressed = _text(data, "id"), _text(data, "data")
    if not callback:
        raise Malformed("`id` of a callback_query is missing.")
    if "message" not in data:  # a button of an inline message; we send none
        return Update(press=Press(callback), ignored="foreign_button")
    message = _object(data, "message")
    chat = _object(message, "chat")
    if chat.get("type") != "private":
        return Update(press=Press(callback), ignored="not_private")
    keyboard = _keyboard(message)
    meaning = decode(pressed, keyboard)
    if meaning is None or meaning.kind == DONE or (meaning.kind != PICK and keyboard is None):
        return Update(press=Press(callback), ignored="stale_button")
    place = (callback, _whole(chat, "id"), _whole(message, "message_id"))
    if meaning.kind == TOGGLE:
        return Update(press=Press(*place, tick(keyboard or (), pressed)), ignored="toggle")
    if meaning.kind == SEND:
        chosen = ticked(keyboard or ())
        values = [found.value for button in chosen if (found := decode(button.data, keyboard))]
        picked, labels = {"question": meaning.question, "value": values}, [button.label for button in chosen]
    else:
        picked = {"question": meaning.question, "value": meaning.value}
        labels = [button.label for row in keyboard or () for button in row if button.data == pressed]
    said = _inbound(number, chat, _object(data, "from", {}), ", ".join(labels), picked=picked)
    return Update(said, Press(*place, closed(labels) if keyboard is not None else None))


def _membership(number: str, data: Mapping[str, Any]) -> Update:
    """A customer who blocks the bot wants nothing from us: the same as saying "stop". One who unblocks it has not asked
    for surveys again; that is said by /start."""
    chat, sender = _object(data, "chat"), _object(data, "from", {})
    if chat.get("type") != "private":
        return Update(ignored="not_private")
    if _object(data, "new_chat_member").get("status") != "kicked":
        return Update(ignored="membership")
    return Update(_inbound(number, chat, sender, "stop", extra={"event": "blocked"}))


def _reaction(number: str, data: Mapping[str, Any]) -> Update:
    """An emoji set on a message is said; one taken away says nothing. Custom and paid ones have no words.

    https://core.telegram.org/bots/api#messagereactionupdated"""
    chat, sender = _object(data, "chat"), _object(data, "user", {})
    if chat.get("type") != "private":
        return Update(ignored="not_private")
    before, now = (_emoji(data, key) for key in ("old_reaction", "new_reaction"))
    fresh = [emoji for emoji in now if emoji not in before]
    if not fresh:
        return Update(ignored="reaction_removed")
    extra = {"reaction": True, "message": _reference(data)}
    return Update(_inbound(number, chat, sender, fresh[-1], extra=extra))


def _emoji(data: Mapping[str, Any], key: str) -> list[str]:
    reactions = data.get(key)
    if not isinstance(reactions, list) or not all(isinstance(reaction, dict) for reaction in reactions):
        raise Malformed(f"`{key}` is not a list of reactions.")
    return [found for reaction in reactions if (found := _text(reaction, "emoji"))]


def _reference(data: Mapping[str, Any]) -> str:
    """How a message is named when something refers to it later, in or out: ``chat:message``, as `Sender.send` says."""
    return f"{_whole(_object(data, 'chat'), 'id')}:{_whole(data, 'message_id')}"


_READERS = {
    "message": _message,
    "edited_message": _edited,
    "callback_query": _callback,
    "my_chat_member": _membership,
    "message_reaction": _reaction,
}


def _inbound(
    number: str,
    chat: Mapping[str, Any],
    sender: Mapping[str, Any],
    text: str,
    *,
    picked: Mapping[str, Any] | None = None,
    extra: Mapping[str, Any] | None = None,
    reference: str = "",
) -> Inbound:
    name = " ".join(part for key in ("first_name", "last_name") if (part := _text(sender, key)))
    return Inbound(
        provider=PROVIDER,
        channel=CHANNEL,
        message_id=number,
        address=str(_whole(chat, "id")),
        text=text,
        picked=picked,
        name=name[:NAME_LENGTH] or None,
        language=_language(sender),
        extra=extra or {},
        reference=reference,
    )


def _keyboard(message: Mapping[str, Any]) -> Keyboard | None:
    """The message's buttons; None where Telegram no longer shows the message (its date is then 0)."""
    if message.get("date") == 0:
        return None
    lines = _object(message, "reply_markup", {}).get("inline_keyboard", [])
    if not isinstance(lines, list) or not all(isinstance(line, list) for line in lines):
        raise Malformed("`inline_keyboard` is not a list of rows.")
    return tuple(tuple(_button(button) for button in line) for line in lines)


def _button(button: Any) -> Button:
    if not isinstance(button, dict):
        raise Malformed("A button of `inline_keyboard` is not an object.")
    return Button(_text(button, "text"), _text(button, "callback_data"))


def _language(sender: Mapping[str, Any]) -> str | None:
    found = _LANGUAGE.match(_text(sender, "language_code").lower())
    return found.group(1) if found else None


def _object(data: Mapping[str, Any], key: str, default: Mapping[str, Any] | None = None) -> Mapping[str, Any]:
    value = data.get(key, default)
    if not isinstance(value, dict):
        raise Malformed(f"`{key}` is not an object.")
    return value


def _whole(data: Mapping[str, Any], key: str) -> int:
    value = data.get(key)
    if not isinstance(value, int) or isinstance(value, bool):
        raise Malformed(f"`{key}` is not a whole number.")
    return value


def _text(data: Mapping[str, Any], key: str) -> str:
    value = data.get(key, "")
    if not isinstance(value, str):
        raise Malformed(f"`{key}` is not a text.")
    return value
