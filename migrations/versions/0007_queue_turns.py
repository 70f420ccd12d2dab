"""Whose turn came up among callers who kept their place in a queue."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "queue_turns",
        sa.Column("pbx", sa.Text, nullable=False),
        sa.Column("call_id", sa.Text, nullable=False),
        sa.Column("number", sa.Integer, nullable=False, autoincrement=False),
        sa.Column("queue", sa.Text, nullable=False),
        sa.Column("user_id", sa.BigInteger, nullable=False),
        sa.Column("interface", sa.Text, nullable=False),
        sa.Column("reserved_until", sa.TIMESTAMP(timezone=True)),
        sa.Column("taken_at", sa.TIMESTAMP(timezone=True)),
        sa.PrimaryKeyConstraint("pbx", "call_id", "number", name="pk_queue_turns"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_queue_turns_user_id"),
    )
    op.create_index("ix_queue_turns_queue_taken_at", "queue_turns", ["queue", "taken_at"])


def downgrade() -> None:
    op.drop_table("queue_turns")
