"""May this person be asked now? A pure decision over what is known of them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.conversation.window import window_closed
from survey_flows.model import Survey

OPTED_OUT = "opted out"
"""The reason where a contact wants no surveys."""


@dataclass(frozen=True)
class Standing:
    """What is known of somebody before they are asked. The default is a stranger: nothing is known.

    `language` is the one they were last spoken to in. `owner`: survey, bot or human. `open_survey` is the key of the
    survey that runs in this conversation. `last_asked_at` is when an
    invitation to any survey was last queued or sent to the contact, on any channel (ISO 8601); None: never. `heard_at`
    is when they last wrote in this conversation.
    """

    opted_out: bool = False
    owner: str = "bot"
    open_survey: str | None = None
    last_asked_at: str | None = None
    language: str | None = None
    heard_at: str | None = None
    conflict: str = ""
    """Why the address and the external id that were given can't be one person's."""


def why_not(standing: Standing, survey_key: str, now: str, ask_again_after_days: int) -> str:
    """The reason not to invite to `survey_key`, for a person to read; "" when they may be asked.

    The order is that of weight: what the customer said comes first, then what goes on, then how often we ask.
    Another survey that runs is no reason: the invitation waits for its end (`waits`).
    """
    if standing.conflict:
        return standing.conflict
    if standing.opted_out:
        return OPTED_OUT
    if standing.owner == "human":
        return "a person has the conversation"
    if standing.open_survey == survey_key:
        return "this survey is running already in this conversation"
    if standing.last_asked_at and _days_between(standing.last_asked_at, now) < timedelta(days=ask_again_after_days):
        return f"asked on {standing.last_asked_at[:10]}, within the last {ask_again_after_days} days"
    return ""


def no_template(
    standing: Standing, provider: str, channel: str, language: str, approved: Collection[str], now: str
) -> str:
    """The reason not to invite where only an approved template may go now, and there is none in `language`; else ""."""
    if language in approved or not window_closed(provider, channel, standing.heard_at, now):
        return ""
    return f"no approved template in {language}, and they have not written within 24 hours"


def waits(standing: Standing, survey_key: str) -> bool:
    """Whether an invitation to `survey_key` has to wait: one survey at a time for each contact and channel."""
    return standing.open_survey not in (None, survey_key)


def _days_between(earlier: str, later: str) -> timedelta:
    return datetime.fromisoformat(later) - datetime.fromisoformat(earlier)


def language_for(survey: Survey, wanted: str | None, known: str | None) -> str:
    """The language to ask in: the one asked for, else the one they are known to speak, else the survey's first."""
    for language in (wanted, known):
        if language in survey.languages:
            return str(language)
    return survey.language
