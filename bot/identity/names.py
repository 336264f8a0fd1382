"""A name stands for one person, in chats and in the audit, for ever."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

from bot.identity.agent import Agent
from bot.identity.errors import Told

NOT_NAMES = (
    *("conductor", "survey conductor", "bot", "the bot", "customer", "nobody", "command line", "system", "you"),
    *("der bot", "kunde", "kundin", "niemand", "sie"),
)
"""What the house calls itself, the bot and customers: an agent of that name would be taken for them, in chats and in
the audit."""


def normal_name(text: str) -> str:
    """The one form of a name. Raises `Told` for what is none, or stands for somebody else."""
    name = " ".join(unicodedata.normalize("NFKC", text).split())
    if not name or len(name) > 120 or not name.isprintable() or not any(c.isalnum() for c in name):
        raise Told("name", "A name has 1 to 120 characters, and letters among them.")
    if same_name(name) in NOT_NAMES:
        raise Told(
            "reserved", f'"{name}" is nobody\'s name here: it would be taken for somebody else.', "Choose another."
        )
    return name


def same_name(text: str) -> str:
    """Two names that people would take for one have the same: capitals, accents and signs make no difference."""
    plain = unicodedata.normalize("NFKD", text).casefold()
    return "".join(c for c in plain if c.isalnum() or c == " ").strip()


def must_be_free(name: str, agents: Sequence[Agent], given_up: Sequence[str], but: int) -> None:
    """Raises `Told` when an agent (other than the one of id `but`) has that name, nearly that name, or it as login; or
    when it was somebody's, who has another one now or is gone (`given_up`): the audit knows them by it."""
    for other in agents:
        taken = {same_name(other.name), same_name(other.login)}
        if other.id != but and same_name(name) in taken:
            raise Told("taken", f'There is an agent called "{other.name}" already.', "Choose another name.")
    if same_name(name) in {same_name(former) for former in given_up}:
        raise Told("given_up", f'"{name}" was a colleague\'s name: the audit knows them by it.', "Choose another name.")
