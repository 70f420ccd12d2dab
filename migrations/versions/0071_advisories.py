"""Advisories: warnings, tips and letters, what happened to each, and the last number of each kind and year."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0071"
down_revision = "0070"
branch_labels = None
depends_on = None

MOMENT = sa.TIMESTAMP(timezone=True)


def upgrade() -> None:
    people = ("created_by", "approved_by")
    op.create_table(
        "advisories",
        sa.Column("id", sa.BigInteger, sa.Identity(always=True), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("addressee", sa.Text),
        sa.Column("merchant_id", sa.BigInteger),
        sa.Column("axis", sa.Text),
        sa.Column("code", sa.Text),
        sa.Column("signal_ids", sa.ARRAY(sa.BigInteger), nullable=False),
        sa.Column("tickets", sa.ARRAY(sa.Text), nullable=False),
        sa.Column("verified_facts", JSONB, nullable=False),
        sa.Column("law", sa.Text),
        sa.Column("may_name", sa.Boolean, nullable=False),
        sa.Column("authors", sa.ARRAY(sa.BigInteger), nullable=False),
        sa.Column("created_by", sa.BigInteger, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("idempotency_key", sa.Text, nullable=False),
        sa.Column("request_hash", sa.Text, nullable=False),
        sa.Column("year", sa.Integer),
        sa.Column("number", sa.Integer),
        sa.Column("approved_by", sa.BigInteger),
        sa.Column("approved_at", MOMENT),
        sa.Column("channels", sa.ARRAY(sa.Text), nullable=False),
        sa.Column("sent_on", sa.Date),
        sa.Column("reply_due_on", sa.Date),
        sa.Column("reply", sa.Text),
        sa.Column("replied_at", MOMENT),
        sa.Column("correction", JSONB),
        sa.Column("effect", JSONB),
        sa.PrimaryKeyConstraint("id", name="pk_advisories"),
        sa.UniqueConstraint("kind", "year", "number", name="uq_advisories_kind_year_number"),
        sa.UniqueConstraint("created_by", "idempotency_key", name="uq_advisories_created_by_idempotency_key"),
        sa.ForeignKeyConstraint(["merchant_id"], ["merchants.id"], name="fk_advisories_merchant_id"),
        *(sa.ForeignKeyConstraint([name], ["users.id"], name=f"fk_advisories_{name}") for name in people),
        sa.CheckConstraint(
            "num_nulls(year, number, approved_by, approved_at) IN (0, 4)", name="ck_advisories_signed_and_numbered"
        ),
        sa.CheckConstraint(
            "state IN ('draft', 'submitted') OR approved_by IS NOT NULL", name="ck_advisories_nothing_leaves_unsigned"
        ),
        sa.CheckConstraint("approved_by <> ALL (authors)", name="ck_advisories_no_author_signs"),
        sa.CheckConstraint("num_nulls(axis, code) IN (0, 2)", name="ck_advisories_code_of_an_axis"),
    )
    op.create_index("ix_advisories_state_id", "advisories", ["state", "id"])
    op.create_index("ix_advisories_kind_id", "advisories", ["kind", "id"])
    op.create_index("ix_advisories_merchant_id_id", "advisories", ["merchant_id", "id"])
    op.create_table(
        "advisory_events",
        sa.Column("id", sa.BigInteger, sa.Identity(always=True), nullable=False),
        sa.Column("advisory_id", sa.BigInteger, nullable=False),
        sa.Column("what", sa.Text, nullable=False),
        sa.Column("from_state", sa.Text),
        sa.Column("to_state", sa.Text, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("by", sa.BigInteger),
        sa.Column("body", JSONB, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_advisory_events"),
        sa.ForeignKeyConstraint(["advisory_id"], ["advisories.id"], name="fk_advisory_events_advisory_id"),
        sa.ForeignKeyConstraint(["by"], ["users.id"], name="fk_advisory_events_by"),
    )
    op.create_index("ix_advisory_events_advisory_id", "advisory_events", ["advisory_id"])
    op.execute(
        "CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON advisory_events"
        " FOR EACH ROW EXECUTE FUNCTION refuse_change()"
    )
    op.create_table(
        "advisory_numbers",
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("year", sa.Integer, nullable=False),
        sa.Column("last", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("kind", "year", name="pk_advisory_numbers"),
    )


def downgrade() -> None:
    for table in ("advisory_numbers", "advisory_events", "advisories"):
        op.drop_table(table)
