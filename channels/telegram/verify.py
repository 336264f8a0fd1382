"""Does an update come from Telegram? It sends the secret that we gave it when the webhook was set."""

from __future__ import annotations

import hmac

from channels.receive import Delivery, Refused

HEADER = "x-telegram-bot-api-secret-token"
"""https://core.telegram.org/bots/api#setwebhook"""


def verify(delivery: Delivery, secret: str) -> None:
    """Raises Refused unless the delivery carries `secret`. An empty secret lets nothing in. The comparison takes the
    same time wherever the two differ."""
    sent = delivery.headers.get(HEADER, "").encode("utf-8", "backslashreplace")
    if not secret or not hmac.compare_digest(sent, secret.encode()):
        raise Refused("This update does not carry the secret that was given to Telegram. Set the webhook again.")
