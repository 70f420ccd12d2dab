"""Which user somebody on duty is, emergencies that nobody answered, and days whose change deadlines must follow."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("duty_people", sa.Column("user_id", sa.BigInteger))
    op.create_foreign_key("fk_duty_people_user_id", "duty_people", "users", ["user_id"], ["id"])
    op.create_unique_constraint("uq_duty_people_user_id", "duty_people", ["user_id"])
    op.create_index(
        "ix_calls_emergency_unanswered",
        "calls",
        ["pbx", "call_id"],
        postgresql_where=sa.text("(record ->> 'emergency_unanswered_at') IS NOT NULL"),
    )
    op.create_table(
        "changed_days",
        sa.Column("id", sa.BigInteger, sa.Identity(always=True), nullable=False),
        sa.Column("business_date", sa.Date, nullable=False),
        sa.Column("changed_by", sa.BigInteger),
        sa.Column("changed_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_changed_days"),
        sa.ForeignKeyConstraint(["changed_by"], ["users.id"], name="fk_changed_days_changed_by"),
    )


def downgrade() -> None:
    op.drop_table("changed_days")
    op.drop_index("ix_calls_emergency_unanswered", "calls")
    op.drop_column("duty_people", "user_id")
