"""Who works here: accounts, how they sign in, what they have open, and what they keep at hand."""

from __future__ import annotations

import sqlalchemy as sa

from bot.storage.tables.columns import metadata, refers, row_id

agents = sa.Table(
    "agents",
    metadata,
    row_id(),
    sa.Column("login", sa.String(120), nullable=False, unique=True),
    sa.Column("name", sa.String(120), nullable=False, unique=True),  # as conversations, cases and the audit name them
    sa.Column("role", sa.String(16), nullable=False),
    sa.Column("teams", sa.Text, nullable=False, server_default="[]"),  # JSON
    sa.Column("language", sa.String(8), nullable=False, server_default="en"),
    sa.Column("password", sa.Text),  # argon2id; none until the one-time link was used
    sa.Column("totp", sa.String(64)),
    sa.Column("last_totp", sa.BigInteger, nullable=False, server_default="0"),  # the step of the last code taken
    sa.Column("subject", sa.String(255), unique=True),  # at the company's identity provider
    sa.Column("slack", sa.String(32), unique=True),  # their id there, where their e-mail address does not say it
    sa.Column("created_at", sa.String(32), nullable=False),
    sa.Column("removed_at", sa.String(32)),
)

agent_sessions = sa.Table(
    "agent_sessions",
    metadata,
    row_id(),
    refers("agent_id", "agents"),
    sa.Column("token", sa.String(64), nullable=False, unique=True),  # SHA-256
    sa.Column("csrf", sa.String(64), nullable=False),
    sa.Column("address", sa.String(64), nullable=False),
    sa.Column("created_at", sa.String(32), nullable=False),
    sa.Column("seen_at", sa.String(32), nullable=False),
    sa.Column("expires_at", sa.String(32), nullable=False),
    sa.Index("ix_agent_sessions_agent_id", "agent_id"),
)

agent_links = sa.Table(
    "agent_links",
    metadata,
    row_id(),
    refers("agent_id", "agents"),
    sa.Column("token", sa.String(64), nullable=False, unique=True),  # SHA-256
    sa.Column("created_at", sa.String(32), nullable=False),
    sa.Column("expires_at", sa.String(32), nullable=False),
    sa.Index("ix_agent_links_agent_id", "agent_id"),
)

sign_in_steps = sa.Table(
    "sign_in_steps",
    metadata,
    row_id(),
    refers("agent_id", "agents"),
    sa.Column("token", sa.String(64), nullable=False, unique=True),  # SHA-256
    sa.Column("expires_at", sa.String(32), nullable=False),
    sa.Index("ix_sign_in_steps_agent_id", "agent_id"),
)

sign_in_attempts = sa.Table(
    "sign_in_attempts",
    metadata,
    row_id(),
    sa.Column("login", sa.String(120), nullable=False),
    sa.Column("address", sa.String(64), nullable=False),
    sa.Column("ok", sa.Boolean, nullable=False),
    sa.Column("at", sa.String(32), nullable=False),
    sa.Index("ix_sign_in_attempts_at", "at"),
    sa.Index("ix_sign_in_attempts_login_at", "login", "at"),
    sa.Index("ix_sign_in_attempts_address_at", "address", "at"),
)

staff_events = sa.Table(
    "staff_events",
    metadata,
    row_id(),
    sa.Column("at", sa.String(32), nullable=False),
    sa.Column("actor", sa.String(120), nullable=False),  # an agent's name; "command line"
    # added, changed, removed, link_made, renamed, session_ended, password_set, password_changed, factor_set,
    # factor_dropped
    sa.Column("kind", sa.String(32), nullable=False),
    sa.Column("data", sa.Text, nullable=False),  # JSON
    sa.Index("ix_staff_events_at", "at"),
)

agent_shortcuts = sa.Table(
    "agent_shortcuts",
    metadata,
    row_id(),
    refers("agent_id", "agents"),
    sa.Column("deed", sa.String(32), nullable=False),
    sa.Column("keys", sa.String(16), nullable=False),
    sa.UniqueConstraint("agent_id", "deed"),
)

presence = sa.Table(
    "presence",
    metadata,
    row_id(),
    refers("agent_id", "agents"),
    sa.Column("page", sa.String(64), nullable=False, unique=True),  # one open page of a browser
    refers("case_id", "cases", nullable=True),  # what it shows
    sa.Column("typing_at", sa.String(32)),
    sa.Column("seen_at", sa.String(32), nullable=False),
    sa.Index("ix_presence_seen_at", "seen_at"),
    sa.Index("ix_presence_agent_id", "agent_id"),
    sa.Index("ix_presence_case_id", "case_id"),
)

canned_replies = sa.Table(
    "canned_replies",
    metadata,
    row_id(),
    sa.Column("team", sa.String(64), nullable=False, server_default=""),  # empty: every team's
    sa.Column("language", sa.String(8), nullable=False),
    sa.Column("name", sa.String(64), nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("changed_by", sa.String(120), nullable=False),
    sa.Column("changed_at", sa.String(32), nullable=False),
    sa.UniqueConstraint("team", "language", "name"),
)
