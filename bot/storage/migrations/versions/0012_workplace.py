"""Agents work from Slack: threads of cases, what agents do there, who they are there."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    with op.batch_alter_table("agents") as agents:
        agents.add_column(sa.Column("slack", sa.String(32), nullable=True))
        agents.create_unique_constraint(op.f("uq_agents_slack"), ["slack"])
    op.create_table(
        "case_threads",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("case_id", ID, nullable=False),
        sa.Column("target", sa.String(255), nullable=False),
        sa.Column("channel", sa.String(64), nullable=False),
        sa.Column("thread", sa.String(64), nullable=False),
        sa.Column("seen_in", sa.BigInteger, nullable=False),
        sa.Column("seen_out", sa.BigInteger, nullable=False),
        sa.Column("seen_event", sa.BigInteger, nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("posting", sa.Text, nullable=True),
        sa.Column("not_before", sa.String(32), nullable=False),
        sa.Column("ended", sa.Boolean, nullable=False, server_default=sa.false()),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_case_threads_case_id_cases")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_threads")),
        sa.UniqueConstraint("channel", "thread", name=op.f("uq_case_threads_channel_thread")),
        sa.UniqueConstraint("case_id", "target", name=op.f("uq_case_threads_case_id_target")),
    )
    op.create_index("ix_case_threads_ended_not_before", "case_threads", ["ended", "not_before"])
    op.create_table(
        "agent_deeds",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("provider", sa.String(32), nullable=False),
        sa.Column("message_id", sa.String(255), nullable=False),
        sa.Column("place", sa.String(160), nullable=False),
        sa.Column("payload", sa.Text, nullable=False),
        sa.Column("status", sa.String(8), nullable=False, server_default="new"),
        sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
        sa.Column("next_attempt_at", sa.String(32), nullable=False),
        sa.Column("error", sa.Text, nullable=True),
        sa.Column("received_at", sa.String(32), nullable=False),
        sa.Column("done_at", sa.String(32), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agent_deeds")),
        sa.UniqueConstraint("provider", "message_id", name=op.f("uq_agent_deeds_provider_message_id")),
    )
    op.create_index("ix_agent_deeds_status_next_attempt_at", "agent_deeds", ["status", "next_attempt_at"])
    op.create_index("ix_agent_deeds_place_status", "agent_deeds", ["place", "status"])
