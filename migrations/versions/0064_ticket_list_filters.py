"""Pairs of filters that match few tickets, or none, are found without reading all of them.

The statistics tell the planner which kinds, states and priorities come together: it would take an enquiry of priority
P4 for frequent, and look through the whole register for it.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0064"
down_revision = "0063"
branch_labels = None
depends_on = None

IS_OPEN, IS_DUE = sa.text("closed_at IS NULL"), sa.text("next_due_at IS NOT NULL")


def upgrade() -> None:
    op.create_index("ix_tickets_priority_id", "tickets", ["priority", "id"])
    op.create_index("ix_tickets_kind_priority_id", "tickets", ["kind", "priority", "id"])
    op.create_index("ix_tickets_open", "tickets", ["id"], postgresql_where=IS_OPEN)
    op.drop_index("ix_tickets_due", "tickets")
    op.create_index("ix_tickets_due", "tickets", ["next_due_at", "id"], postgresql_where=IS_DUE)
    op.execute("CREATE STATISTICS tickets_kind_state_priority (mcv) ON kind, state, priority FROM tickets")


def downgrade() -> None:
    op.execute("DROP STATISTICS tickets_kind_state_priority")
    op.drop_index("ix_tickets_due", "tickets")
    op.create_index("ix_tickets_due", "tickets", ["next_due_at", "id"], postgresql_where=IS_OPEN)
    op.drop_index("ix_tickets_open", "tickets")
    op.drop_index("ix_tickets_kind_priority_id", "tickets")
    op.drop_index("ix_tickets_priority_id", "tickets")
