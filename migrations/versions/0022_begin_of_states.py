"""When an agent's state began, which may be before it was heard of again, and who was moved up in a queue."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("agent_states", sa.Column("began_at", sa.TIMESTAMP(timezone=True)))
    op.execute("UPDATE agent_states SET began_at = from_at")
    op.alter_column("agent_states", "began_at", nullable=False)
    op.create_table(
        "moved_callers",
        sa.Column("pbx", sa.Text, nullable=False),
        sa.Column("call_id", sa.Text, nullable=False),
        sa.Column("moved_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("pbx", "call_id", name="pk_moved_callers"),
    )
    op.create_index("ix_moved_callers_moved_at", "moved_callers", ["moved_at"])


def downgrade() -> None:
    op.drop_table("moved_callers")
    op.drop_column("agent_states", "began_at")
