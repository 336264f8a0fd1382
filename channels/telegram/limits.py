"""Telegram's limits that only this folder needs (the others are in `channels/looks.py`), each with its source."""

from __future__ import annotations

CALLBACK_DATA_BYTES = 64
"""What a button can carry. https://core.telegram.org/bots/api#inlinekeyboardbutton"""

SECRET_LENGTH = (1, 256)
"""Characters of the webhook's secret, out of A–Z, a–z, 0–9, _ and -. https://core.telegram.org/bots/api#setwebhook"""

UPDATES = ("message", "edited_message", "callback_query", "my_chat_member", "message_reaction")
"""The kinds of updates that we ask Telegram for. Reactions come only where they are named.
https://core.telegram.org/bots/api#update"""

COMMAND_DESCRIPTION = (1, 256)
"""Characters that describe a command in the bot's menu. https://core.telegram.org/bots/api#botcommand"""

NAME_LENGTH = 120
"""Our own limit: how much of a customer's name is kept."""

PER_CHAT = (5, 5.0)
"""Messages to one chat, and in how many seconds: one a second, with short bursts. The same page. (A group gets 20 a
minute; no survey is held in one.)"""

PER_SECOND = 30
"""Messages of one bot to all chats. https://core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this"""
