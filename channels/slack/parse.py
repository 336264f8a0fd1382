"""Slack's deliveries → what they hold. Pure.

Events API: messages to the app (`message.im`), edits of them, reactions, mentions, the Home tab. Interactivity: pressed
buttons (`block_actions`) and filled in forms (`view_submission`). Slash commands. Everything else that Slack may send
is acknowledged, counted and ignored.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs

from channels.contract import Inbound
from channels.receive import Delivery, Malformed
from channels.slack import case_card
from channels.slack.case_card import CASE
from channels.slack.emoji import character
from channels.slack.form import filled_in
from channels.slack.found import PROVIDER, Read, Wish, inner, mapping, name_of, text_of
from channels.slack.pressed import PICK, SAY, action_of, answered, key_of, wished, words
from channels.slack.words import written
from channels.workplace import deed

__all__ = ["PROVIDER", "parse", "parse_all", "read"]

_ORDINARY = (None, "file_share", "thread_broadcast")
"""Subtypes of a message that a person wrote. The others are edits, deletions, joins and what bots say."""
_USERS = ("U", "W")
"""How a person's id begins (W: on Enterprise Grid)."""


def parse(delivery: Delivery) -> list[Inbound]:
    """The customer's message of a delivery, if there is one. Raises Malformed."""
    message = read(delivery).message
    return [] if message is None else [message]


def parse_all(delivery: Delivery) -> list[Inbound]:
    """The same, or else what an agent did. Raises Malformed."""
    found = read(delivery)
    message = found.message or found.deed
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


# Forms: interactions and slash commands


def _form(body: bytes) -> Read:
    try:
        fields = parse_qs(body.decode("utf-8"), keep_blank_values=True, max_num_fields=100)
    except ValueError as error:
        raise Malformed("This is not a form in UTF-8.") from error
    if "payload" in fields:
        return _interaction(_object(fields["payload"][0]))
    if "command" in fields:
        return _command({name: values[0] for name, values in fields.items()})
    raise Malformed("Slack sends what was pressed as the form field `payload`, and a slash command as `command`.")


def _command(fields: Mapping[str, str]) -> Read:
    """https://docs.slack.dev/interactivity/implementing-slash-commands#app_command_handling"""
    if fields.get("ssl_check"):
        return Read(ignored="ssl_check")
    user = text_of(fields, "user_id")
    key = f"{user}:{text_of(fields, 'trigger_id')}"
    respond, name = fields.get("response_url", ""), fields.get("user_name") or None
    return Read(wish=Wish("command", user, key[:255], fields.get("text", "").strip(), name, respond=respond))


def _interaction(data: Mapping[str, Any]) -> Read:
    kind = text_of(data, "type")
    if kind not in ("block_actions", "view_submission"):
        return Read(ignored=kind)
    if not isinstance(data.get("user"), dict):
        raise Malformed(f"A {kind} payload says who it was as `user`, a JSON object.")
    if kind == "block_actions":
        return _pressed(data)
    ours = inner(data, "view", "callback_id").partition(":")[0] == CASE
    return case_card.filled_in(data) if ours else filled_in(data)


def _pressed(data: Mapping[str, Any]) -> Read:
    found = action_of(data)
    if found is None:
        return Read(ignored="block_actions")
    kind, action = found
    if kind == CASE:
        return case_card.pressed(data, action)
    if kind not in (PICK, SAY):
        return Read(wish=wished(data, kind, action))
    user = mapping(data.get("user"))
    who = text_of(user, "id")
    press = answered(data, action) if kind == PICK else None
    message = Inbound(
        provider=PROVIDER,
        channel=PROVIDER,
        message_id=key_of(data, action),
        address=who,
        text=press.label if press else words(action),
        picked={"question": press.question, "value": press.value} if press else None,
        name=name_of(user),
    )
    if press is not None:
        return Read(message=message, pressed=press)
    again = Wish("home", who, message.message_id, "said", respond=str(data.get("response_url") or ""))
    return Read(message=message, wish=again)


# Events


def _event_delivery(data: Mapping[str, Any]) -> Read:
    kind = text_of(data, "type")
    if kind == "url_verification":
        return Read(challenge=text_of(data, "challenge"))
    if kind != "event_callback":
        return Read(ignored=kind)
    event = data.get("event")
    if not isinstance(event, dict):
        raise Malformed("An event_callback holds an `event`, a JSON object.")
    name = text_of(event, "type")
    event_id, ourselves = text_of(data, "event_id"), _ourselves(data)
    if name == "message" and event.get("subtype") == "message_changed":
        return _edited(event, event_id, ourselves)
    if name == "message" and event.get("subtype") == "message_deleted":
        return _deleted(event, event_id, ourselves)
    if name == "reaction_added":
        return _reaction(event, event_id, ourselves)
    if not _of_a_person(event, ourselves):
        return Read(ignored=name)
    if name == "app_home_opened":
        return _home(event, event_id)
    if name == "message" and event.get("channel_type") == "im" and event.get("subtype") in _ORDINARY:
        message = _message(event, event_id, ourselves)
        return Read(message=message, deed=_in_a_thread(event, event, message, "said"))
    if name == "message" and event.get("subtype") in _ORDINARY and event.get("thread_ts"):
        return Read(deed=_in_a_thread(event, event, _message(event, event_id, ourselves), "said"), ignored=name)
    if name == "app_mention":
        return _mention(event, event_id, ourselves)
    return Read(ignored=name)


