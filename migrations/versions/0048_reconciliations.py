"""Comparisons of the register with exports of the national platform."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0048"
down_revision = "0047"
branch_labels = None
depends_on = None

COUNTS = ("in_both", "unreadable", "not_compared", "only_here", "only_there", "differing")


def upgrade() -> None:
    op.create_table(
        "reconciliations",
        sa.Column("id", sa.BigInteger, sa.Identity(always=True), nullable=False),
        sa.Column("day", sa.Date, nullable=False),
        sa.Column("since", sa.Date, nullable=False),
        sa.Column("import_id", sa.BigInteger, nullable=False),
        sa.Column("compared_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("compared_by", sa.BigInteger, nullable=False),
        *(sa.Column(name, sa.Integer, nullable=False) for name in COUNTS),
        sa.PrimaryKeyConstraint("id", name="pk_reconciliations"),
        sa.ForeignKeyConstraint(["import_id"], ["ticket_imports.id"], name="fk_reconciliations_import_id"),
        sa.ForeignKeyConstraint(["compared_by"], ["users.id"], name="fk_reconciliations_compared_by"),
    )
    op.create_index("ix_reconciliations_day_id", "reconciliations", ["day", "id"])
    op.create_table(
        "reconciliation_lines",
        sa.Column("reconciliation_id", sa.BigInteger, nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("what", sa.Text, nullable=False),
        sa.Column("platform_number", sa.Text),
        sa.Column("ticket_number", sa.Text),
        sa.Column("fields", sa.ARRAY(sa.Text), nullable=False),
        sa.PrimaryKeyConstraint("reconciliation_id", "position", name="pk_reconciliation_lines"),
        sa.ForeignKeyConstraint(
            ["reconciliation_id"], ["reconciliations.id"], name="fk_reconciliation_lines_reconciliation_id"
        ),
    )
    op.create_index(
        "ix_ticket_import_rows_import_id_platform_number", "ticket_import_rows", ["import_id", "platform_number"]
    )


def downgrade() -> None:
    op.drop_index("ix_ticket_import_rows_import_id_platform_number", "ticket_import_rows")
    op.drop_table("reconciliation_lines")
    op.drop_table("reconciliations")
