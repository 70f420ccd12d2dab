"""Snapshots: what was frozen of a period, row by row, and which rows were changed afterwards; nobody changes them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0065"
down_revision = "0064"
branch_labels = None
depends_on = None

MOMENT = sa.TIMESTAMP(timezone=True)
ONLY_ADDED = ("snapshots", "snapshot_rows", "snapshot_corrections", "snapshot_secrets")
TEXTS = ("goods_code", "service_code", "problem_code", "offence_code", "sales_mode_code", "region", "brand")
STEPS = ("accepted_at", "refused_at", "settled_at", "ended_at")


def upgrade() -> None:
    _create_heads()
    _create_rows()
    _create_corrections()
    op.create_table(
        "snapshot_secrets",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("secret", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_snapshot_secrets"),
    )
    for table in ONLY_ADDED:
        op.execute(
            f"CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON {table}"
            " FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        )


def downgrade() -> None:
    for table in ("snapshot_secrets", "snapshot_corrections", "snapshot_rows", "snapshots"):
        op.drop_table(table)


def _create_heads() -> None:
    op.create_table(
        "snapshots",
        sa.Column("id", sa.BigInteger, sa.Identity(always=True), nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("first", sa.Date, nullable=False),
        sa.Column("last", sa.Date, nullable=False),
        sa.Column("name", sa.Text),
        sa.Column("cut_off_at", MOMENT, nullable=False),
        sa.Column("last_event_id", sa.BigInteger, nullable=False),
        sa.Column("metric_version", sa.Integer, nullable=False),
        sa.Column("code_version", sa.Text, nullable=False),
        sa.Column("rows", sa.Integer, nullable=False),
        sa.Column("sha256", sa.Text, nullable=False),
        sa.Column("made_by", sa.BigInteger),
        sa.PrimaryKeyConstraint("id", name="pk_snapshots"),
        sa.UniqueConstraint(
            "kind",
            "first",
            "last",
            "name",
            name="uq_snapshots_kind_first_last_name",
            postgresql_nulls_not_distinct=True,
        ),
        sa.ForeignKeyConstraint(["made_by"], ["users.id"], name="fk_snapshots_made_by"),
    )


def _create_rows() -> None:
    op.create_table(
        "snapshot_rows",
        sa.Column("snapshot_id", sa.BigInteger, nullable=False),
        sa.Column("number", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("channel", sa.Text, nullable=False),
        sa.Column("received_at", MOMENT, nullable=False),
        sa.Column("unit_id", sa.BigInteger),
        sa.Column("merchant_id", sa.BigInteger),
        *(sa.Column(name, sa.Text) for name in TEXTS),
        sa.Column("amount_in_dispute_cents", sa.BigInteger),
        sa.Column("amount_recovered_cents", sa.BigInteger),
        *(sa.Column(name, MOMENT) for name in STEPS),
        sa.Column("outcome", sa.Text),
        sa.Column("completed_at", MOMENT),
        sa.Column("clocks", JSONB, nullable=False),
        sa.Column("flags", JSONB, nullable=False),
        sa.Column("priority", sa.Text, nullable=False),
        sa.Column("complainant_key", sa.Text),
        sa.Column("is_serial", sa.Boolean, nullable=False),
        sa.Column("group_id", sa.BigInteger),
        sa.Column("is_merged", sa.Boolean, nullable=False),
        sa.Column("is_instructed", sa.Boolean, nullable=False),
        sa.PrimaryKeyConstraint("snapshot_id", "number", name="pk_snapshot_rows"),
        sa.ForeignKeyConstraint(["snapshot_id"], ["snapshots.id"], name="fk_snapshot_rows_snapshot_id"),
    )
    op.create_index("ix_snapshot_rows_number_snapshot_id", "snapshot_rows", ["number", "snapshot_id"])


def _create_corrections() -> None:
    op.create_table(
        "snapshot_corrections",
        sa.Column("snapshot_id", sa.BigInteger, nullable=False),
        sa.Column("number", sa.Text, nullable=False),
        sa.Column("field", sa.Text, nullable=False),
        sa.Column("of_snapshot_id", sa.BigInteger, nullable=False),
        sa.Column("old", JSONB, nullable=False),
        sa.Column("new", JSONB, nullable=False),
        sa.PrimaryKeyConstraint("snapshot_id", "number", "field", name="pk_snapshot_corrections"),
        sa.ForeignKeyConstraint(["snapshot_id"], ["snapshots.id"], name="fk_snapshot_corrections_snapshot_id"),
        sa.ForeignKeyConstraint(["of_snapshot_id"], ["snapshots.id"], name="fk_snapshot_corrections_of_snapshot_id"),
    )
