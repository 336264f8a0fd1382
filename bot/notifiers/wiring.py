"""Which ways to tell a team this installation has, and for the others why not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from bot.errors import ConductorError
from bot.notifiers.mail import MailNotifier, read_server
from bot.notifiers.webhook import WebhookNotifier
from bot.recovery.notifying import Notifier

NO_MAIL = "E-mail is not set up: set CONDUCTOR_SMTP_URL and CONDUCTOR_MAIL_FROM."
NO_WEBHOOK = "Webhooks are not set up: set CONDUCTOR_WEBHOOK_SECRET, with which they are signed."
NO_SLACK = "Slack is not connected: set SLACK_BOT_TOKEN (channels/slack/README.md)."


@dataclass
class Ways:
    """`missing`: way → why it is not there, and how to mend it."""

    notifiers: dict[str, Notifier] = field(default_factory=dict)
    missing: dict[str, str] = field(default_factory=dict)


def ways(smtp_url: str, mail_from: str, webhook_secret: str, now: Callable[[], str]) -> Ways:
    """E-mail and webhook. A mistake in their settings is a reason, too: nobody's chat ends because of it."""
    found = Ways(missing={"email": NO_MAIL, "webhook": NO_WEBHOOK, "slack": NO_SLACK})
    if smtp_url and mail_from:
        try:
            found.notifiers["email"] = MailNotifier(read_server(smtp_url), mail_from)
        except ConductorError as error:
            found.missing["email"] = str(error)
    if webhook_secret:
        found.notifiers["webhook"] = WebhookNotifier(webhook_secret, now)
    for way in found.notifiers:
        del found.missing[way]
    return found
