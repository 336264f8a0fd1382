"""The web channel's JSON → Inbound. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from channels.contract import CHANNELS, Inbound
from channels.receive import Delivery, Malformed

PROVIDER = "web"
_ID = re.compile(r"[\w.:@+-]{1,120}", re.ASCII)
_LANGUAGE = re.compile(r"[a-z]{2}")
_NAME_LIMIT = 120


def can_write(address: str) -> bool:
    """Whether a page can write as the customer with this address."""
    return _ID.fullmatch(address) is not None


def parse(delivery: Delivery) -> list[Inbound]:
    """The one message of a delivery. Raises Malformed with a sentence that says what is wrong and what is expected."""
    if not delivery.headers.get("content-type", "").startswith("application/json"):
        raise Malformed("Send JSON, with the header Content-Type: application/json.")
    try:
        data = json.loads(delivery.body)
    except (ValueError, RecursionError) as error:
        raise Malformed(
            'This is not JSON. Send {"message_id": …, "channel": "sms", "sender": …, "text": …}.'
        ) from error
    if not isinstance(data, dict):
        raise Malformed('Send one JSON object: {"message_id": …, "channel": "sms", "sender": …, "text": …}.')
    return [_message(data)]


def _message(data: Mapping[str, Any]) -> Inbound:
    channel = data.get("channel", "web")
    if channel not in CHANNELS:
        raise Malformed(f"`channel` is one of {', '.join(CHANNELS)}.")
    picked = _picked(data.get("picked"))
    text = data.get("text", "")
    if not isinstance(text, str) or (picked is None and not text.strip()):
        raise Malformed("Send what the customer wrote as `text`, or the pressed button as `picked`.")
    return Inbound(
        provider=PROVIDER,
        channel=channel,
        message_id=_id(data, "message_id"),
        address=_id(data, "sender"),
        text=text,
        picked=picked,
        name=_optional_text(data, "name"),
        language=_language(data.get("language")),
    )


def _id(data: Mapping[str, Any], key: str) -> str:
    value = data.get(key)
    if not isinstance(value, str) or not _ID.fullmatch(value):
        raise Malformed(f"`{key}` is 1 to 120 characters out of A–Z, a–z, 0–9 and _ . : @ + -.")
    return value


def _picked(value: Any) -> Mapping[str, Any] | None:
    if value is None:
        return None
    if not isinstance(value, dict) or not isinstance(value.get("question"), str) or "value" not in value:
        raise Malformed('`picked` is {"question": the question\'s id, "value": the choice\'s value}.')
    return {"question": value["question"], "value": value["value"]}


def _optional_text(data: Mapping[str, Any], key: str) -> str | None:
    value = data.get(key)
    if value is None or (isinstance(value, str) and len(value) <= _NAME_LIMIT):
        return value or None
    raise Malformed(f"`{key}` is a text of at most {_NAME_LIMIT} characters.")


def _language(value: Any) -> str | None:
    if value is None:
        return None
    if not isinstance(value, str) or not _LANGUAGE.fullmatch(value):
        raise Malformed("`language` is a two-letter code such as en or de.")
    return value
