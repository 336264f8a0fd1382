"""WhatsApp templates of surveys: pushed to the provider, and followed until Meta has decided."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

from bot.conversation import state
from bot.errors import ConductorError
from channels.twilio_whatsapp.template import APPROVED, UNSUBMITTED, Approval, Template, TemplateRefused, template
from survey_flows.model import Survey
from survey_flows.opening import opening

DECIDED = (APPROVED, "rejected")


@dataclass(frozen=True)
class Kept:
    """A template with what operators want to know of it. Times are ISO 8601."""

    survey_key: str
    language: str
    template: state.Template
    category: str
    checked_at: str


class Templates(Protocol):
    """Where templates are kept (`bot/storage/templates.py`)."""

    async def all(self) -> Sequence[Kept]:
        """By survey and language, the newest first."""

    async def approved(self, survey: str) -> frozenset[str]:
        """Languages in which the survey has an approved template."""

    async def save(self, kept: Kept) -> None:
        """Add the template, or note where it stands now. It is known by its name; its words never change."""


class Provider(Protocol):
    """Where templates are approved (`channels.twilio_whatsapp.approvals.Approvals`)."""

    async def known(self) -> Mapping[str, Approval]: ...
    async def create(self, definition: Mapping[str, Any]) -> str: ...
    async def submit(self, sid: str, name: str, category: str) -> Approval: ...
    async def of(self, sid: str) -> Approval: ...


@dataclass(frozen=True)
class Wanted:
    """The template that a survey should have in a language now."""

    survey: Survey
    language: str
    template: Template


def wanted(survey: Survey, languages: Sequence[str]) -> list[Wanted]:
    """The survey's templates in these languages (none named: in all of its own). Raises ConductorError for a language
    that it lacks, and for a greeting that WhatsApp would refuse."""
    unknown = [language for language in languages if language not in survey.languages]
    if unknown:
        known = ", ".join(survey.languages)
        raise ConductorError(f"{survey.key} is not written in {unknown[0]}.", f"Its languages: {known}.")
    try:
        return [
            Wanted(survey, language, template(survey.key, language, opening(survey, language)))
            for language in languages or survey.languages
        ]
    except TemplateRefused as refused:
        raise ConductorError(str(refused), refused.mend) from refused


async def push(ones: Sequence[Wanted], store: Templates, provider: Provider, category: str, now: str) -> list[Kept]:
    """Create and submit what the provider does not have yet, and keep all of them. Called twice, or after a crash at
    any line, it makes nothing twice: the name at the provider tells."""
    known = await provider.known() if ones else {}
    pushed = []
    for one in ones:
        approval = known.get(one.template.name) or Approval(await provider.create(one.template.definition))
        if approval.status == UNSUBMITTED:
            approval = await provider.submit(approval.sid, one.template.name, category)
        made = state.Template(
            approval.sid, one.template.name, one.template.body, one.template.pipes, one.template.asks, approval.status
        )
        kept = Kept(one.survey.key, one.language, made, approval.category or category, now)
        pushed.append(_standing(kept, approval, now))
        await store.save(pushed[-1])
    return pushed


async def refresh(
    store: Templates, provider: Provider, now: str, survey: str = "", *, waiting: bool = False
) -> list[Kept]:
    """Ask where Meta stands with the templates (of one `survey`; only those that are `waiting` for a decision)."""
    fresh = []
    for kept in await store.all():
        if survey not in ("", kept.survey_key) or (waiting and kept.template.status in DECIDED):
            continue
        fresh.append(_standing(kept, await provider.of(kept.template.content_sid), now))
        await store.save(fresh[-1])
    return fresh


def _standing(kept: Kept, approval: Approval, now: str) -> Kept:
    changed = replace(kept.template, status=approval.status, reason=approval.reason)
    return replace(kept, template=changed, category=approval.category or kept.category, checked_at=now)
