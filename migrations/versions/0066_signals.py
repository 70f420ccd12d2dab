"""Signals: what the rules found in a snapshot, and what became of each."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0066"
down_revision = "0065"
branch_labels = None
depends_on = None

MOMENT = sa.TIMESTAMP(timezone=True)

# What was found stays as it was found; only its state goes on.
ONLY_STATE = """
CREATE FUNCTION refuse_change_but_of_state() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN
  IF TG_OP = 'UPDATE'
     AND to_jsonb(NEW) - '{state,reason,version}'::text[] = to_jsonb(OLD) - '{state,reason,version}'::text[]
  THEN RETURN NEW; END IF;
  RAISE EXCEPTION 'to % rows are only added', TG_TABLE_NAME;
END $$
"""


def upgrade() -> None:
    op.create_table(
        "signals",
        sa.Column("id", sa.BigInteger, sa.Identity(always=True), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("snapshot_id", sa.BigInteger, nullable=False),
        sa.Column("rule", sa.Text, nullable=False),
        sa.Column("axis", sa.Text, nullable=False),
        sa.Column("code", sa.Text),
        sa.Column("merchant_id", sa.BigInteger),
        sa.Column("first", sa.Date, nullable=False),
        sa.Column("last", sa.Date, nullable=False),
        *(sa.Column(name, sa.Integer, nullable=False) for name in ("x1", "x0")),
        *(sa.Column(name, sa.Double, nullable=False) for name in ("t1", "t0")),
        sa.Column("base", sa.Integer, nullable=False),
        *(sa.Column(name, sa.Double) for name in ("phi", "p")),
        sa.Column("bh_rank", sa.Integer),
        sa.Column("limit", sa.Double),
        sa.Column("inputs", JSONB, nullable=False),
        sa.Column("found_at", MOMENT, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("reason", sa.Text),
        sa.PrimaryKeyConstraint("id", name="pk_signals"),
        sa.UniqueConstraint(
            *("rule", "axis", "code", "merchant_id", "first", "last"),
            name="uq_signals_rule_axis_code_merchant_id_first_last",
            postgresql_nulls_not_distinct=True,
        ),
        sa.ForeignKeyConstraint(["snapshot_id"], ["snapshots.id"], name="fk_signals_snapshot_id"),
        sa.ForeignKeyConstraint(["merchant_id"], ["merchants.id"], name="fk_signals_merchant_id"),
    )
    op.create_index("ix_signals_state_id", "signals", ["state", "id"])
    op.create_index("ix_signals_snapshot_id", "signals", ["snapshot_id"])
    op.create_index("ix_signals_merchant_id", "signals", ["merchant_id"])
    op.create_table(
        "signal_events",
        sa.Column("id", sa.BigInteger, sa.Identity(always=True), nullable=False),
        sa.Column("signal_id", sa.BigInteger, nullable=False),
        sa.Column("what", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("by", sa.BigInteger, nullable=False),
        sa.Column("tickets_read", sa.Boolean, nullable=False),
        sa.Column("reason", sa.Text),
        sa.Column("linked", sa.Text),
        sa.Column("linked_id", sa.BigInteger),
        sa.PrimaryKeyConstraint("id", name="pk_signal_events"),
        sa.ForeignKeyConstraint(["signal_id"], ["signals.id"], name="fk_signal_events_signal_id"),
        sa.ForeignKeyConstraint(["by"], ["users.id"], name="fk_signal_events_by"),
    )
    op.create_index("ix_signal_events_signal_id", "signal_events", ["signal_id"])
    op.create_table(
        "signal_runs",
        sa.Column("snapshot_id", sa.BigInteger, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("found", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("snapshot_id", name="pk_signal_runs"),
        sa.ForeignKeyConstraint(["snapshot_id"], ["snapshots.id"], name="fk_signal_runs_snapshot_id"),
    )
    op.execute(ONLY_STATE)
    op.execute(
        "CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON signals"
        " FOR EACH ROW EXECUTE FUNCTION refuse_change_but_of_state()"
    )
    for table in ("signal_events", "signal_runs"):
        op.execute(
            f"CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON {table}"
            " FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        )


def downgrade() -> None:
    for table in ("signal_runs", "signal_events", "signals"):
        op.drop_table(table)
    op.execute("DROP FUNCTION refuse_change_but_of_state()")
