"""Ways to tell a team of its cases: e-mail, signed webhook, Slack. Each is a `bot.recovery.notifying.Notifier`."""
