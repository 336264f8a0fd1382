"""Asking somebody to take a survey: the use case behind `conductor invite` and the playground's start button.

An invitation is a row, and a row in the inbox of its conversation. The running server takes that up within a second;
without a server it waits for the next start. Nothing is sent here.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from bot.outreach.decision import Standing, language_for, no_template, waits, why_not
from bot.outreach.invitee import Invitee, checked
from bot.outreach.ports import Catalogue, Clock, Invitations, Invited, Judge, Policy, Verdict
from survey_flows.model import Survey

__all__ = ["Invited", "Invitee", "invite", "invite_all", "preview"]


async def invite(
    invitations: Invitations, catalogue: Catalogue, clock: Clock, policy: Policy, survey_key: str, invitee: Invitee
) -> Invited:
    """Invite one person, or say why not (`Invited.reason`). Calling it twice asks once: the second time the survey is
    under way, or was asked within the last `ask_again_after_days`.

    Raises ConductorError for an unknown survey, channel or provider, an address or a language that can't be right.
    """
    survey = await catalogue.live(survey_key)
    found = await invite_all(invitations, survey, clock, policy, [checked(invitee, policy.default_region)])
    return found[0]


async def invite_all(
    invitations: Invitations,
    survey: Survey,
    clock: Clock,
    policy: Policy,
    invitees: Sequence[Invitee],
    templates: Collection[str] | None = None,
) -> list[Invited]:
    """Invite several people whose addresses are `checked`, in one transaction; the outcomes are in their order.
    `templates`: languages in which the survey has an approved one (None: the server looks when it sends)."""
    now = clock.now()
    return await invitations.invite(survey.key, invitees, judge_of(survey, now, policy, templates), now)


async def preview(
    invitations: Invitations,
    survey: Survey,
    clock: Clock,
    policy: Policy,
    invitees: Sequence[Invitee],
    templates: Collection[str] | None = None,
) -> list[Invited]:
    """What `invite_all` would do, without doing it."""
    judge = judge_of(survey, clock.now(), policy, templates)
    standings = await invitations.standings(invitees)
    verdicts = [judge(invitee, standing) for invitee, standing in zip(invitees, standings, strict=True)]
    return [Invited(verdict.reason, verdict.language, waits=verdict.waits) for verdict in verdicts]


def judge_of(survey: Survey, now: str, policy: Policy, templates: Collection[str] | None = None) -> Judge:
    """Who may be asked to take `survey`, at this time."""

    def judge(invitee: Invitee, standing: Standing) -> Verdict:
        reason = why_not(standing, survey.key, now, policy.ask_again_after_days)
        language = language_for(survey, invitee.language, standing.language)
        if not reason and templates is not None:
            reason = no_template(standing, invitee.provider, invitee.channel, language, templates, now)
        return Verdict(language, reason, waits=not reason and waits(standing, survey.key))

    return judge
