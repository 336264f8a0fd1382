"""Shortcuts of the inbox: what each key does, unless the agent has chosen others. Pure.

A shortcut is one key ("j", "Enter", "/") or "g" and another ("g i"). Keys with Ctrl, Alt or Meta are the browser's.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from bot.recovery.refusals import Refusal

DEFAULTS: Mapping[str, str] = {
    "next": "j",
    "previous": "k",
    "open": "Enter",
    "claim": "c",
    "reply": "r",
    "note": "n",
    "canned": "/",
    "resolve": "e",
    "transfer": "t",
    "snooze": "z",
    "hand_back": "b",
    "undo": "u",
    "search": "s",
    "inbox": "g i",
    "live": "g l",
    "help": "?",
}

_KEY = re.compile(r"(g )?([!-~]|Enter)")


def chosen(own: Mapping[str, str]) -> dict[str, str]:
    """What each deed is done with: the agent's own keys, else the usual ones."""
    return {deed: own.get(deed, keys) for deed, keys in DEFAULTS.items()}


def must_fit(own: Mapping[str, str]) -> dict[str, str]:
    """The agent's own shortcuts without those that are the usual ones. Raises Refusal for unknown deeds, keys
    that are none, and two deeds with the same."""
    for deed, keys in own.items():
        if deed not in DEFAULTS:
            raise Refusal("no_deed", deed=deed)
        if not _KEY.fullmatch(keys):
            raise Refusal("no_key", keys=keys)
    every = chosen(own)
    by_keys: dict[str, str] = {}
    for deed, keys in every.items():
        if keys in by_keys:
            raise Refusal("key_twice", keys=keys, first=by_keys[keys], second=deed)
        by_keys[keys] = deed
    if "g" in by_keys and any(keys.startswith("g ") for keys in by_keys):
        raise Refusal("key_first")
    return {deed: keys for deed, keys in own.items() if DEFAULTS[deed] != keys}
