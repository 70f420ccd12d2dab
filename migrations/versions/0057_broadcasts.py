"""Broadcasts, whom they go to and who was rung; a number is rung by one call at a time, whatever for."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0057"
down_revision = "0056"
branch_labels = None
depends_on = None

MOMENT = sa.TIMESTAMP(timezone=True)
RINGS = sa.text("state = 'ringing'")


def upgrade() -> None:
    op.create_table(
        "rung_numbers",
        sa.Column("number", sa.Text, nullable=False),
        sa.Column("pbx", sa.Text, nullable=False),
        sa.Column("call_id", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_rung_numbers"),
        sa.UniqueConstraint("pbx", "call_id", name="uq_rung_numbers_pbx_call_id"),
    )
    op.execute(
        "INSERT INTO rung_numbers (number, pbx, call_id)"
        " SELECT number, pbx, call_id FROM instruction_rings WHERE state = 'ringing'"
    )
    op.create_table(
        "broadcasts",
        sa.Column("id", sa.BigInteger, sa.Identity(always=True), nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("spoken_text", sa.Text, nullable=False),
        sa.Column("filter", JSONB, nullable=False),
        sa.Column("started_by", sa.BigInteger, nullable=False),
        sa.Column("started_at", MOMENT, nullable=False),
        sa.Column("idempotency_key", sa.Text, nullable=False),
        sa.Column("request_hash", sa.Text, nullable=False),
        sa.Column("stopped_at", MOMENT),
        sa.Column("ended_at", MOMENT),
        sa.PrimaryKeyConstraint("id", name="pk_broadcasts"),
        sa.ForeignKeyConstraint(["started_by"], ["users.id"], name="fk_broadcasts_started_by"),
        sa.UniqueConstraint("started_by", "idempotency_key", name="uq_broadcasts_started_by_idempotency_key"),
    )
    op.create_index("ix_broadcasts_ended_at", "broadcasts", ["ended_at"])
    op.create_table(
        "broadcast_targets",
        sa.Column("id", sa.BigInteger, sa.Identity(always=True), nullable=False),
        sa.Column("broadcast_id", sa.BigInteger, nullable=False),
        sa.Column("unit_id", sa.BigInteger),
        sa.Column("merchant_id", sa.BigInteger),
        sa.Column("organisation", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("contact_id", sa.BigInteger),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("next_at", MOMENT, nullable=False),
        sa.Column("acknowledged_at", MOMENT),
        sa.Column("acknowledged_by", sa.Text),
        sa.Column("acknowledged_via", sa.Text),
        sa.Column("acknowledged_how", sa.Text),
        sa.PrimaryKeyConstraint("id", name="pk_broadcast_targets"),
        sa.ForeignKeyConstraint(["broadcast_id"], ["broadcasts.id"], name="fk_broadcast_targets_broadcast_id"),
        sa.ForeignKeyConstraint(["unit_id"], ["units.id"], name="fk_broadcast_targets_unit_id"),
        sa.ForeignKeyConstraint(["merchant_id"], ["merchants.id"], name="fk_broadcast_targets_merchant_id"),
        sa.ForeignKeyConstraint(["contact_id"], ["contacts.id"], name="fk_broadcast_targets_contact_id"),
        sa.CheckConstraint("num_nonnulls(unit_id, merchant_id) = 1", name="ck_broadcast_targets_one_organisation"),
        sa.CheckConstraint(
            "state <> 'acknowledged' OR acknowledged_at IS NOT NULL",
            name="ck_broadcast_targets_acknowledged_at_a_moment",
        ),
        sa.UniqueConstraint("broadcast_id", "unit_id", name="uq_broadcast_targets_broadcast_id_unit_id"),
        sa.UniqueConstraint("broadcast_id", "merchant_id", name="uq_broadcast_targets_broadcast_id_merchant_id"),
    )
    op.create_index(
        "ix_broadcast_targets_waiting",
        "broadcast_targets",
        ["next_at", "id"],
        postgresql_where=sa.text("state = 'waiting'"),
    )
    op.create_table(
        "broadcast_rings",
        sa.Column("id", sa.BigInteger, sa.Identity(always=False), nullable=False),
        sa.Column("target_id", sa.BigInteger, nullable=False),
        sa.Column("round", sa.Integer, nullable=False),
        sa.Column("line", sa.Integer),
        sa.Column("contact_id", sa.BigInteger, nullable=False),
        sa.Column("person", sa.Text, nullable=False),
        sa.Column("number", sa.Text, nullable=False),
        sa.Column("pbx", sa.Text, nullable=False),
        sa.Column("call_id", sa.Text, nullable=False),
        sa.Column("requested_at", MOMENT, nullable=False),
        sa.Column("withdrawn_at", MOMENT),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("ended_at", MOMENT),
        sa.PrimaryKeyConstraint("id", name="pk_broadcast_rings"),
        sa.ForeignKeyConstraint(["target_id"], ["broadcast_targets.id"], name="fk_broadcast_rings_target_id"),
        sa.ForeignKeyConstraint(["contact_id"], ["contacts.id"], name="fk_broadcast_rings_contact_id"),
        sa.UniqueConstraint("pbx", "call_id", name="uq_broadcast_rings_pbx_call_id"),
    )
    for name, column in (("uq_broadcast_rings_one", "target_id"), ("uq_broadcast_rings_line", "line")):
        op.create_index(name, "broadcast_rings", [column], unique=True, postgresql_where=RINGS)
    op.create_index("ix_broadcast_rings_target_id_id", "broadcast_rings", ["target_id", "id"])
    op.create_table(
        "broadcast_events",
        sa.Column("id", sa.BigInteger, sa.Identity(always=True), nullable=False),
        sa.Column("broadcast_id", sa.BigInteger, nullable=False),
        sa.Column("target_id", sa.BigInteger),
        sa.Column("what", sa.Text, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("by", sa.BigInteger),
        sa.Column("body", JSONB, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_broadcast_events"),
        sa.ForeignKeyConstraint(["broadcast_id"], ["broadcasts.id"], name="fk_broadcast_events_broadcast_id"),
        sa.ForeignKeyConstraint(["target_id"], ["broadcast_targets.id"], name="fk_broadcast_events_target_id"),
        sa.ForeignKeyConstraint(["by"], ["users.id"], name="fk_broadcast_events_by"),
    )
    op.create_index("ix_broadcast_events_broadcast_id", "broadcast_events", ["broadcast_id"])
    op.execute(
        "CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON broadcast_events"
        " FOR EACH ROW EXECUTE FUNCTION refuse_change()"
    )


def downgrade() -> None:
    for table in ("broadcast_events", "broadcast_rings", "broadcast_targets", "broadcasts", "rung_numbers"):
        op.drop_table(table)
