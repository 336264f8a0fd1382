"""What a parser hands on has to fit the database: PostgreSQL keeps no NUL, no half of a surrogate pair, no text that is
longer than its column. A provider that hears 503 for such a message would send it again for ever."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from bot.storage.tables import conversations, inbox, outbox
from channels.contract import DeliveryStatus, Inbound
from channels.receive import storable

_LIMITS = {
    "provider": inbox.c.provider,
    "message_id": inbox.c.message_id,
    "reference": inbox.c.reference,
    "kind": inbox.c.kind,
    "channel": conversations.c.channel,
    "address": conversations.c.address,
    "language": conversations.c.language,
    "provider_message_id": outbox.c.provider_message_id,
}


def must_be_storable(news: Inbound | DeliveryStatus) -> None:
    """As the seam hands it over. Raises AssertionError for what the database would refuse."""
    kept = storable(news)
    for name, value in asdict(kept).items():
        column = _LIMITS.get(name)
        if column is not None and value is not None:
            assert len(value) <= column.type.length, f"{name} is longer than its column"
        must_be_text(name, value)
    json.loads(json.dumps(asdict(kept)))


def must_be_text(name: str, value: Any) -> None:
    """Raises AssertionError or UnicodeEncodeError for text that PostgreSQL would refuse."""
    if isinstance(value, str):
        assert "\0" not in value, f"{name} holds NUL"
        value.encode()  # a UnicodeEncodeError is a finding
    elif isinstance(value, dict):
        for key, part in value.items():
            must_be_text(name, key)
            must_be_text(name, part)
    elif isinstance(value, list | tuple):
        for part in value:
            must_be_text(name, part)
