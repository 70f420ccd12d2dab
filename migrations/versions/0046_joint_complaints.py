"""Complaints of several people: handled as one with the consent of each, or a signal that there are many."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0046"
down_revision = "0045"
branch_labels = None
depends_on = None

MOMENT = sa.TIMESTAMP(timezone=True)


def upgrade() -> None:
    op.create_table(
        "ticket_groups",
        sa.Column("id", sa.BigInteger, sa.Identity(always=True), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("made_by", sa.BigInteger, nullable=False),
        sa.Column("made_at", MOMENT, nullable=False),
        sa.Column("dissolved_by", sa.BigInteger),
        sa.Column("dissolved_at", MOMENT),
        sa.PrimaryKeyConstraint("id", name="pk_ticket_groups"),
        sa.ForeignKeyConstraint(["made_by"], ["users.id"], name="fk_ticket_groups_made_by"),
        sa.ForeignKeyConstraint(["dissolved_by"], ["users.id"], name="fk_ticket_groups_dissolved_by"),
    )
    op.create_table(
        "ticket_group_members",
        sa.Column("id", sa.BigInteger, sa.Identity(always=True), nullable=False),
        sa.Column("group_id", sa.BigInteger, nullable=False),
        sa.Column("ticket_id", sa.BigInteger, nullable=False),
        sa.Column("consented_at", MOMENT, nullable=False),
        sa.Column("consented_by", sa.Text, nullable=False),
        sa.Column("is_representative", sa.Boolean, nullable=False),
        sa.Column("added_by", sa.BigInteger, nullable=False),
        sa.Column("added_at", MOMENT, nullable=False),
        sa.Column("ended_by", sa.BigInteger),
        sa.Column("ended_at", MOMENT),
        sa.PrimaryKeyConstraint("id", name="pk_ticket_group_members"),
        sa.ForeignKeyConstraint(["group_id"], ["ticket_groups.id"], name="fk_ticket_group_members_group_id"),
        sa.ForeignKeyConstraint(["ticket_id"], ["tickets.id"], name="fk_ticket_group_members_ticket_id"),
        sa.ForeignKeyConstraint(["added_by"], ["users.id"], name="fk_ticket_group_members_added_by"),
        sa.ForeignKeyConstraint(["ended_by"], ["users.id"], name="fk_ticket_group_members_ended_by"),
        sa.CheckConstraint(
            "NOT is_representative OR ended_at IS NULL", name="ck_ticket_group_members_representatives_belong"
        ),
    )
    op.create_index("ix_ticket_group_members_group_id", "ticket_group_members", ["group_id"])
    op.create_index(
        "ix_ticket_group_members_one_group",
        "ticket_group_members",
        ["ticket_id"],
        unique=True,
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    _create_signals()


def _create_signals() -> None:
    op.add_column("tickets", sa.Column("is_of_group", sa.Boolean, nullable=False, server_default="false"))
    op.alter_column("tickets", "is_of_group", server_default=None)
    op.create_table(
        "group_signals",
        sa.Column("id", sa.BigInteger, sa.Identity(always=True), nullable=False),
        sa.Column("merchant_id", sa.BigInteger, nullable=False),
        sa.Column("axis", sa.Text, nullable=False),
        sa.Column("code", sa.Text, nullable=False),
        sa.Column("first_day", sa.Date, nullable=False),
        sa.Column("last_day", sa.Date, nullable=False),
        sa.Column("people", sa.Integer, nullable=False),
        sa.Column("several_names", sa.Integer, nullable=False),
        sa.Column("complaints", sa.Integer, nullable=False),
        sa.Column("ticket_id", sa.BigInteger),
        sa.Column("rule_version", sa.Text, nullable=False),
        sa.Column("found_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_group_signals"),
        sa.UniqueConstraint(
            *("merchant_id", "axis", "code", "last_day"), name="uq_group_signals_merchant_id_axis_code_last_day"
        ),
        sa.ForeignKeyConstraint(["merchant_id"], ["merchants.id"], name="fk_group_signals_merchant_id"),
        sa.ForeignKeyConstraint(["ticket_id"], ["tickets.id"], name="fk_group_signals_ticket_id"),
    )


def downgrade() -> None:
    op.drop_table("group_signals")
    op.drop_column("tickets", "is_of_group")
    for table in ("ticket_group_members", "ticket_groups"):
        op.drop_table(table)
