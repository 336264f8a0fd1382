"""What the inbox keeps: whose a case is (an index), who looks at it, shortcuts, canned replies."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def _create_agent_shortcuts() -> None:
    op.create_table(
        "agent_shortcuts",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("agent_id", ID, nullable=False),
        sa.Column("deed", sa.String(32), nullable=False),
        sa.Column("keys", sa.String(16), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agent_shortcuts")),
        sa.UniqueConstraint("agent_id", "deed", name=op.f("uq_agent_shortcuts_agent_id_deed")),
        sa.ForeignKeyConstraint(["agent_id"], ["agents.id"], name=op.f("fk_agent_shortcuts_agent_id_agents")),
    )


def _create_presence() -> None:
    op.create_table(
        "presence",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("agent_id", ID, nullable=False),
        sa.Column("page", sa.String(64), nullable=False),
        sa.Column("case_id", ID, nullable=True),
        sa.Column("typing_at", sa.String(32), nullable=True),
        sa.Column("seen_at", sa.String(32), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_presence")),
        sa.UniqueConstraint("page", name=op.f("uq_presence_page")),
        sa.ForeignKeyConstraint(["agent_id"], ["agents.id"], name=op.f("fk_presence_agent_id_agents")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_presence_case_id_cases")),
    )
    for column in ("seen_at", "agent_id", "case_id"):
        op.create_index(f"ix_presence_{column}", "presence", [column])


def _create_canned_replies() -> None:
    op.create_table(
        "canned_replies",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("team", sa.String(64), nullable=False, server_default=""),
        sa.Column("language", sa.String(8), nullable=False),
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("changed_by", sa.String(120), nullable=False),
        sa.Column("changed_at", sa.String(32), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_canned_replies")),
        sa.UniqueConstraint("team", "language", "name", name=op.f("uq_canned_replies_team_language_name")),
    )


def upgrade() -> None:
    op.create_index("ix_cases_agent_status", "cases", ["agent", "status"])
    _create_agent_shortcuts()
    _create_presence()
    _create_canned_replies()


def downgrade() -> None:
    for table in ("canned_replies", "presence", "agent_shortcuts"):
        op.drop_table(table)
    op.drop_index("ix_cases_agent_status", "cases")
