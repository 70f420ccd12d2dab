"""Phones in pages: who has which, and whether a seat's device is registered whatever else the seat does."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None

MOMENT = sa.TIMESTAMP(timezone=True)


def upgrade() -> None:
    op.create_table(
        "phone_leases",
        sa.Column("pbx", sa.Text, nullable=False),
        sa.Column("interface", sa.Text, nullable=False),
        sa.Column("user_id", sa.BigInteger, nullable=False),
        sa.Column("holder", sa.LargeBinary, nullable=False),
        sa.Column("began_at", MOMENT, nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("pbx", "interface", name="pk_phone_leases"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_phone_leases_user_id"),
    )
    op.add_column("agent_states", sa.Column("is_registered", sa.Boolean))


def downgrade() -> None:
    op.drop_column("agent_states", "is_registered")
    op.drop_table("phone_leases")
