"""Whose turn it is to have the PBX change who may register at the seat of a phone in a page."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0043"
down_revision = "0042"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "phone_turns",
        sa.Column("pbx", sa.Text, nullable=False),
        sa.Column("interface", sa.Text, nullable=False),
        sa.Column("until", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("pbx", "interface", name="pk_phone_turns"),
    )


def downgrade() -> None:
    op.drop_table("phone_turns")
