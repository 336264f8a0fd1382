"""What Telegram's own way of speaking (commands) is in words that the conversation understands. Pure.

The customer's language is that of the app: the words are chosen in it, English where we don't speak it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

_COMMAND = re.compile(r"/([a-z]+)(?:@\w+)?(?:\s+(.*))?", re.DOTALL | re.IGNORECASE)
_START = re.compile(r"[A-Za-z0-9_-]{1,64}")
"""The parameter of a deep link. https://core.telegram.org/bots/features#deep-linking"""

_WORDS: Mapping[str, Mapping[str, str]] = {
    "en": {"stop": "stop", "help": "help", "language": "another language"},
    "de": {"stop": "stop", "help": "Hilfe", "language": "andere Sprache"},
    "fr": {"stop": "stop", "help": "aide", "language": "autre langue"},
    "es": {"stop": "stop", "help": "ayuda", "language": "otro idioma"},
    "it": {"stop": "stop", "help": "aiuto", "language": "altra lingua"},
    "nl": {"stop": "stop", "help": "hulp", "language": "andere taal"},
    "pt": {"stop": "stop", "help": "ajuda", "language": "outra língua"},
    "pl": {"stop": "stop", "help": "pomoc", "language": "inny język"},
}


def command(text: str, language: str | None) -> tuple[str, str]:
    """`text` with /stop, /help and /language as words, and the parameter of a deep link ("/start CODE") or "": beside
    it the text is the bare /start of the button that was pressed.

    Any other text stays as it is, whether or not it begins with a slash."""
    found = _COMMAND.fullmatch(text.strip())
    if not found:
        return text, ""
    name, rest = found.group(1).lower(), (found.group(2) or "").strip()
    if name == "start":
        return ("/start", rest) if _START.fullmatch(rest) else (text, "")
    return (_words(language)[name], "") if name in ("stop", "help", "language") else (text, "")


def _words(language: str | None) -> Mapping[str, str]:
    return _WORDS.get(language or "en", _WORDS["en"])
