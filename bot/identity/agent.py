"""An agent: somebody who works in the console."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from bot.identity.errors import Told
from bot.identity.roles import May, Role, may

_LOGIN = re.compile(r"[a-z0-9][a-z0-9._+-]*(@[a-z0-9.-]+\.[a-z]{2,})?")


@dataclass(frozen=True)
class Agent:
    """`login` is unique: an e-mail address or a short name. `name` is what customers and colleagues see. `teams`: keys
    of recovery.yml; none: all of them."""

    id: int
    login: str
    name: str
    role: Role
    teams: tuple[str, ...] = ()
    language: str = "en"
    has_totp: bool = False

    def may(self, what: May) -> bool:
        return may(self.role, what)


def normal_login(text: str) -> str:
    """The one form of a login. Raises `Told` for what is none."""
    login = text.strip().lower()
    if not _LOGIN.fullmatch(login) or len(login) > 120:
        raise Told("login", f'"{text}" is no login.', "Use an e-mail address, or letters, digits, dots and hyphens.")
    return login


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


def must_be_free(name: str, agents: Sequence[Agent], but: int) -> None:
    """Raises `Told` when an agent (other than the one of id `but`) has that name, nearly that name, or it as login."""
    for other in agents:
        taken = {same_name(other.name), same_name(other.login)}
        if other.id != but and same_name(name) in taken:
            raise Told("taken", f'There is an agent called "{other.name}" already.', "Choose another name.")
