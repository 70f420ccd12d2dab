"""What a seat is paused for once its call or wrap-up is over."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0044"
down_revision = "0043"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("agent_states", sa.Column("next_reason", sa.Text))


def downgrade() -> None:
    op.drop_column("agent_states", "next_reason")
