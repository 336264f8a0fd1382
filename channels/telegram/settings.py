"""What a bot of Telegram's needs from the environment."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from channels.errors import NotConfigured
from channels.telegram.limits import SECRET_LENGTH

NEEDED = ("TELEGRAM_BOT_TOKEN", "TELEGRAM_WEBHOOK_SECRET")
"""Variables without which the channel is not connected."""

TOKEN, SECRET, BASE = "TELEGRAM_BOT_TOKEN", "TELEGRAM_WEBHOOK_SECRET", "TELEGRAM_API_BASE_URL"
API = "https://api.telegram.org"

_TOKEN = re.compile(r"[0-9]{3,20}:[A-Za-z0-9_-]{20,100}")
_SECRET = re.compile(r"[A-Za-z0-9_-]{{{},{}}}".format(*SECRET_LENGTH))


@dataclass(frozen=True, slots=True)
class TelegramSettings:
    """`token` is the bot's, `secret` what Telegram sends with each update, `base_url` where the Bot API is."""

    token: str = field(repr=False)
    secret: str = field(repr=False)
    base_url: str = API


def from_environment(environ: Mapping[str, str]) -> TelegramSettings | None:
    """The settings, or None when nothing about Telegram is set. Raises NotConfigured when only a part is, or when a
    value can't be right; the sentence never repeats a secret."""
    token, secret, base = (environ.get(name, "").strip() for name in (TOKEN, SECRET, BASE))
    if not (token or secret or base):
        return None
    if not _TOKEN.fullmatch(token):
        problem = "doesn't look like a bot's token" if token else "is not set"
        raise NotConfigured(
            f"{TOKEN} {problem}. Set it to what @BotFather gave you: digits, a colon, then letters and digits."
        )
    if not _SECRET.fullmatch(secret):
        problem = "is not 1 to 256 characters out of A–Z, a–z, 0–9, _ and -" if secret else "is not set"
        raise NotConfigured(
            f"{SECRET} {problem}. Without it a forged message could not be told from a real one. "
            "Make one with: openssl rand -hex 32"
        )
    return TelegramSettings(token, secret, _base(base) if base else API)


def _base(url: str) -> str:
    try:
        parts = urlsplit(url)
        usable = parts.scheme in ("http", "https") and parts.hostname and not (parts.query or parts.fragment)
    except ValueError:  # an unbalanced bracket
        usable = False
    if not usable:
        raise NotConfigured(f"{BASE} is not a URL. Set it to one such as http://127.0.0.1:8081, or not at all.")
    return url.rstrip("/")
