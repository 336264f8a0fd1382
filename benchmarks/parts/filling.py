"""Databases with a past: responses and long conversations, written by PostgreSQL itself (generate_series)."""

from __future__ import annotations

from collections.abc import Sequence

from benchmarks.parts.postgres import Postgres
from bot.storage.migrate import migrate

DAY = "2026-01-01T00:00:00.000000+00:00"
PAST = "2026-02-01T00:00:00.000000+00:00"

RESPONSES = (
    """INSERT INTO contacts (name, language, created_at)
       SELECT 'N' || n, 'en', '{day}' FROM generate_series(1, {many}) n""",
    """INSERT INTO conversations (contact_id, provider, channel, address, language, owner, created_at, last_inbound_at)
       SELECT id, 'twilio_sms', 'sms', '+1' || (2000000000 + id), 'en', 'bot', '{day}', '{day}' FROM contacts""",
    """INSERT INTO responses (conversation_id, contact_id, survey_key, fingerprint, touchpoint, channel, language,
         status, session, started_at, ended_at, expires_at)
       SELECT id, contact_id, 'relationship_nps', 'f', 'relationship', 'sms', 'en',
         CASE WHEN id % 10 = 0 THEN 'expired' ELSE 'completed' END, '{{}}', '{day}', '{day}', '{past}'
       FROM conversations""",
    """INSERT INTO inbox (conversation_id, provider, message_id, text, status, received_at, done_at)
       SELECT c.id, 'twilio_sms', 'SMold' || c.id || '-' || n, '9', 'done', '{day}', '{day}'
       FROM conversations c, generate_series(1, 3) n""",
    """INSERT INTO answers (response_id, node, question, type, value, raw, metric, score, band, answered_at)
       SELECT r.id, 'q' || n, 'q' || n, 'nps', '9', '9', 'nps', 9, 'promoter', '{day}'
       FROM responses r, generate_series(1, 3) n""",
    """INSERT INTO outbox (conversation_id, position, role, payload, status, next_attempt_at, created_at, sent_at,
         provider_message_id)
       SELECT c.id, n, 'question', '{{"text": "How?", "prompt": null, "role": "question", "sender": "bot"}}',
         'delivered', '{day}', '{day}', '{day}', 'SMgone' || c.id || '-' || n
       FROM conversations c, generate_series(1, 3) n""",
)
HISTORY = (
    "INSERT INTO contacts (name, language, created_at) SELECT a, 'en', '{day}' FROM unnest(ARRAY[{who}]) a",
    """INSERT INTO conversations (contact_id, provider, channel, address, language, owner, created_at, last_inbound_at)
       SELECT id, 'twilio_sms', 'sms', name, 'en', 'bot', '{day}', '{day}' FROM contacts WHERE name IN ({who})""",
    """INSERT INTO inbox (conversation_id, provider, message_id, text, status, received_at, done_at)
       SELECT c.id, 'twilio_sms', 'SMpast' || c.id || '-' || n, 'where is my parcel', 'done', '{day}', '{day}'
       FROM conversations c, generate_series(1, {many}) n WHERE c.address IN ({who})""",
    """INSERT INTO outbox (conversation_id, role, payload, status, next_attempt_at, created_at, sent_at,
         provider_message_id)
       SELECT c.id, 'faq', '{{"text": "It comes.", "prompt": null, "role": "faq", "sender": "bot"}}', 'delivered',
         '{day}', '{day}', '{day}', 'SMthen' || c.id || '-' || n
       FROM conversations c, generate_series(1, {many}) n WHERE c.address IN ({who})""",
)


def responses(database: Postgres, name: str, url: str, many: int) -> None:
    """A migrated database with so many responses that are over, each with all that belongs to it."""
    migrate(url.replace("postgresql://", "postgresql+asyncpg://"))
    database.execute(name, *(text.format(many=many, day=DAY, past=PAST) for text in RESPONSES), "VACUUM ANALYZE")


def history(database: Postgres, name: str, numbers: Sequence[str], turns: int) -> None:
    """Conversations with these numbers, each with so many turns behind it."""
    who = ", ".join(f"'{number}'" for number in numbers)
    database.execute(name, *(text.format(many=turns, day=DAY, who=who) for text in HISTORY), "ANALYZE")
