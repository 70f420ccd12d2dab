"""Imports of matters of the national platform: files, their rows, and what the platform said last of each matter."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0047"
down_revision = "0046"
branch_labels = None
depends_on = None

MOMENT = sa.TIMESTAMP(timezone=True)


def upgrade() -> None:
    op.create_table(
        "ticket_imports",
        sa.Column("id", sa.BigInteger, sa.Identity(always=True), nullable=False),
        sa.Column("sha256", sa.Text, nullable=False),
        sa.Column("bytes", sa.BigInteger, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("uploaded_at", MOMENT, nullable=False),
        sa.Column("uploaded_by", sa.BigInteger, nullable=False),
        sa.Column("confirmed_at", MOMENT),
        sa.Column("confirmed_by", sa.BigInteger),
        sa.Column("applied_at", MOMENT),
        sa.Column("emptied_at", MOMENT),
        sa.PrimaryKeyConstraint("id", name="pk_ticket_imports"),
        sa.ForeignKeyConstraint(["uploaded_by"], ["users.id"], name="fk_ticket_imports_uploaded_by"),
        sa.ForeignKeyConstraint(["confirmed_by"], ["users.id"], name="fk_ticket_imports_confirmed_by"),
    )
    op.create_index(
        "ix_ticket_imports_confirmed", "ticket_imports", ["id"], postgresql_where=sa.text("state = 'confirmed'")
    )
    op.create_table(
        "ticket_import_rows",
        sa.Column("import_id", sa.BigInteger, nullable=False),
        sa.Column("line", sa.Integer, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("platform_number", sa.Text),
        sa.Column("field", sa.Text),
        sa.Column("problem", sa.Text),
        sa.Column("changes", sa.ARRAY(sa.Text), nullable=False),
        sa.Column("kept", sa.ARRAY(sa.Text), nullable=False),
        sa.Column("values", JSONB),
        sa.Column("result", sa.Text),
        sa.PrimaryKeyConstraint("import_id", "line", name="pk_ticket_import_rows"),
        sa.ForeignKeyConstraint(["import_id"], ["ticket_imports.id"], name="fk_ticket_import_rows_import_id"),
    )
    op.create_index(
        "ix_ticket_import_rows_import_id_status_line", "ticket_import_rows", ["import_id", "status", "line"]
    )
    op.create_table(
        "platform_records",
        sa.Column("ticket_id", sa.BigInteger, nullable=False),
        sa.Column("values", JSONB, nullable=False),
        sa.Column("import_id", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("ticket_id", name="pk_platform_records"),
        sa.ForeignKeyConstraint(["ticket_id"], ["tickets.id"], name="fk_platform_records_ticket_id"),
        sa.ForeignKeyConstraint(["import_id"], ["ticket_imports.id"], name="fk_platform_records_import_id"),
    )


def downgrade() -> None:
    op.drop_table("platform_records")
    op.drop_table("ticket_import_rows")
    op.drop_table("ticket_imports")
