"""Themes and sentiment of what customers write."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    op.create_table(
        "label_models",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("kind", sa.String(12), nullable=False),
        sa.Column("version", sa.String(16), nullable=False),
        sa.Column("inputs", sa.Text(), nullable=False),
        sa.Column("facts", sa.Text(), nullable=False),
        sa.Column("weights", sa.LargeBinary(), nullable=True),
        sa.Column("at", sa.String(32), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_label_models")),
    )
    op.create_index("ix_label_models_kind", "label_models", ["kind"])
    op.create_table(
        "answer_labels",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("answer_id", ID, nullable=False),
        sa.Column("kind", sa.String(12), nullable=False),
        sa.Column("label", sa.String(64), nullable=False),
        sa.Column("confidence", sa.Float(), nullable=False),
        sa.Column("version", sa.String(16), nullable=False),
        sa.Column("at", sa.String(10), nullable=False),
        sa.ForeignKeyConstraint(["answer_id"], ["answers.id"], name=op.f("fk_answer_labels_answer_id_answers")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_answer_labels")),
        sa.UniqueConstraint("answer_id", "kind", "label", name=op.f("uq_answer_labels_answer_id_kind_label")),
    )
    op.create_index("ix_answer_labels_kind_version", "answer_labels", ["kind", "version"])
    op.create_table(
        "label_corrections",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("answer_id", ID, nullable=False),
        sa.Column("kind", sa.String(12), nullable=False),
        sa.Column("labels", sa.Text(), nullable=False),
        sa.Column("at", sa.String(10), nullable=False),
        sa.ForeignKeyConstraint(["answer_id"], ["answers.id"], name=op.f("fk_label_corrections_answer_id_answers")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_label_corrections")),
        sa.UniqueConstraint("answer_id", "kind", name=op.f("uq_label_corrections_answer_id_kind")),
    )


def downgrade() -> None:
    for table in ("label_corrections", "answer_labels", "label_models"):
        op.drop_table(table)
