"""`conductor doctor`: settings that are well-formed and yet mean nothing, and mail that got stuck."""

from __future__ import annotations

import difflib
import logging
from collections.abc import Iterator, Mapping

import phonenumbers

from bot.cli.doctor_finding import Finding
from bot.conversation.phrases import languages
from bot.rasa_glue.nlu.encoders import VARIABLE as ENCODERS
from bot.running_model import CHOSEN
from bot.settings import Settings
from bot.storage.trouble import Trouble

LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")
LONGEST = 200
"""Characters of an error that are shown."""
OURS = "CONDUCTOR_"
ELSEWHERE = frozenset({ENCODERS, CHOSEN, "CONDUCTOR_BANNER"})
"""Variables that are read in other places than `Settings`."""


def misspelt(environment: Mapping[str, str]) -> Iterator[Finding]:
    """Variables that look like ours and that nobody reads: a misspelt setting would be left out in silence."""
    known = {
        str(name).upper() for field in Settings.__fields__.values() for name in field.field_info.extra["env_names"]
    }
    known = {name for name in known | ELSEWHERE if name.startswith(OURS)}
    for name in sorted(environment):
        if name.startswith(OURS) and name not in known:
            near = difflib.get_close_matches(name[len(OURS) :], [one[len(OURS) :] for one in known], n=1)
            mend = f"Did you mean {OURS}{near[0]}?" if near else "docs/reference/settings.md lists all settings."
            yield Finding("warn", "Settings", f"{name} is no setting of ours, nothing reads it", mend)


def language(settings: Settings) -> Finding:
    code = settings.default_language
    if code in languages():
        return Finding("ok", "Language", code)
    words = f"CONDUCTOR_LANGUAGE={code}: the bot does not speak it"
    return Finding("fail", "Language", words, f"Use one of {', '.join(languages())}.")


def region(settings: Settings) -> Finding:
    code = settings.default_region
    if code in phonenumbers.SUPPORTED_REGIONS:
        return Finding("ok", "Region", f"{code}, country code +{phonenumbers.country_code_for_region(code)}")
    words = f"CONDUCTOR_REGION={code}: no country has this code"
    return Finding("fail", "Region", words, "Use two letters of ISO 3166-1, such as US, DE or GB.")


def playground(settings: Settings) -> Finding:
    if not settings.playground_on or settings.on_loopback:
        return Finding("ok", "Playground", "on, for this machine only" if settings.playground_on else "off")
    words = f"whoever reaches {settings.host} can play any customer and any agent"
    return Finding("fail", "Playground", words, "Take CONDUCTOR_PLAYGROUND away, or listen on 127.0.0.1.")


def figures(settings: Settings) -> Iterator[Finding]:
    """A server that others reach is watched by others, too."""
    if not settings.on_loopback and not settings.metrics_token.get_secret_value():
        words = "METRICS_TOKEN is empty: Prometheus, which asks from elsewhere, gets no figures, and no alert can come"
        yield Finding("warn", "Figures", words, "Set it (openssl rand -hex 32) for servers, workers and Prometheus.")


def log_level(environment: Mapping[str, str]) -> Finding:
    """As `conductor serve` hands it to `logging`, which knows the names in capitals only."""
    level = environment.get("LOG_LEVEL", "WARNING")
    if isinstance(logging.getLevelName(level), int):
        return Finding("ok", "Log level", level)
    return Finding("fail", "Log level", f"LOG_LEVEL={level} is none", f"Use one of {', '.join(LEVELS)}.")


UNKNOWN = (
    "Their providers' reports settle them, else each is sent once more after two minutes. What stays (calls, questions "
    "that were answered since, what was unsure twice) is in the provider's own log, and in the console's conversation."
)


def mail(found: Trouble) -> Iterator[Finding]:
    if found.failed:
        lately = f" ({_shown(found.lately)} in the last day)" if found.lately else ""
        error = found.last_error[:LONGEST] or "none was given"
        words = f"{found.failed} could not be sent{lately}; the last error: {error}"
        yield Finding("warn", "Outbox", words, "Mend the cause, then invite again; what failed is not sent again.")
    else:
        yield Finding("ok", "Outbox", "no failed letters")
    if found.unknown:
        words = f"of {_shown(found.unknown)} nobody knows whether they arrived"
        yield Finding("warn", "Outbox", words, UNKNOWN)
    if found.parked:
        words = f"{found.parked} messages could not be handled and were put aside"
        yield Finding("warn", "Inbox", words, "The server's log says why.")
    else:
        yield Finding("ok", "Inbox", "no parked messages")


def _shown(by_provider: Mapping[str, int]) -> str:
    """ "3 by telegram, 1 by slack"."""
    return ", ".join(f"{count} by {provider}" for provider, count in by_provider.items())
