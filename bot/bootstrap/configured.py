"""What settings and their files alone make: the desk, the FAQ, the company's own sign-in."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

from bot.conversation.faq_turns import FaqTurns
from bot.conversation.ports import Clock
from bot.faq.read import read_all
from bot.identity.openid import OpenId, Provider
from bot.recovery.desk import Desk
from bot.recovery.desk_file import read_desk
from bot.settings import Settings

FAQ = Path("dialogues/faq")


def faq_of(settings: Settings) -> FaqTurns:
    """The FAQ's entries, each on its days. A file that can't be read is left out here; `conductor faq check` and
    training say what is wrong with it."""
    book, _ = read_all(settings.faq or FAQ)
    return FaqTurns(book, settings.timezone)


def desk_of(settings: Settings) -> Desk:
    """Who takes care of cases, as recovery.yml says."""
    return read_desk(settings.recovery, settings.default_team, settings.timezone)


def openid_of(settings: Settings, clock: Clock) -> OpenId | None:
    """The company's own sign-in; None: there is none."""
    if not settings.oidc_issuer:
        return None
    secret = settings.oidc_client_secret.get_secret_value()
    label = settings.oidc_label or urlsplit(settings.oidc_issuer).hostname or ""
    return OpenId(Provider(settings.oidc_issuer, settings.oidc_client_id, secret, label), clock)
