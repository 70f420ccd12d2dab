"""Whom of a unit the backend rings about an instruction, one after the other, and how it was acknowledged."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0052"
down_revision = "0051"
branch_labels = None
depends_on = None

MOMENT = sa.TIMESTAMP(timezone=True)
RINGS = sa.text("state = 'ringing'")


def upgrade() -> None:
    op.add_column("instructions", sa.Column("acknowledged_via", sa.Text))
    op.execute("UPDATE instructions SET acknowledged_via = 'screen' WHERE acknowledged_at IS NOT NULL")
    op.add_column("instructions", sa.Column("rung_from", MOMENT))
    op.execute("UPDATE instructions SET rung_from = instructed_at")
    op.alter_column("instructions", "rung_from", nullable=False)
    op.add_column("instructions", sa.Column("unanswered_at", MOMENT))
    op.create_table(
        "instruction_rings",
        sa.Column("id", sa.BigInteger, sa.Identity(always=False), nullable=False),
        sa.Column("instruction_id", sa.BigInteger, nullable=False),
        sa.Column("round", sa.Integer, nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("person", sa.Text, nullable=False),
        sa.Column("number", sa.Text, nullable=False),
        sa.Column("pbx", sa.Text, nullable=False),
        sa.Column("call_id", sa.Text, nullable=False),
        sa.Column("requested_at", MOMENT, nullable=False),
        sa.Column("withdrawn_at", MOMENT),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("ended_at", MOMENT),
        sa.PrimaryKeyConstraint("id", name="pk_instruction_rings"),
        sa.ForeignKeyConstraint(["instruction_id"], ["instructions.id"], name="fk_instruction_rings_instruction_id"),
        sa.UniqueConstraint("pbx", "call_id", name="uq_instruction_rings_pbx_call_id"),
    )
    for name, column in (("uq_instruction_rings_one", "instruction_id"), ("uq_instruction_rings_number", "number")):
        op.create_index(name, "instruction_rings", [column], unique=True, postgresql_where=RINGS)
    op.create_index("ix_instruction_rings_instruction_id_id", "instruction_rings", ["instruction_id", "id"])


def downgrade() -> None:
    op.drop_table("instruction_rings")
    for column in ("unanswered_at", "rung_from", "acknowledged_via"):
        op.drop_column("instructions", column)
