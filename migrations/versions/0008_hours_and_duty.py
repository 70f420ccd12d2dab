"""The business calendar, what the PBX was told of it, the duty roster, and emergencies that nobody answered."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

MOMENT = sa.TIMESTAMP(timezone=True)

TABLES = (
    *("duty_alarms", "duty_handovers", "duty_swaps", "other_duties", "duty_shifts", "duty_people"),
    *("pushed_plans", "weekday_hours", "calendar_days"),
)

APPEND_ONLY = """
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'the log of hand-overs is only added to'; END $$
"""


def user(name: str, table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([name], ["users.id"], name=f"fk_{table}_{name}")


def person(name: str, table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([name], ["duty_people.id"], name=f"fk_{table}_{name}")


def number(table: str) -> tuple[sa.Column[int], sa.PrimaryKeyConstraint]:
    column = sa.Column("id", sa.BigInteger, sa.Identity(always=True), nullable=False)
    return column, sa.PrimaryKeyConstraint("id", name=f"pk_{table}")


def upgrade() -> None:
    op.create_table(
        "calendar_days",
        sa.Column("business_date", sa.Date, nullable=False),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("spans", ARRAY(sa.Text)),
        sa.Column("note", sa.Text, nullable=False),
        sa.Column("changed_by", sa.BigInteger),
        sa.Column("changed_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("business_date", "source", name="pk_calendar_days"),
        user("changed_by", "calendar_days"),
    )
    op.create_table(
        "weekday_hours",
        sa.Column("weekday", sa.Integer, nullable=False, autoincrement=False),
        sa.Column("spans", ARRAY(sa.Text), nullable=False),
        sa.Column("changed_by", sa.BigInteger, nullable=False),
        sa.Column("changed_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("weekday", name="pk_weekday_hours"),
        user("changed_by", "weekday_hours"),
    )
    op.create_table(
        "pushed_plans",
        sa.Column("pbx", sa.Text, nullable=False),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("value", sa.Text, nullable=False),
        sa.Column("pushed_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("pbx", "key", name="pk_pushed_plans"),
    )
    op.create_table(
        "duty_people",
        *number("duty_people"),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("number", sa.Text, nullable=False),
        sa.Column("unit", sa.Text, nullable=False),
    )
    op.create_table(
        "duty_shifts",
        *number("duty_shifts"),
        sa.Column("person_id", sa.BigInteger, nullable=False),
        sa.Column("starts_at", MOMENT, nullable=False),
        sa.Column("ends_at", MOMENT, nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("role", sa.Text, nullable=False),
        sa.Column("changed_by", sa.BigInteger, nullable=False),
        sa.Column("changed_at", MOMENT, nullable=False),
        person("person_id", "duty_shifts"),
        user("changed_by", "duty_shifts"),
    )
    op.create_index("ix_duty_shifts_starts_at", "duty_shifts", ["starts_at"])
    op.create_table(
        "other_duties",
        *number("other_duties"),
        sa.Column("person_id", sa.BigInteger, nullable=False),
        sa.Column("starts_at", MOMENT, nullable=False),
        sa.Column("ends_at", MOMENT, nullable=False),
        sa.Column("what", sa.Text, nullable=False),
        person("person_id", "other_duties"),
    )
    op.create_index("ix_other_duties_starts_at", "other_duties", ["starts_at"])
    op.create_table(
        "duty_swaps",
        *number("duty_swaps"),
        sa.Column("shift_id", sa.BigInteger, nullable=False),
        sa.Column("from_person_id", sa.BigInteger, nullable=False),
        sa.Column("to_person_id", sa.BigInteger, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("requested_by", sa.BigInteger, nullable=False),
        sa.Column("requested_at", MOMENT, nullable=False),
        sa.Column("accepted_by", sa.BigInteger),
        sa.Column("accepted_at", MOMENT),
        sa.Column("decided_by", sa.BigInteger),
        sa.Column("decided_at", MOMENT),
        sa.ForeignKeyConstraint(["shift_id"], ["duty_shifts.id"], name="fk_duty_swaps_shift_id", ondelete="CASCADE"),
        person("from_person_id", "duty_swaps"),
        person("to_person_id", "duty_swaps"),
        user("requested_by", "duty_swaps"),
        user("accepted_by", "duty_swaps"),
        user("decided_by", "duty_swaps"),
    )
    op.create_index("ix_duty_swaps_shift_id", "duty_swaps", ["shift_id"])
    op.create_table(
        "duty_handovers",
        *number("duty_handovers"),
        sa.Column("written_by", sa.BigInteger, nullable=False),
        sa.Column("written_at", MOMENT, nullable=False),
        sa.Column("note", sa.Text, nullable=False),
        user("written_by", "duty_handovers"),
    )
    op.execute(APPEND_ONLY)
    op.execute(
        "CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON duty_handovers"
        " FOR EACH ROW EXECUTE FUNCTION refuse_change()"
    )
    op.create_table(
        "duty_alarms",
        *number("duty_alarms"),
        sa.Column("pbx", sa.Text, nullable=False),
        sa.Column("call_id", sa.Text, nullable=False),
        sa.Column("raised_at", MOMENT, nullable=False),
        sa.Column("acknowledged_by", sa.BigInteger),
        sa.Column("acknowledged_at", MOMENT),
        sa.UniqueConstraint("pbx", "call_id", name="uq_duty_alarms_pbx_call_id"),
        user("acknowledged_by", "duty_alarms"),
    )


def downgrade() -> None:
    for table in TABLES:
        op.drop_table(table)
    op.execute("DROP FUNCTION refuse_change()")
