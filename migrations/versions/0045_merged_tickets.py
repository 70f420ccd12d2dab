"""A ticket is merged into another of its kind that is not merged itself: no chain, and so no circle."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0045"
down_revision = "0044"
branch_labels = None
depends_on = None

IS_MERGED = "merged_into IS NOT NULL"


def upgrade() -> None:
    op.add_column("tickets", sa.Column("merged_into", sa.BigInteger))
    op.add_column("tickets", sa.Column("is_merged", sa.Boolean, sa.Computed(IS_MERGED, persisted=True), nullable=False))
    demanded = sa.Computed(f"CASE WHEN {IS_MERGED} THEN false END", persisted=True)
    op.add_column("tickets", sa.Column("target_is_merged", sa.Boolean, demanded))
    op.create_check_constraint("ck_tickets_merged_into_one", "tickets", f"(state = 'merged') = ({IS_MERGED})")
    op.create_unique_constraint("uq_tickets_id_kind_is_merged", "tickets", ["id", "kind", "is_merged"])
    op.create_foreign_key(
        "fk_tickets_merged_into",
        "tickets",
        "tickets",
        ["merged_into", "kind", "target_is_merged"],
        ["id", "kind", "is_merged"],
    )
    op.create_index("ix_tickets_merged_into", "tickets", ["merged_into"], postgresql_where=sa.text(IS_MERGED))


def downgrade() -> None:
    op.drop_index("ix_tickets_merged_into", "tickets")
    op.drop_constraint("fk_tickets_merged_into", "tickets")
    op.drop_constraint("uq_tickets_id_kind_is_merged", "tickets")
    op.drop_constraint("ck_tickets_merged_into_one", "tickets")
    for column in ("target_is_merged", "is_merged", "merged_into"):
        op.drop_column("tickets", column)
