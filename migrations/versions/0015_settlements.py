"""What supervisors have settled of calls on which the witnesses do not agree."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "settlements",
        sa.Column("id", sa.BigInteger, sa.Identity(always=True), nullable=False),
        sa.Column("pbx", sa.Text, nullable=False),
        sa.Column("call_id", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("told_sha256", sa.Text, nullable=False),
        sa.Column("settled_by", sa.BigInteger, nullable=False),
        sa.Column("settled_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_settlements"),
        sa.ForeignKeyConstraint(["settled_by"], ["users.id"], name="fk_settlements_settled_by"),
    )
    op.create_index("ix_settlements_pbx_call_id", "settlements", ["pbx", "call_id"])
    op.execute(
        """
        CREATE FUNCTION keep_settlements() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            RAISE EXCEPTION 'a settlement is never changed';
        END $$
        """
    )
    op.execute(
        """
        CREATE TRIGGER keep_settlements BEFORE UPDATE OR DELETE ON settlements
        FOR EACH ROW EXECUTE FUNCTION keep_settlements()
        """
    )


def downgrade() -> None:
    op.drop_table("settlements")
    op.execute("DROP FUNCTION keep_settlements()")
