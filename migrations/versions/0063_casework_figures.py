"""What the figures of casework ask for: decisions by when they were made."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0063"
down_revision = "0062"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(
        "ix_ticket_events_decided",
        "ticket_events",
        ["at"],
        postgresql_where=sa.text("what IN ('accept', 'refuse', 'settle', 'end')"),
    )


def downgrade() -> None:
    op.drop_index("ix_ticket_events_decided", "ticket_events")
