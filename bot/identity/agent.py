"""An agent: somebody who works in the console."""

from __future__ import annotations

import re
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
