"""Clocks that strike too late."""

from __future__ import annotations

from bot.conversation.state import Conversation, Message


def too_late(message: Message, conversation: Conversation) -> bool:
    """A clock struck for something that is over by now: the response has ended, or the customer has answered since."""
    if message.kind not in ("timeout", "expire", "resume"):
        return False
    response = conversation.response
    if response is None:
        return True
    if message.payload.get("response", response.id) != response.id:
        return True  # the clock of an earlier response
    return message.kind == "timeout" and response.timeout_at != message.payload.get("at")
