"""The app's manifest: one YAML to paste, and Slack sets up scopes, events, the slash command, buttons, Home tab and
Socket Mode. Pure.

https://docs.slack.dev/reference/app-manifest
"""

from __future__ import annotations

from typing import Any

SCOPES = (
    "app_mentions:read",
    "channels:history",
    "chat:write",
    "commands",
    "groups:history",
    "im:history",
    "im:write",
    "reactions:read",
    "users:read",
    "users:read.email",
)
"""What the bot may do. users:read: a person's language and name; channels:history and groups:history: the threads of
cases, in channels that it was invited to; users:read.email: which agent somebody is; everything else is the
conversation itself."""
EVENTS = ("app_home_opened", "app_mention", "message.channels", "message.groups", "message.im", "reaction_added")
COMMAND = "/survey"
NAME = "Survey Conductor"
PLACEHOLDER = "https://YOUR-SERVER"


def manifest(public_url: str, command: str = COMMAND, name: str = NAME, socket_mode: bool = False) -> dict[str, Any]:
    """The manifest of an app whose server is reached at `public_url`. With `socket_mode` no address is needed."""
    webhook = f"{(public_url or PLACEHOLDER).rstrip('/')}/webhooks/slack/webhook"
    here = {} if socket_mode else {"url": webhook}
    there = {} if socket_mode else {"request_url": webhook}
    slash = {"command": command, "description": "Take a survey", "usage_hint": "[name]", "should_escape": False}
    return {
        "display_information": {"name": name, "description": "Surveys, answers to questions, and people to talk to"},
        "features": {
            "app_home": {
                "home_tab_enabled": True,
                "messages_tab_enabled": True,
                "messages_tab_read_only_enabled": False,
            },
            "bot_user": {"display_name": name, "always_online": True},
            "slash_commands": [{**slash, **here}],
        },
        "oauth_config": {"scopes": {"bot": list(SCOPES)}},
        "settings": {
            "event_subscriptions": {**there, "bot_events": list(EVENTS)},
            "interactivity": {"is_enabled": True, **there},
            "org_deploy_enabled": False,
            "socket_mode_enabled": socket_mode,
            "token_rotation_enabled": False,
        },
    }
