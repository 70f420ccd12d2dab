"""How each user likes the pages."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "user_preferences",
        sa.Column("user_id", sa.BigInteger, nullable=False),
        sa.Column("language", sa.Text),
        sa.Column("theme", sa.Text),
        sa.Column("queues", sa.ARRAY(sa.Text)),
        sa.Column("ringer_volume", sa.Integer),
        sa.Column("waiting_yellow", sa.Interval),
        sa.Column("waiting_red", sa.Interval),
        sa.PrimaryKeyConstraint("user_id", name="pk_user_preferences"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_user_preferences_user_id"),
    )


def downgrade() -> None:
    op.drop_table("user_preferences")
