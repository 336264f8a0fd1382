"""Rasa's output channel inside the house: keeps what the agent utters, in order. Nothing is sent here."""

from __future__ import annotations

from typing import Any

from rasa.core.channels.channel import OutputChannel

from bot.conversation.turn import DECISION, Uttered


class CollectingChannel(OutputChannel):
    """Collects the utterances of one turn. It bears the customer's channel's name, so that responses written for one
    channel (`channel: whatsapp` in the domain) are chosen."""

    def __init__(self, channel: str) -> None:
        self.channel = channel
        self.uttered: list[Uttered] = []

    def name(self) -> str:
        """The customer's channel."""
        return self.channel

    async def send_response(self, recipient_id: str, message: dict[str, Any]) -> None:
        """Keep one message of Rasa's: its text with buttons, then its decision. A picture or file becomes its
        address, as in Rasa's own channels. Raises ValueError for custom JSON that is not a decision: nobody would
        ever read it."""
        texts = [message.get("text"), message.get("image"), message.get("attachment")]
        text = "\n".join(str(part) for part in dict.fromkeys(texts) if part)
        buttons = tuple(message.get("buttons") or message.get("quick_replies") or ())
        if text or buttons:
            self.uttered.append(Uttered(text=text, buttons=buttons))
        custom = message.get("custom")
        if custom:
            if DECISION not in custom:
                raise ValueError(f"An action uttered custom JSON without the key '{DECISION}': {sorted(custom)}.")
            self.uttered.append(Uttered(decision=custom[DECISION]))
