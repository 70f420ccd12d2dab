"""What is found on the way of an instruction is added at any time: goods with the file that shows them, and tests."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0053"
down_revision = "0052"
branch_labels = None
depends_on = None

MOMENT = sa.TIMESTAMP(timezone=True)
ADDED_ONLY = ("instruction_batches", "instruction_tests")


def upgrade() -> None:
    op.add_column("instruction_batches", sa.Column("attachment_id", sa.BigInteger))
    op.create_foreign_key(
        "fk_instruction_batches_attachment_id", "instruction_batches", "ticket_attachments", ["attachment_id"], ["id"]
    )
    op.create_index("ix_instruction_batches_attachment_id", "instruction_batches", ["attachment_id"])
    op.create_table(
        "instruction_tests",
        sa.Column("id", sa.BigInteger, sa.Identity(always=True), nullable=False),
        sa.Column("instruction_id", sa.BigInteger, nullable=False),
        sa.Column("item", sa.Text, nullable=False),
        sa.Column("method", sa.Text, nullable=False),
        sa.Column("result", sa.Text, nullable=False),
        sa.Column("evidence", sa.Text, nullable=False),
        sa.Column("added_by", sa.BigInteger, nullable=False),
        sa.Column("added_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_instruction_tests"),
        sa.ForeignKeyConstraint(["instruction_id"], ["instructions.id"], name="fk_instruction_tests_instruction_id"),
        sa.ForeignKeyConstraint(["added_by"], ["users.id"], name="fk_instruction_tests_added_by"),
    )
    op.create_index("ix_instruction_tests_instruction_id", "instruction_tests", ["instruction_id"])
    for table in ADDED_ONLY:
        op.execute(
            f"CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON {table}"
            " FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        )


def downgrade() -> None:
    op.execute("DROP TRIGGER append_only ON instruction_batches")
    op.drop_table("instruction_tests")
    op.drop_column("instruction_batches", "attachment_id")
