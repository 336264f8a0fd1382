"""An invitation where nothing may be asked yet (WhatsApp outside its 24 hours): an approved template offers the survey,
and the customer's reply begins it.

What can't be offered leaves a letter that is withheld with its reason, and its invitation counts as not asked.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from bot.conversation.outcome import later
from bot.conversation.ports import Catalogue, Store
from bot.conversation.state import Conversation, Message, Offer, Outcome, Template
from channels.contract import Outbound
from survey_flows.model import Survey
from survey_flows.opening import filled


async def offer(message: Message, conversation: Conversation, store: Store, catalogue: Catalogue, now: str) -> Outcome:
    """The turn of an invitation that goes out as a template."""
    outcome = Outcome(message, conversation, now)
    invitation = int(message.payload.get("invitation") or 0)
    if conversation.opted_out:
        outcome.invitation_skipped = (invitation, "the contact opted out")
        return outcome
    survey = await catalogue.live(str(message.payload["survey"]))
    wanted = str(message.payload.get("language") or conversation.language)
    language = wanted if wanted in survey.languages else survey.language
    template = await store.template(survey.key, language)
    values = _values(survey, language, template, conversation)
    about = {"survey": survey.key, "invitation": invitation, "language": language}
    obstacle = _obstacle(survey.key, language, template, values)
    if template is None or obstacle:
        outcome.outbox.append(Outbound(role="template", data={**about, "obstacle": obstacle}))
        return outcome
    numbered = {str(number): value for number, value in enumerate(values, 1)}
    data = {**about, "content_sid": template.content_sid, "variables": numbered}
    outcome.outbox.append(Outbound(text=template.said(values), role="template", data=data))
    outcome.offered = Offer(invitation, survey.key, language, template.asks, now)
    if language != conversation.language:
        outcome.language = language
    return outcome


def chosen(offers: Sequence[Offer], picked: Mapping[str, Any] | None) -> Offer | None:
    """The offer that a message may take up: the one whose button was tapped, else the newest."""
    if picked is None:
        return offers[0] if offers else None
    return next((offer for offer in offers if offer.survey_key == picked.get("survey")), None)


def is_over(offer: Offer, survey: Survey, now: str) -> bool:
    """A survey that nobody began within its time is not begun any more."""
    return later(offer.at, survey.expires_minutes) <= now


def _values(survey: Survey, language: str, template: Template | None, conversation: Conversation) -> Sequence[str]:
    known = {**({"name": conversation.name} if conversation.name else {}), **conversation.attributes}
    pipes = template.pipes if template else ()
    return [" ".join(filled(survey, language, pipe, known).split()) for pipe in pipes]


def _obstacle(key: str, language: str, template: Template | None, values: Sequence[str]) -> str:
    """Why the survey can't be offered now; "" when it can."""
    if template is None:
        return f"There is no template for {key} in {language}: 'conductor whatsapp templates push' makes one."
    if not template.approved:
        why = f" ({template.reason})" if template.reason else ""
        return f"WhatsApp has not approved the template {template.name}: it is {template.status}{why}."
    unknown = [pipe for pipe, value in zip(template.pipes, values, strict=True) if not value]
    if unknown:
        return f"The template {template.name} needs {unknown[0]}, which is not known of this contact."
    return ""
