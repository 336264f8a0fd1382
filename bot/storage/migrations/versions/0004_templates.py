"""Templates that a provider approves, and surveys that were offered by one and not begun yet.

Revision ID: 0004
Revises: 0003
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def _id() -> sa.Column:
    return sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False)


def _ref(name: str, table: str, target: str) -> sa.Column:
    kind = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    key = sa.ForeignKey(f"{target}.id", name=op.f(f"fk_{table}_{name}_{target}"))
    return sa.Column(name, kind, key, nullable=False)


def upgrade() -> None:
    op.create_table(
        "templates",
        _id(),
        sa.Column("survey_key", sa.String(64), nullable=False),
        sa.Column("language", sa.String(8), nullable=False),
        sa.Column("name", sa.String(512), nullable=False),
        sa.Column("content_sid", sa.String(34), nullable=False),
        sa.Column("category", sa.String(32), server_default="", nullable=False),
        sa.Column("status", sa.String(32), nullable=False),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("pipes", sa.Text(), server_default="[]", nullable=False),
        sa.Column("asks", sa.String(200), server_default="", nullable=False),
        sa.Column("pushed_at", sa.String(32), nullable=False),
        sa.Column("checked_at", sa.String(32), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_templates")),
        sa.UniqueConstraint("name", name=op.f("uq_templates_name")),
    )
    op.create_index("ix_templates_survey_key_language", "templates", ["survey_key", "language"])
    op.create_table(
        "offers",
        _id(),
        _ref("conversation_id", "offers", "conversations"),
        _ref("invitation_id", "offers", "invitations"),
        sa.Column("survey_key", sa.String(64), nullable=False),
        sa.Column("language", sa.String(8), nullable=False),
        sa.Column("asks", sa.String(200), server_default="", nullable=False),
        sa.Column("offered_at", sa.String(32), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_offers")),
        sa.UniqueConstraint("conversation_id", "survey_key", name=op.f("uq_offers_conversation_id_survey_key")),
    )
    op.create_index("ix_offers_invitation_id", "offers", ["invitation_id"])


def downgrade() -> None:
    op.drop_table("offers")
    op.drop_table("templates")
