"""When it happened that a dead letter tells of, so that the audit of that day knows of it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("dead_letters", sa.Column("told_at", sa.TIMESTAMP(timezone=True)))
    op.execute("UPDATE dead_letters SET told_at = at")
    op.alter_column("dead_letters", "told_at", nullable=False)
    op.create_index("ix_dead_letters_told_at", "dead_letters", ["told_at"])


def downgrade() -> None:
    op.drop_index("ix_dead_letters_told_at", "dead_letters")
    op.drop_column("dead_letters", "told_at")
