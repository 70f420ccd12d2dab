"""Links by which screens on the wall are let in."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None

MOMENT = sa.TIMESTAMP(timezone=True)


def upgrade() -> None:
    op.create_table(
        "screens",
        sa.Column("id", sa.BigInteger, sa.Identity(always=True), nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("queues", sa.ARRAY(sa.Text), nullable=False),
        sa.Column("secret_hash", sa.LargeBinary, nullable=False),
        sa.Column("created_by", sa.BigInteger, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("last_seen_at", MOMENT),
        sa.PrimaryKeyConstraint("id", name="pk_screens"),
        sa.UniqueConstraint("name", name="uq_screens_name"),
        sa.UniqueConstraint("secret_hash", name="uq_screens_secret_hash"),
        sa.ForeignKeyConstraint(["created_by"], ["users.id"], name="fk_screens_created_by"),
    )


def downgrade() -> None:
    op.drop_table("screens")
