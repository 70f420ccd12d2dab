"""What a person lost or said last is found without reading all of their calls and episodes."""

from __future__ import annotations

from alembic import op

revision = "0028"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_calls_customer_key_ended_at", "calls", ["customer_key", "ended_at"])
    op.create_index("ix_episodes_subject_closed_at", "episodes", ["subject", "closed_at"])
    op.drop_index("ix_episodes_subject", "episodes")


def downgrade() -> None:
    op.create_index("ix_episodes_subject", "episodes", ["subject"])
    op.drop_index("ix_episodes_subject_closed_at", "episodes")
    op.drop_index("ix_calls_customer_key_ended_at", "calls")
