"""Mediations by telephone: who took part, what happened, what was recorded."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

MOMENT = sa.TIMESTAMP(timezone=True)


def upgrade() -> None:
    op.create_table(
        "mediations",
        sa.Column("id", sa.BigInteger, sa.Identity(always=True), nullable=False),
        sa.Column("pbx", sa.Text, nullable=False),
        sa.Column("call_id", sa.Text),
        sa.Column("host_user_id", sa.BigInteger, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("appointed_for", MOMENT),
        sa.Column("opened_at", MOMENT),
        sa.Column("ended_at", MOMENT),
        sa.Column("end_reason", sa.Text),
        sa.Column("consumer_name", sa.Text),
        sa.Column("merchant_name", sa.Text),
        sa.Column("matter", sa.Text),
        sa.Column("agreement", sa.Text),
        sa.Column("amount_cents", sa.BigInteger),
        sa.Column("due_on", sa.Date),
        sa.Column("result", sa.Text),
        sa.Column("result_at", MOMENT),
        sa.Column("recordings_stored_at", MOMENT),
        sa.PrimaryKeyConstraint("id", name="pk_mediations"),
        sa.ForeignKeyConstraint(["host_user_id"], ["users.id"], name="fk_mediations_host_user_id"),
    )
    is_on = sa.text("state IN ('calling', 'open')")
    op.create_index("uq_mediations_host", "mediations", ["host_user_id"], unique=True, postgresql_where=is_on)
    op.create_index("uq_mediations_call", "mediations", ["pbx", "call_id"], unique=True, postgresql_where=is_on)
    op.create_index("ix_mediations_not_ended", "mediations", ["state"], postgresql_where=sa.text("state <> 'ended'"))
    op.create_index(
        "ix_mediations_not_stored",
        "mediations",
        ["ended_at"],
        postgresql_where=sa.text("recordings_stored_at IS NULL"),
    )
    op.create_index("ix_mediations_created_at", "mediations", ["created_at"])
    op.create_table(
        "mediation_legs",
        sa.Column("id", sa.BigInteger, sa.Identity(always=True), nullable=False),
        sa.Column("mediation_id", sa.BigInteger, nullable=False),
        sa.Column("role", sa.Text, nullable=False),
        sa.Column("interface", sa.Text),
        sa.Column("number", sa.Text),
        sa.Column("uniqueid", sa.Text),
        sa.Column("called_at", MOMENT),
        sa.Column("joined_at", MOMENT),
        sa.Column("left_at", MOMENT),
        sa.Column("is_on_hold", sa.Boolean, nullable=False),
        sa.Column("last_word", sa.Text),
        sa.Column("failure", sa.Text),
        sa.Column("takes_part", sa.Boolean),
        sa.Column("takes_part_at", MOMENT),
        sa.Column("may_be_recorded", sa.Boolean),
        sa.Column("may_be_recorded_at", MOMENT),
        sa.Column("agrees", sa.Boolean),
        sa.Column("agrees_at", MOMENT),
        sa.PrimaryKeyConstraint("id", name="pk_mediation_legs"),
        sa.ForeignKeyConstraint(["mediation_id"], ["mediations.id"], name="fk_mediation_legs_mediation_id"),
        sa.UniqueConstraint("mediation_id", "uniqueid", name="uq_mediation_legs_mediation_id_uniqueid"),
    )
    op.create_index("ix_mediation_legs_mediation_id", "mediation_legs", ["mediation_id"])
    op.create_index(
        "uq_mediation_legs_one",
        "mediation_legs",
        ["mediation_id", "role"],
        unique=True,
        postgresql_where=sa.text("role IN ('host', 'consumer')"),
    )
    op.create_table(
        "mediation_events",
        sa.Column("id", sa.BigInteger, sa.Identity(always=True), nullable=False),
        sa.Column("mediation_id", sa.BigInteger, nullable=False),
        sa.Column("leg_id", sa.BigInteger),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("actor", sa.Text, nullable=False),
        sa.Column("what", sa.Text, nullable=False),
        sa.Column("detail", sa.Text),
        sa.PrimaryKeyConstraint("id", name="pk_mediation_events"),
        sa.ForeignKeyConstraint(["mediation_id"], ["mediations.id"], name="fk_mediation_events_mediation_id"),
        sa.ForeignKeyConstraint(["leg_id"], ["mediation_legs.id"], name="fk_mediation_events_leg_id"),
    )
    op.create_index("ix_mediation_events_mediation_id", "mediation_events", ["mediation_id"])
    op.create_index(
        "uq_mediation_events_told",
        "mediation_events",
        ["mediation_id", "leg_id", "what", "at"],
        unique=True,
        postgresql_where=sa.text("actor = 'pbx'"),
    )
    op.execute(
        """
        CREATE FUNCTION keep_mediation_events() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            RAISE EXCEPTION 'what happened in a mediation is never changed';
        END $$
        """
    )
    op.execute(
        """
        CREATE TRIGGER keep_mediation_events BEFORE UPDATE OR DELETE ON mediation_events
        FOR EACH ROW EXECUTE FUNCTION keep_mediation_events()
        """
    )
    op.create_table(
        "mediation_recordings",
        sa.Column("id", sa.BigInteger, sa.Identity(always=True), nullable=False),
        sa.Column("mediation_id", sa.BigInteger, nullable=False),
        sa.Column("leg_id", sa.BigInteger),
        sa.Column("file", sa.Text, nullable=False),
        sa.Column("sha256", sa.Text, nullable=False),
        sa.Column("size_bytes", sa.BigInteger, nullable=False),
        sa.Column("duration", sa.Interval),
        sa.Column("stored_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_mediation_recordings"),
        sa.ForeignKeyConstraint(["mediation_id"], ["mediations.id"], name="fk_mediation_recordings_mediation_id"),
        sa.ForeignKeyConstraint(["leg_id"], ["mediation_legs.id"], name="fk_mediation_recordings_leg_id"),
        sa.UniqueConstraint("mediation_id", "file", name="uq_mediation_recordings_mediation_id_file"),
    )


def downgrade() -> None:
    for table in ("mediation_recordings", "mediation_events", "mediation_legs", "mediations"):
        op.drop_table(table)
    op.execute("DROP FUNCTION keep_mediation_events()")
