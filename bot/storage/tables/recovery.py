"""Recovery cases: their audit, their clocks, who was told, and the threads in which teams work."""

from __future__ import annotations

import sqlalchemy as sa

from bot.storage.tables.columns import metadata, refers, row_id

cases = sa.Table(
    "cases",
    metadata,
    row_id(),
    refers("contact_id", "contacts", nullable=True),
    refers("conversation_id", "conversations", nullable=True),  # both empty for an anonymous survey's case
    refers("response_id", "responses", nullable=True),
    sa.Column("channel", sa.String(16), nullable=False),
    sa.Column("survey_key", sa.String(64)),
    sa.Column("touchpoint", sa.String(64), nullable=False, server_default=""),
    sa.Column("reason", sa.String(16), nullable=False),  # score, asked, unreadable, failure, complaint
    sa.Column("metric", sa.String(8), nullable=False, server_default=""),
    sa.Column("score", sa.Float),
    sa.Column("band", sa.String(12), nullable=False, server_default=""),
    sa.Column("verbatim", sa.Text, nullable=False, server_default=""),
    sa.Column("transcript", sa.Text, nullable=False, server_default="[]"),  # JSON, as it was when the case opened
    sa.Column("team", sa.String(64), nullable=False),
    sa.Column("agent", sa.String(120)),
    sa.Column("priority", sa.String(8), nullable=False),
    # new, assigned, waiting_for_customer, waiting_for_us, resolved, reopened, closed
    sa.Column("status", sa.String(24), nullable=False, server_default="new"),
    sa.Column("opened_at", sa.String(32), nullable=False),
    sa.Column("due_at", sa.String(32), nullable=False),  # somebody answers by then
    sa.Column("resolve_by", sa.String(32)),
    sa.Column("first_response_at", sa.String(32)),  # when it arrived
    sa.Column("first_response_id", sa.BigInteger().with_variant(sa.Integer, "sqlite")),  # the letter: an outbox row
    sa.Column("reply_to", sa.String(254)),  # the one thing known of an anonymous customer: where they want an answer
    sa.Column("snoozed_until", sa.String(32)),
    sa.Column("resolved_at", sa.String(32)),
    sa.Column("resolved_by", sa.String(120)),
    sa.Column("root_cause", sa.String(64)),
    sa.Column("action_taken", sa.Text),
    sa.Column("reopened", sa.Integer, nullable=False, server_default="0"),  # how often
    sa.Column("closed_at", sa.String(32)),
    # The invitation that asks how it is now. No foreign key: responses refer to invitations, and cases to responses.
    sa.Column("follow_up_id", sa.BigInteger().with_variant(sa.Integer, "sqlite")),
    sa.Index("ix_cases_follow_up_id", "follow_up_id"),
    sa.Index("ix_cases_status_due_at", "status", "due_at"),
    sa.Index("ix_cases_conversation_id", "conversation_id"),
    sa.Index("ix_cases_first_response_id", "first_response_id"),
    sa.Index("ix_cases_agent_status", "agent", "status"),  # whose they are, in the inbox
    sa.Index("ix_cases_contact_id_touchpoint", "contact_id", "touchpoint"),
)

case_events = sa.Table(
    "case_events",
    metadata,
    row_id(),
    refers("case_id", "cases"),
    sa.Column("at", sa.String(32), nullable=False),
    sa.Column("actor", sa.String(120), nullable=False),
    sa.Column("kind", sa.String(24), nullable=False),
    sa.Column("data", sa.Text, nullable=False, server_default="{}"),
    sa.Index("ix_case_events_case_id", "case_id"),
    sa.Index("ix_case_events_at", "at"),
)

case_clocks = sa.Table(
    "case_clocks",
    metadata,
    row_id(),
    refers("case_id", "cases"),
    sa.Column("kind", sa.String(32), nullable=False),  # bot/recovery/clocks.py
    sa.Column("at", sa.String(32), nullable=False),
    sa.Column("struck_at", sa.String(32)),
    sa.Index("ix_case_clocks_struck_at_at", "struck_at", "at"),
    sa.Index("ix_case_clocks_case_id_kind", "case_id", "kind"),
)

notifications = sa.Table(
    "notifications",
    metadata,
    row_id(),
    refers("case_id", "cases"),
    sa.Column("kind", sa.String(32), nullable=False),  # opened, reopened, transferred, and what clocks strike
    sa.Column("way", sa.String(16), nullable=False),  # slack, email, webhook
    sa.Column("target", sa.String(255), nullable=False),
    sa.Column("status", sa.String(12), nullable=False, server_default="queued"),  # queued, sending, sent, failed
    sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
    sa.Column("next_attempt_at", sa.String(32), nullable=False),
    sa.Column("reference", sa.String(255)),  # the provider's own, such as a Slack message's time stamp
    sa.Column("error", sa.Text),
    sa.Column("created_at", sa.String(32), nullable=False),
    sa.Column("sent_at", sa.String(32)),
    sa.Index("ix_notifications_status_next_attempt_at", "status", "next_attempt_at"),
    sa.Index("ix_notifications_case_id", "case_id"),
)

case_threads = sa.Table(
    "case_threads",
    metadata,
    row_id(),
    refers("case_id", "cases"),
    sa.Column("target", sa.String(255), nullable=False),  # as recovery.yml names it
    sa.Column("channel", sa.String(64), nullable=False),
    sa.Column("thread", sa.String(64), nullable=False),
    # What stands in the thread already: the last ids of the inbox, the outbox and the audit. -1: not even the beginning
    sa.Column("seen_in", sa.BigInteger, nullable=False),
    sa.Column("seen_out", sa.BigInteger, nullable=False),
    sa.Column("seen_event", sa.BigInteger, nullable=False),
    sa.Column("digest", sa.String(64), nullable=False),  # of the case as it is shown
    sa.Column("posting", sa.Text),  # JSON: the three ids that will have been seen once what is being posted is there
    sa.Column("not_before", sa.String(32), nullable=False),
    sa.Column("ended", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.UniqueConstraint("channel", "thread"),
    sa.UniqueConstraint("case_id", "target"),
    sa.Index("ix_case_threads_ended_not_before", "ended", "not_before"),
)

agent_deeds = sa.Table(
    "agent_deeds",
    metadata,
    row_id(),
    sa.Column("provider", sa.String(32), nullable=False),
    sa.Column("message_id", sa.String(255), nullable=False),
    sa.Column("place", sa.String(160), nullable=False),  # a case's thread: its deeds are done in order
    sa.Column("payload", sa.Text, nullable=False),  # JSON; blank when it is done
    sa.Column("status", sa.String(8), nullable=False, server_default="new"),  # new, doing, done, failed
    sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
    sa.Column("next_attempt_at", sa.String(32), nullable=False),
    sa.Column("error", sa.Text),
    sa.Column("received_at", sa.String(32), nullable=False),
    sa.Column("done_at", sa.String(32)),
    sa.UniqueConstraint("provider", "message_id"),
    sa.Index("ix_agent_deeds_status_next_attempt_at", "status", "next_attempt_at"),
    sa.Index("ix_agent_deeds_place_status", "place", "status"),
)