def _of_a_person(event: Mapping[str, Any], ourselves: set[str]) -> bool:
    """Whether a person did this. The app's own messages come back as events, too."""
    user = event.get("user")
    if event.get("bot_id") or event.get("hidden") or not isinstance(user, str) or not user.startswith(_USERS):
        return False
    return user not in ourselves


def _ourselves(data: Mapping[str, Any]) -> set[str]:
    """The app's own ids as a user: what it says bears them, and who mentions it writes them."""
    authorizations = data.get("authorizations")
    known = [a for a in authorizations if isinstance(a, dict)] if isinstance(authorizations, list) else []
    return {a["user_id"] for a in known if a.get("is_bot") and isinstance(a.get("user_id"), str)}


def _message(
    event: Mapping[str, Any], event_id: str, ourselves: set[str], extra: Mapping[str, Any] | None = None
) -> Inbound:
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
        address=text_of(event, "user"),
        text=written(text or "", event.get("blocks")).strip(),
        extra={**({"media": media} if media else {}), **(extra or {})},
        reference=str(event.get("ts") or ""),
    )


def _mention(event: Mapping[str, Any], event_id: str, ourselves: set[str]) -> Read:
    """Answered in a direct message; in the channel only that is said, in the thread."""
    message = _message(event, event_id, ourselves)
    thread = event.get("thread_ts") or event.get("ts")
    wish = Wish(
        "mention", message.address, event_id, channel=str(event.get("channel") or ""), message_ts=str(thread or "")
    )
    # In a case's thread it is a remark to the team; what it says comes as a message of the channel, too.
    return Read(message=message, wish=wish, deed=_in_a_thread(event, event, message, "mentioned"))


def _in_a_thread(event: Mapping[str, Any], said: Mapping[str, Any], message: Inbound, does: str) -> Inbound | None:
    """What `message` is where its thread is a case's. None: it stands in no thread."""
    thread, channel = said.get("thread_ts"), event.get("channel")
    if not isinstance(thread, str) or not isinstance(channel, str) or thread == said.get("ts"):
        return None
    extra = {"channel": channel, "thread": thread, "ts": message.reference, "files": bool(said.get("files"))}
    return deed(PROVIDER, message.message_id, message.address, does, message.text, case=0, **extra)


def _deleted(event: Mapping[str, Any], event_id: str, ourselves: set[str]) -> Read:
    """https://docs.slack.dev/reference/events/message/message_deleted"""
    before = mapping(event.get("previous_message"))
    if before.get("subtype") not in _ORDINARY or not _of_a_person(before, ourselves):
        return Read(ignored="message_deleted")
    gone = _in_a_thread(event, before, _message(before, event_id, ourselves), "deleted")
    return Read(deed=gone, ignored="message_deleted")


def _edited(event: Mapping[str, Any], event_id: str, ourselves: set[str]) -> Read:
    """A direct message whose words were changed. A link's preview that appears changes a message too, but no words.

    https://docs.slack.dev/reference/events/message/message_changed"""
    now, before = mapping(event.get("message")), mapping(event.get("previous_message"))
    if now.get("subtype") not in _ORDINARY or not _of_a_person(now, ourselves):
        return Read(ignored="message_changed")
    if now.get("text") == before.get("text"):
        return Read(ignored="message_changed")
    message = _message(now, event_id, ourselves, {"edited": text_of(now, "ts")})
    changed = _in_a_thread(event, now, message, "edited")
    if event.get("channel_type") != "im":
        return Read(deed=changed, ignored="message_changed")
    return Read(message=message, deed=changed)


def _reaction(event: Mapping[str, Any], event_id: str, ourselves: set[str]) -> Read:
    """An emoji on a message of ours in the direct message is said. Custom ones have no character and say nothing.

    https://docs.slack.dev/reference/events/reaction_added"""
    item, emoji = mapping(event.get("item")), character(str(event.get("reaction", "")))
    ours = event.get("item_user") in ourselves and inner({"item": item}, "item", "channel").startswith("D")
    if not emoji or not ours or item.get("type") != "message" or not _of_a_person(event, ourselves):
        return Read(ignored="reaction_added")
    extra = {"reaction": True, "message": text_of(item, "ts")}
    return Read(message=Inbound(PROVIDER, PROVIDER, event_id, text_of(event, "user"), emoji, extra=extra))


def _home(event: Mapping[str, Any], event_id: str) -> Read:
    """https://docs.slack.dev/reference/events/app_home_opened"""
    return Read(wish=Wish("home" if event.get("tab") == "home" else "arrived", text_of(event, "user"), event_id))
