"""Every table, by subject. Times are ISO 8601 text in UTC to the microsecond, so that SQLite and PostgreSQL sort and
store them alike and a frozen clock replays them exactly. JSON is text: the database never looks inside."""

from __future__ import annotations

from bot.storage.tables.columns import metadata
from bot.storage.tables.conversation import contacts, conversations, inbox, outbox
from bot.storage.tables.identity import (
    agent_links,
    agent_sessions,
    agent_shortcuts,
    agents,
    canned_replies,
    presence,
    sign_in_attempts,
    sign_in_steps,
    staff_events,
)
from bot.storage.tables.insight import answer_labels, faq_events, label_corrections, label_models
from bot.storage.tables.outreach import campaign_parts, campaigns, invitations, link_codes, offers, templates
from bot.storage.tables.recovery import agent_deeds, case_clocks, case_events, case_threads, cases, notifications
from bot.storage.tables.schema import schema_floor
from bot.storage.tables.surveying import answers, quota_counts, responses, surveys

__all__ = [
    "agent_deeds",
    "agent_links",
    "agent_sessions",
    "agent_shortcuts",
    "agents",
    "answer_labels",
    "answers",
    "campaign_parts",
    "campaigns",
    "canned_replies",
    "case_clocks",
    "case_events",
    "case_threads",
    "cases",
    "contacts",
    "conversations",
    "faq_events",
    "inbox",
    "invitations",
    "label_corrections",
    "label_models",
    "link_codes",
    "metadata",
    "notifications",
    "offers",
    "outbox",
    "presence",
    "quota_counts",
    "responses",
    "schema_floor",
    "sign_in_attempts",
    "sign_in_steps",
    "staff_events",
    "surveys",
    "templates",
]
