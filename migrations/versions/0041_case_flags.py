"""Flags of matters that must become a case or a signed refusal; with an undecided one no ticket is completed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0041"
down_revision = "0040"
branch_labels = None
depends_on = None

MOMENT = sa.TIMESTAMP(timezone=True)


def upgrade() -> None:
    op.add_column("tickets", sa.Column("open_flags", sa.Integer, nullable=False, server_default="0"))
    op.alter_column("tickets", "open_flags", server_default=None)
    op.create_check_constraint("ck_tickets_flags_are_decided", "tickets", "open_flags = 0 OR state <> 'completed'")
    people = ("raised_by", "proposed_by", "signed_by", "extended_by")
    op.create_table(
        "case_flags",
        sa.Column("id", sa.BigInteger, sa.Identity(always=True), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("ticket_id", sa.BigInteger, nullable=False),
        sa.Column("trigger", sa.Text, nullable=False),
        sa.Column("rule_version", sa.Text),
        *(sa.Column(name, sa.BigInteger) for name in people),
        sa.Column("raised_at", MOMENT, nullable=False),
        sa.Column("discovered_on", sa.Date, nullable=False),
        sa.Column("remark", sa.Text),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("proposes", sa.Text),
        sa.Column("proposed_at", MOMENT),
        sa.Column("case_number", sa.Text),
        sa.Column("officers", sa.ARRAY(sa.Text), nullable=False),
        sa.Column("ground", sa.Integer),
        sa.Column("reason", sa.Text),
        sa.Column("signed_at", MOMENT),
        sa.Column("extended_at", MOMENT),
        sa.Column("result", sa.Text),
        sa.Column("result_at", MOMENT),
        sa.PrimaryKeyConstraint("id", name="pk_case_flags"),
        sa.ForeignKeyConstraint(["ticket_id"], ["tickets.id"], name="fk_case_flags_ticket_id"),
        *(sa.ForeignKeyConstraint([name], ["users.id"], name=f"fk_case_flags_{name}") for name in people),
    )
    op.create_index("ix_case_flags_ticket_id", "case_flags", ["ticket_id"])
    op.create_index("ix_case_flags_state_id", "case_flags", ["state", "id"])
    op.create_index(
        "uq_case_flags_trigger",
        "case_flags",
        ["ticket_id", "trigger"],
        unique=True,
        postgresql_where=sa.text("state <> 'withdrawn'"),
    )


def downgrade() -> None:
    op.drop_table("case_flags")
    op.drop_constraint("ck_tickets_flags_are_decided", "tickets")
    op.drop_column("tickets", "open_flags")
