"""Calls as two witnesses tell them, and how well each PBX was watched."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

MOMENT = sa.TIMESTAMP(timezone=True)


def upgrade() -> None:
    op.create_table(
        "calls",
        sa.Column("pbx", sa.Text, nullable=False),
        sa.Column("call_id", sa.Text, nullable=False),
        sa.Column("direction", sa.Text, nullable=False),
        sa.Column("caller_number", sa.Text),
        sa.Column("number_kind", sa.Text, nullable=False),
        sa.Column("dialled_number", sa.Text),
        sa.Column("customer_key", sa.Text),
        sa.Column("started_at", MOMENT, nullable=False),
        sa.Column("answered_at", MOMENT),
        sa.Column("ended_at", MOMENT),
        sa.Column("business_date", sa.Date, nullable=False),
        sa.Column("outcome", sa.Text),
        sa.Column("short", sa.Boolean, nullable=False),
        sa.Column("wait", sa.Interval, nullable=False),
        sa.Column("longest_talk", sa.Interval, nullable=False),
        sa.Column("queues", ARRAY(sa.Text), nullable=False),
        sa.Column("agents", ARRAY(sa.Text), nullable=False),
        sa.Column("joined", sa.Text),
        sa.Column("complete", sa.Boolean, nullable=False),
        sa.Column("is_confirmed", sa.Boolean, nullable=False),
        sa.Column("anomalies", ARRAY(sa.Text), nullable=False),
        sa.Column("record", JSONB, nullable=False),
        sa.Column("told_by_ami", JSONB),
        sa.Column("told_by_ledger", JSONB),
        sa.Column("recorded_at", MOMENT),
        sa.Column("confirmed_at", MOMENT),
        sa.Column("changed_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("pbx", "call_id", name="pk_calls"),
    )
    newest_first = [sa.text("started_at DESC"), sa.text("pbx DESC"), sa.text("call_id DESC")]
    op.create_index("ix_calls_newest_first", "calls", newest_first)
    op.create_index("ix_calls_caller_number_started_at", "calls", ["caller_number", "started_at"])
    op.create_index("ix_calls_customer_key_started_at", "calls", ["customer_key", "started_at"])
    op.create_index("ix_calls_business_date_outcome", "calls", ["business_date", "outcome"])
    op.create_index("ix_calls_changed_at", "calls", ["changed_at"])
    for name, where in (
        ("ix_calls_open", "outcome IS NULL"),
        ("ix_calls_unconfirmed", "outcome IS NOT NULL AND NOT is_confirmed"),
        ("ix_calls_odd", "anomalies <> '{}'"),
    ):
        op.create_index(name, "calls", ["started_at"], postgresql_where=sa.text(where))
    op.create_table(
        "ledger_positions",
        sa.Column("pbx", sa.Text, nullable=False),
        sa.Column("position", JSONB),
        sa.Column("reached", JSONB, nullable=False),
        sa.Column("saved_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("pbx", name="pk_ledger_positions"),
    )
    op.create_table(
        "witness_gaps",
        sa.Column("id", sa.BigInteger, sa.Identity(always=True), nullable=False),
        sa.Column("pbx", sa.Text, nullable=False),
        sa.Column("witness", sa.Text, nullable=False),
        sa.Column("from_at", MOMENT, nullable=False),
        sa.Column("to_at", MOMENT),
        sa.Column("reason", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_witness_gaps"),
        sa.UniqueConstraint("pbx", "witness", "from_at", "reason", name="uq_witness_gaps_pbx_witness_from_at_reason"),
    )
    op.create_index(
        "uq_witness_gaps_open",
        "witness_gaps",
        ["pbx", "witness"],
        unique=True,
        postgresql_where=sa.text("to_at IS NULL"),
    )
    op.create_index("ix_witness_gaps_from_at", "witness_gaps", ["from_at"])
    op.create_table(
        "witness_heartbeats",
        sa.Column("pbx", sa.Text, nullable=False),
        sa.Column("witness", sa.Text, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("pbx", "witness", name="pk_witness_heartbeats"),
    )
    op.create_table(
        "witness_counts",
        sa.Column("pbx", sa.Text, nullable=False),
        sa.Column("witness", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("count", sa.BigInteger, nullable=False),
        sa.Column("sample", sa.Text),
        sa.Column("last_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("pbx", "witness", "name", name="pk_witness_counts"),
    )
    op.create_table(
        "dead_letters",
        sa.Column("id", sa.BigInteger, sa.Identity(always=True), nullable=False),
        sa.Column("pbx", sa.Text, nullable=False),
        sa.Column("witness", sa.Text, nullable=False),
        sa.Column("told", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_dead_letters"),
    )


def downgrade() -> None:
    for table in (
        "dead_letters",
        "witness_counts",
        "witness_heartbeats",
        "witness_gaps",
        "ledger_positions",
        "calls",
    ):
        op.drop_table(table)
