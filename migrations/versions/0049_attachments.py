"""Files that belong to tickets, each kept once by its hash."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0049"
down_revision = "0048"
branch_labels = None
depends_on = None

MOMENT = sa.TIMESTAMP(timezone=True)


def upgrade() -> None:
    op.create_table(
        "kept_files",
        sa.Column("sha256", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("size", sa.BigInteger, nullable=False),
        sa.Column("kept_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("sha256", name="pk_kept_files"),
    )
    op.create_table(
        "ticket_attachments",
        sa.Column("id", sa.BigInteger, sa.Identity(always=True), nullable=False),
        sa.Column("ticket_id", sa.BigInteger, nullable=False),
        sa.Column("sha256", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("attached_at", MOMENT, nullable=False),
        sa.Column("attached_by", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_ticket_attachments"),
        sa.ForeignKeyConstraint(["ticket_id"], ["tickets.id"], name="fk_ticket_attachments_ticket_id"),
        sa.ForeignKeyConstraint(["sha256"], ["kept_files.sha256"], name="fk_ticket_attachments_sha256"),
        sa.ForeignKeyConstraint(["attached_by"], ["users.id"], name="fk_ticket_attachments_attached_by"),
        sa.UniqueConstraint("ticket_id", "sha256", name="uq_ticket_attachments_ticket_id_sha256"),
    )
    op.create_index("ix_ticket_attachments_sha256", "ticket_attachments", ["sha256"])


def downgrade() -> None:
    op.drop_table("ticket_attachments")
    op.drop_table("kept_files")
