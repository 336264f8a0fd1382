"""What `conductor channels set-webhooks` does for Slack: nothing, because the app's manifest holds its addresses."""

from __future__ import annotations

from channels.slack.parse import PROVIDER
from channels.slack.settings import SlackSettings

PATH = f"/webhooks/{PROVIDER}/webhook"
ADDRESSES = {"Request URL (events, interactivity, slash command)": PATH}
"""What is to be set at the provider, in its own words: name → our path."""


def plan(settings: SlackSettings, public_url: str) -> list[str]:
    """What to do by hand: an app's token may not change the app."""
    if settings.app_token:
        return [
            "Nothing is to be set: Socket Mode needs no address. `conductor slack manifest --socket-mode` is the app."
        ]
    return [
        "Nothing is set from here: the app's manifest does it. Paste what `conductor slack manifest` prints; every "
        f"request URL in it is {public_url}{PATH}."
    ]


async def set_up(settings: SlackSettings, public_url: str) -> list[str]:
    """The same: there is nothing that can be set."""
    return plan(settings, public_url)
