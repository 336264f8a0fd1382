"""How a customer brings a code on each channel: a link to press where there is one, else words to send. Pure."""

from __future__ import annotations

import re
from urllib.parse import quote

TELEGRAM_START = re.compile(r"[A-Za-z0-9_-]{1,64}")
"""https://core.telegram.org/bots/features#deep-linking"""


def telegram(bot: str, code: str) -> str:
    """Opens the chat with the bot and sends ``/start CODE``. Raises ValueError for a code that Telegram would drop."""
    if not TELEGRAM_START.fullmatch(code):
        raise ValueError("A link of Telegram's carries 1 to 64 of A-Z, a-z, 0-9, _ and -.")
    return f"https://t.me/{bot.removeprefix('@')}?start={code}"


def whatsapp(number: str, text: str) -> str:
    """Opens the chat with our number, with `text` written already. https://faq.whatsapp.com/5913398998672934"""
    return f"https://wa.me/{re.sub('[^0-9]', '', number)}?text={quote(text)}"


def sms(number: str, text: str) -> str:
    """Opens a message to our number with `text` in it. https://www.rfc-editor.org/rfc/rfc5724"""
    return f"sms:{number}?body={quote(text)}"
