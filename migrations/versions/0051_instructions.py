"""Instructions to units with clocks of their own; a ticket with one that has not ended is not closed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0051"
down_revision = "0050"
branch_labels = None
depends_on = None

MOMENT = sa.TIMESTAMP(timezone=True)
OPEN = sa.text("ended_at IS NULL")


def upgrade() -> None:
    op.add_column("tickets", sa.Column("open_instructions", sa.Integer, nullable=False, server_default="0"))
    op.alter_column("tickets", "open_instructions", server_default=None)
    op.create_check_constraint(
        "ck_tickets_instructions_have_ended",
        "tickets",
        "open_instructions = 0 OR state NOT IN ('completed', 'referred', 'void')",
    )
    op.create_table(
        "instruction_numbers",
        sa.Column("year", sa.Integer, nullable=False),
        sa.Column("last", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("year", name="pk_instruction_numbers"),
    )
    _create_instructions()
    _create_what_belongs_to_them()


def downgrade() -> None:
    for table in (
        "instruction_deadlines",
        "instruction_batches",
        "instruction_events",
        "instructions",
        "instruction_numbers",
    ):
        op.drop_table(table)
    op.drop_constraint("ck_tickets_instructions_have_ended", "tickets")
    op.drop_column("tickets", "open_instructions")


def _create_instructions() -> None:
    op.create_table(
        "instructions",
        sa.Column("id", sa.BigInteger, sa.Identity(always=True), nullable=False),
        sa.Column("number", sa.Text, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("ticket_id", sa.BigInteger, nullable=False),
        sa.Column("unit_id", sa.BigInteger, nullable=False),
        sa.Column("priority", sa.Text, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("instructed_by", sa.BigInteger, nullable=False),
        sa.Column("instructed_at", MOMENT, nullable=False),
        sa.Column("acknowledged_at", MOMENT),
        sa.Column("acknowledged_by", sa.Text),
        sa.Column("acknowledged_how", sa.Text),
        sa.Column("departed_at", MOMENT),
        sa.Column("arrived_at", MOMENT),
        sa.Column("off_shelf_at", MOMENT),
        sa.Column("off_shelf_outcome", sa.Text),
        sa.Column("feedback", sa.Text),
        sa.Column("feedback_at", MOMENT),
        sa.Column("ended_at", MOMENT),
        sa.Column("end_reason", sa.Text),
        sa.Column("next_due_at", MOMENT),
        sa.PrimaryKeyConstraint("id", name="pk_instructions"),
        sa.UniqueConstraint("number", name="uq_instructions_number"),
        sa.ForeignKeyConstraint(["ticket_id"], ["tickets.id"], name="fk_instructions_ticket_id"),
        sa.ForeignKeyConstraint(["unit_id"], ["units.id"], name="fk_instructions_unit_id"),
        sa.ForeignKeyConstraint(["instructed_by"], ["users.id"], name="fk_instructions_instructed_by"),
        sa.CheckConstraint(
            "state NOT IN ('closed', 'cancelled') OR ended_at IS NOT NULL", name="ck_instructions_ended_with_its_state"
        ),
    )
    one_each = ["ticket_id", "unit_id"]
    op.create_index("uq_instructions_open", "instructions", one_each, unique=True, postgresql_where=OPEN)
    op.create_index("ix_instructions_board", "instructions", ["next_due_at", "id"], postgresql_where=OPEN)
    op.create_index("ix_instructions_ticket_id", "instructions", ["ticket_id"])
    op.create_index("ix_instructions_unit_id_id", "instructions", ["unit_id", "id"])


def _create_what_belongs_to_them() -> None:
    op.create_table(
        "instruction_events",
        sa.Column("id", sa.BigInteger, sa.Identity(always=True), nullable=False),
        sa.Column("instruction_id", sa.BigInteger, nullable=False),
        sa.Column("what", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("recorded_at", MOMENT, nullable=False),
        sa.Column("by", sa.BigInteger),
        sa.Column("body", JSONB, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_instruction_events"),
        sa.ForeignKeyConstraint(["instruction_id"], ["instructions.id"], name="fk_instruction_events_instruction_id"),
        sa.ForeignKeyConstraint(["by"], ["users.id"], name="fk_instruction_events_by"),
    )
    op.create_index("ix_instruction_events_instruction_id", "instruction_events", ["instruction_id"])
    op.execute(
        "CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON instruction_events"
        " FOR EACH ROW EXECUTE FUNCTION refuse_change()"
    )
    op.create_table(
        "instruction_batches",
        sa.Column("id", sa.BigInteger, sa.Identity(always=True), nullable=False),
        sa.Column("instruction_id", sa.BigInteger, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("brand", sa.Text),
        sa.Column("batch", sa.Text),
        sa.Column("quantity", sa.Numeric, nullable=False),
        sa.Column("measured_in", sa.Text, nullable=False),
        sa.Column("measure", sa.Text, nullable=False),
        sa.Column("added_by", sa.BigInteger, nullable=False),
        sa.Column("added_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_instruction_batches"),
        sa.ForeignKeyConstraint(["instruction_id"], ["instructions.id"], name="fk_instruction_batches_instruction_id"),
        sa.ForeignKeyConstraint(["added_by"], ["users.id"], name="fk_instruction_batches_added_by"),
        sa.CheckConstraint("quantity > 0", name="ck_instruction_batches_quantity_positive"),
    )
    op.create_index("ix_instruction_batches_instruction_id", "instruction_batches", ["instruction_id"])
    op.create_table(
        "instruction_deadlines",
        sa.Column("instruction_id", sa.BigInteger, nullable=False),
        sa.Column("code", sa.Text, nullable=False),
        sa.Column("begins_at", MOMENT, nullable=False),
        sa.Column("target_due_at", MOMENT),
        sa.Column("legal_due_at", MOMENT),
        sa.Column("missing_year", sa.Integer),
        sa.Column("stopped_at", MOMENT),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("next_change_at", MOMENT),
        sa.Column("warned", sa.ARRAY(sa.Integer), nullable=False),
        sa.PrimaryKeyConstraint("instruction_id", "code", name="pk_instruction_deadlines"),
        sa.ForeignKeyConstraint(
            ["instruction_id"], ["instructions.id"], name="fk_instruction_deadlines_instruction_id"
        ),
    )
    op.create_index(
        "ix_instruction_deadlines_next_change_at",
        "instruction_deadlines",
        ["next_change_at"],
        postgresql_where=sa.text("next_change_at IS NOT NULL"),
    )
