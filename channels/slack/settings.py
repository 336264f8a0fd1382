"""What the Slack channel needs to know, from the environment and from nowhere else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from channels.errors import NotConfigured

TOKEN, SECRET, BASE_URL = "SLACK_BOT_TOKEN", "SLACK_SIGNING_SECRET", "SLACK_API_BASE_URL"
SLACK = "https://slack.com/api/"


@dataclass(frozen=True, slots=True)
class SlackSettings:
    """One app in one workspace. `base_url` ends with a slash; the secrets are kept out of what is printed."""

    bot_token: str = field(repr=False)
    signing_secret: str = field(repr=False)
    base_url: str = SLACK


def from_environment(environ: Mapping[str, str]) -> SlackSettings | None:
    """The settings; None when none of the variables is set. Raises NotConfigured when one is missing or malformed."""
    token, secret, base_url = (environ.get(name, "").strip() for name in (TOKEN, SECRET, BASE_URL))
    if not (token or secret or base_url):
        return None
    if not token:
        raise NotConfigured(f"Set {TOKEN} to the Bot User OAuth Token of your Slack app (it begins with xoxb-).")
    if not token.startswith("xoxb-") or not token.isascii() or not token.isprintable():
        raise NotConfigured(f"{TOKEN} is not a bot token. Set it to the Bot User OAuth Token, which begins with xoxb-.")
    if not secret:
        raise NotConfigured(f"Set {SECRET} to the Signing Secret on your Slack app's page Basic Information.")
    return SlackSettings(token, secret, _base(base_url or SLACK))


def _base(url: str) -> str:
    try:
        parts = urlsplit(url)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:  # an unbalanced bracket
        usable = False
    if not usable:
        raise NotConfigured(f"{BASE_URL} is not an address. Leave it out, or set it to one such as {SLACK}")
    return url if url.endswith("/") else f"{url}/"
