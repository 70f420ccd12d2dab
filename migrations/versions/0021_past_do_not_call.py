"""What stood on the do-not-call list, and who took it off."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "past_do_not_call",
        sa.Column("id", sa.BigInteger, sa.Identity(always=True), nullable=False),
        sa.Column("number", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("added_by", sa.BigInteger, nullable=False),
        sa.Column("added_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("ended_by", sa.BigInteger, nullable=False),
        sa.Column("ended_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_past_do_not_call"),
        sa.ForeignKeyConstraint(["added_by"], ["users.id"], name="fk_past_do_not_call_added_by"),
        sa.ForeignKeyConstraint(["ended_by"], ["users.id"], name="fk_past_do_not_call_ended_by"),
    )
    op.create_index("ix_past_do_not_call_number", "past_do_not_call", ["number"])


def downgrade() -> None:
    op.drop_table("past_do_not_call")
