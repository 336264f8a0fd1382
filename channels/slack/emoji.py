"""Reactions come by the emoji's name alone; these are the ones that can mean something to a question. Pure.

The names are Slack's, of https://github.com/iamcal/emoji-data, which Slack names as its source."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

_TONES = {f"skin-tone-{number}": chr(0x1F3F9 + number) for number in range(2, 7)}
_DIGITS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")

CHARACTERS: Mapping[str, str] = MappingProxyType(
    {
        **{name: f"{digit}\ufe0f\u20e3" for digit, name in enumerate(_DIGITS)},
        "keycap_ten": "🔟",
        "+1": "👍",
        "thumbsup": "👍",
        "-1": "👎",
        "thumbsdown": "👎",
        "ok_hand": "👌",
        "clap": "👏",
        "pray": "🙏",
        "raised_hands": "🙌",
        "muscle": "💪",
        "wave": "👋",
        "heart": "❤️",
        "broken_heart": "💔",
        "tada": "🎉",
        "fire": "🔥",
        "100": "💯",
        "star": "⭐",
        "star2": "🌟",
        "white_check_mark": "✅",
        "heavy_check_mark": "✔️",
        "x": "❌",
        "no_entry_sign": "🚫",
        "question": "❓",
        "smile": "😄",
        "grinning": "😀",
        "smiley": "😃",
        "grin": "😁",
        "blush": "😊",
        "slightly_smiling_face": "🙂",
        "heart_eyes": "😍",
        "joy": "😂",
        "neutral_face": "😐",
        "expressionless": "😑",
        "slightly_frowning_face": "🙁",
        "white_frowning_face": "☹️",
        "confused": "😕",
        "disappointed": "😞",
        "cry": "😢",
        "sob": "😭",
        "angry": "😠",
        "rage": "😡",
        "thinking_face": "🤔",
        "shrug": "🤷",
    }
)


def character(reaction: str) -> str:
    """The character of a reaction's name, with its skin tone (``+1::skin-tone-2``); "" for one that is not known."""
    name, _, tone = reaction.partition("::")
    found = CHARACTERS.get(name, "")
    return f"{found}{_TONES.get(tone, '')}" if found else ""
