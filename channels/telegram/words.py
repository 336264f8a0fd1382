"""What Telegram's own ways of speaking (commands, edits) are in words that the conversation understands. Pure.

The customer's language is that of the app: the words are chosen in it, English where we don't speak it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from survey_flows import answers
from survey_flows.model import Question

_COMMAND = re.compile(r"/([a-z]+)(?:@\w+)?(?:\s+(.*))?", re.DOTALL | re.IGNORECASE)
_START = re.compile(r"[A-Za-z0-9_-]{1,64}")
"""The parameter of a deep link. https://core.telegram.org/bots/features#deep-linking"""

_WORDS: Mapping[str, Mapping[str, str]] = {
    "en": {"stop": "stop", "help": "help", "language": "another language", "correct": "I meant"},
    "de": {"stop": "stop", "help": "Hilfe", "language": "andere Sprache", "correct": "Ich meinte"},
    "fr": {"stop": "stop", "help": "aide", "language": "autre langue", "correct": "Je voulais dire"},
    "es": {"stop": "stop", "help": "ayuda", "language": "otro idioma", "correct": "Quise decir"},
}
_OPEN = Question(id="_", type="text", text={})


def command(text: str, language: str | None) -> tuple[str, str]:
    """`text` with /stop, /help and /language as words, and the code of a deep link ("/start CODE") or "".

    Any other text stays as it is, whether or not it begins with a slash."""
    found = _COMMAND.fullmatch(text.strip())
    if not found:
        return text, ""
    name, rest = found.group(1).lower(), (found.group(2) or "").strip()
    if name == "start":
        return text, rest if _START.fullmatch(rest) else ""
    return (_words(language)[name], "") if name in ("stop", "help", "language") else (text, "")


def correction(text: str, language: str | None) -> str | None:
    """ "8" → "I meant 8"; None when the reader would not take it for a correction at whatever question is open."""
    said = f"{_words(language)['correct']} {text.strip()}"
    spoken = language if language and language in _WORDS else "en"
    reading = answers.read(_OPEN, said, spoken, (spoken,))
    return said if reading.kind == "control" and reading.value == "correct" and reading.candidates else None


def _words(language: str | None) -> Mapping[str, str]:
    return _WORDS.get(language or "en", _WORDS["en"])
