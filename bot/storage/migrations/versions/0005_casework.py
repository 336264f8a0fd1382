"""Cases get clocks, an outcome, notifications and a follow-up."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def _extend_cases() -> None:
    for name, kind in (
        ("resolve_by", sa.String(32)),
        ("first_response_at", sa.String(32)),
        ("snoozed_until", sa.String(32)),
        ("resolved_by", sa.String(120)),
        ("root_cause", sa.String(64)),
        ("action_taken", sa.Text()),
        ("closed_at", sa.String(32)),
        ("follow_up_id", ID),
    ):
        op.add_column("cases", sa.Column(name, kind, nullable=True))
    op.add_column("cases", sa.Column("reopened", sa.Integer(), nullable=False, server_default="0"))
    op.create_index("ix_cases_follow_up_id", "cases", ["follow_up_id"])


def _create_case_clocks() -> None:
    op.create_table(
        "case_clocks",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("case_id", ID, nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("at", sa.String(32), nullable=False),
        sa.Column("struck_at", sa.String(32), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_clocks")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_case_clocks_case_id_cases")),
    )
    op.create_index("ix_case_clocks_struck_at_at", "case_clocks", ["struck_at", "at"])
    op.create_index("ix_case_clocks_case_id_kind", "case_clocks", ["case_id", "kind"])


def _create_notifications() -> None:
    op.create_table(
        "notifications",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("case_id", ID, nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("way", sa.String(16), nullable=False),
        sa.Column("target", sa.String(255), nullable=False),
        sa.Column("status", sa.String(12), nullable=False, server_default="queued"),
        sa.Column("attempts", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("next_attempt_at", sa.String(32), nullable=False),
        sa.Column("reference", sa.String(255), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("created_at", sa.String(32), nullable=False),
        sa.Column("sent_at", sa.String(32), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notifications")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_notifications_case_id_cases")),
    )
    op.create_index("ix_notifications_status_next_attempt_at", "notifications", ["status", "next_attempt_at"])
    op.create_index("ix_notifications_case_id", "notifications", ["case_id"])


def upgrade() -> None:
    _extend_cases()
    _create_case_clocks()
    _create_notifications()


def downgrade() -> None:
    op.drop_table("notifications")
    op.drop_table("case_clocks")
    op.drop_index("ix_cases_follow_up_id", "cases")
    for name in (
        "follow_up_id",
        "reopened",
        "closed_at",
        "action_taken",
        "root_cause",
        "resolved_by",
        "snoozed_until",
        "first_response_at",
        "resolve_by",
    ):
        op.drop_column("cases", name)
