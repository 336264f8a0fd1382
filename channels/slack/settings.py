"""What the Slack channel needs to know, from the environment and from nowhere else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from channels.errors import NotConfigured

NEEDED = ("SLACK_BOT_TOKEN", "SLACK_SIGNING_SECRET")
"""Variables without which the channel is not connected."""

TOKEN, SECRET, APP_TOKEN = "SLACK_BOT_TOKEN", "SLACK_SIGNING_SECRET", "SLACK_APP_TOKEN"
BASE_URL = "SLACK_API_BASE_URL"
SLACK = "https://slack.com/api/"


@dataclass(frozen=True, slots=True)
class SlackSettings:
    """One app in one workspace. `base_url` ends with a slash; the secrets are kept out of what is printed.

    With an `app_token` everything comes in through a socket. Without a `signing_secret` webhooks are refused."""

    bot_token: str = field(repr=False)
    signing_secret: str = field(repr=False)
    base_url: str = SLACK
    app_token: str = field(default="", repr=False)


def from_environment(environ: Mapping[str, str]) -> SlackSettings | None:
    """The settings; None when none of the variables is set. Raises NotConfigured when one is missing or malformed."""
    names = (TOKEN, SECRET, BASE_URL, APP_TOKEN)
    token, secret, base_url, app_token = (environ.get(name, "").strip() for name in names)
    if not (token or secret or base_url or app_token):
        return None
    if not token:
        raise NotConfigured(f"Set {TOKEN} to the Bot User OAuth Token of your Slack app (it begins with xoxb-).")
    if not token.startswith("xoxb-") or not token.isascii() or not token.isprintable():
        raise NotConfigured(f"{TOKEN} is not a bot token. Set it to the Bot User OAuth Token, which begins with xoxb-.")
    if app_token and not (app_token.startswith("xapp-") and app_token.isascii() and app_token.isprintable()):
        raise NotConfigured(
            f"{APP_TOKEN} is no app-level token. Set it to one that begins with xapp-, or leave it out."
        )
    if not (secret or app_token):
        raise NotConfigured(
            f"Set {SECRET} to the Signing Secret on your Slack app's page Basic Information, "
            f"or {APP_TOKEN} for Socket Mode."
        )
    return SlackSettings(token, secret, _base(base_url or SLACK), app_token)


def _base(url: str) -> str:
    try:
        parts = urlsplit(url)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:  # an unbalanced bracket
        usable = False
    if not usable:
        raise NotConfigured(f"{BASE_URL} is not an address. Leave it out, or set it to one such as {SLACK}")
    return url if url.endswith("/") else f"{url}/"
