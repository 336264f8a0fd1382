"""What `conductor doctor` says about telling teams of their cases."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from bot.bootstrap import SystemClock, desk_of
from bot.cli.doctor_finding import Finding
from bot.errors import ConductorError
from bot.notifiers.wiring import ways
from bot.settings import Settings
from bot.storage.trouble import Untold, Waiting

HOW = "docs/how-to/notify-teams.md says how."
_MEND = {
    "failed": "It is not sent again; the cases are in the inbox.",
    "withheld": f"Set it up, or take it out of recovery.yml; {HOW}",
    "queued": "It is tried again.",
    "unknown": "It is tried again.",
}


def set_up(settings: Settings, environment: Mapping[str, str]) -> Iterator[Finding]:
    """One finding for each way that recovery.yml names and nothing is set for; one for all that work."""
    try:
        teams = desk_of(settings).teams.values()
    except ConductorError as error:
        yield Finding("fail", "Recovery", error.message, error.mend)
        return
    notices = [each for team in teams for each in (team.notify, team.lead)]
    used = [way for way in ("slack", "email", "webhook") if any(getattr(each, way) for each in notices)]
    secret = settings.webhook_secret.get_secret_value()
    missing = ways(settings.smtp_url.get_secret_value(), settings.mail_from, secret, SystemClock().now).missing
    if environment.get("SLACK_BOT_TOKEN"):
        missing.pop("slack", None)
    for way in used:
        if way in missing:
            yield Finding("warn", "Notifications", f"recovery.yml names {way}. {missing[way]}", HOW)
    sound = [way for way in used if way not in missing]
    if sound or not used:
        yield Finding("ok", "Notifications", f"by {', '.join(sound)}" if sound else "teams look into the inbox")


def waits(found: Sequence[Waiting]) -> Iterator[Finding]:
    """Nothing is wrong: it says why an invitation has not gone out yet."""
    for each in found:
        why = each.why or "the conversation is not free"
        words = f"{each.count} invitations or reminders wait since {each.since[:10]}: {why}"
        yield Finding("ok", "Waiting", words)


def told(found: Sequence[Untold]) -> Iterator[Finding]:
    for each in found:
        words = f"{each.count} by {each.way} {_word(each.status)}; the last reason: {each.why[:200]}"
        yield Finding("warn", "Notifications", words, _MEND[each.status])


def _word(status: str) -> str:
    return "wait" if status in ("queued", "unknown") else f"were {status}" if status == "withheld" else status
