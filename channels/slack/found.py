"""What a delivery of Slack's can hold, once it is read. Pure data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from channels.contract import Inbound
from channels.receive import Malformed, clean

PROVIDER = "slack"

WishKind = Literal["form", "begin", "command", "home", "arrived", "mention", "case"]
"""form: a button that opens a form was pressed. begin: a survey is to start (value: its key), or to go on ("").
command: a slash command (value: what stands behind it). home: the Home tab was opened; arrived: the conversation with
the app. mention: the app was named in a channel.
case: a button of a case was pressed that asks first (value: what it does, a colon, the case's number)."""


@dataclass(frozen=True, slots=True)
class Pressed:
    """An answer by button or form. `label` is what was on it, for people; `shown` the rest of the message it stood
    in."""

    question: str
    value: Any
    label: str
    channel: str
    message_ts: str
    action_ts: str
    shown: Mapping[str, Any] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class Wish:
    """Something a person wants shown or done that is no message. `trigger`: Slack's permit to open a form, valid for
    three seconds. `channel` and `message_ts`: where it came from. `respond`: where an answer only they see goes."""

    kind: WishKind
    user: str
    key: str
    value: str = ""
    name: str | None = None
    trigger: str = field(default="", repr=False)
    channel: str = ""
    message_ts: str = ""
    respond: str = field(default="", repr=False)
    shown: Mapping[str, Any] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class Read:
    """What a delivery holds. `ignored` names what it is when it holds nothing for us. `form`: the message was filled
    into one, which can say why it will not do. `deed`: what an agent did, if its place is a case's thread; a direct
    message below a case may be one as well as a customer's message, so both are given."""

    message: Inbound | None = None
    pressed: Pressed | None = None
    wish: Wish | None = None
    deed: Inbound | None = None
    challenge: str | None = None
    form: bool = False
    ignored: str = ""


def text_of(data: Mapping[str, Any], key: str, limit: int = 250) -> str:
    """A text that has to be there. Raises Malformed."""
    value = data.get(key)
    if not isinstance(value, str) or not value or len(value) > limit or clean(value) != value:
        raise Malformed(f"`{key}` is a text of 1 to {limit} characters.")
    return value


def mapping(value: Any) -> Mapping[str, Any]:
    """`value` where it is an object, else an empty one."""
    return value if isinstance(value, dict) else {}


def inner(data: Mapping[str, Any], outer: str, key: str) -> str:
    """The text at data[outer][key]; "" where there is none."""
    value = mapping(data.get(outer)).get(key)
    return str(clean(value)) if isinstance(value, str) else ""


def name_of(user: Mapping[str, Any]) -> str | None:
    """What a person is called in an interaction; None where nothing usable is given."""
    name = user.get("name") or user.get("username")
    return name if isinstance(name, str) and 0 < len(name) <= 120 else None
