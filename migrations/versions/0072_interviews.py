"""Interviews with those who answer for a merchant, what they promised, and what happened to each."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0072"
down_revision = "0071"
branch_labels = None
depends_on = None

MOMENT = sa.TIMESTAMP(timezone=True)


def upgrade() -> None:
    people = ("proposed_by", "approved_by")
    op.create_table(
        "interviews",
        sa.Column("id", sa.BigInteger, sa.Identity(always=True), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("remark", sa.Text),
        sa.Column("merchant_id", sa.BigInteger, nullable=False),
        sa.Column("advisory_id", sa.BigInteger),
        sa.Column("signal_ids", sa.ARRAY(sa.BigInteger), nullable=False),
        sa.Column("tickets", sa.ARRAY(sa.Text), nullable=False),
        sa.Column("basis", sa.Text, nullable=False),
        sa.Column("is_food", sa.Boolean, nullable=False),
        sa.Column("proposed_by", sa.BigInteger),
        sa.Column("proposed_at", MOMENT, nullable=False),
        sa.Column("idempotency_key", sa.Text),
        sa.Column("request_hash", sa.Text),
        sa.Column("approved_by", sa.BigInteger),
        sa.Column("approved_at", MOMENT),
        sa.Column("notice", JSONB),
        sa.Column("meets_at", MOMENT),
        sa.Column("held_at", MOMENT),
        sa.Column("hosts", sa.ARRAY(sa.BigInteger), nullable=False),
        sa.Column("attendees", JSONB, nullable=False),
        sa.Column("problems", sa.Text),
        sa.Column("minutes", sa.Text),
        sa.Column("escalated_to", sa.Text),
        sa.Column("effect", JSONB),
        sa.PrimaryKeyConstraint("id", name="pk_interviews"),
        sa.UniqueConstraint("advisory_id", name="uq_interviews_advisory_id"),
        sa.UniqueConstraint("proposed_by", "idempotency_key", name="uq_interviews_proposed_by_idempotency_key"),
        sa.ForeignKeyConstraint(["merchant_id"], ["merchants.id"], name="fk_interviews_merchant_id"),
        sa.ForeignKeyConstraint(["advisory_id"], ["advisories.id"], name="fk_interviews_advisory_id"),
        *(sa.ForeignKeyConstraint([name], ["users.id"], name=f"fk_interviews_{name}") for name in people),
        sa.CheckConstraint(
            "state IN ('proposed', 'rejected') OR approved_by IS NOT NULL", name="ck_interviews_nobody_invited_unsigned"
        ),
        sa.CheckConstraint("approved_by <> proposed_by", name="ck_interviews_no_author_signs"),
    )
    op.create_index("ix_interviews_state_id", "interviews", ["state", "id"])
    op.create_index("ix_interviews_merchant_id_id", "interviews", ["merchant_id", "id"])
    op.create_table(
        "interview_commitments",
        sa.Column("id", sa.BigInteger, sa.Identity(always=True), nullable=False),
        sa.Column("interview_id", sa.BigInteger, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("owner", sa.Text, nullable=False),
        sa.Column("due_on", sa.Date, nullable=False),
        sa.Column("evidence", sa.Text),
        sa.Column("done_at", MOMENT),
        sa.Column("done_by", sa.BigInteger),
        sa.Column("verified_at", MOMENT),
        sa.Column("verified_by", sa.BigInteger),
        sa.PrimaryKeyConstraint("id", name="pk_interview_commitments"),
        sa.ForeignKeyConstraint(["interview_id"], ["interviews.id"], name="fk_interview_commitments_interview_id"),
        *(
            sa.ForeignKeyConstraint([name], ["users.id"], name=f"fk_interview_commitments_{name}")
            for name in ("done_by", "verified_by")
        ),
        sa.CheckConstraint("verified_by <> done_by", name="ck_interview_commitments_another_person_checks"),
        sa.CheckConstraint(
            "verified_by IS NULL OR done_by IS NOT NULL", name="ck_interview_commitments_done_before_checked"
        ),
    )
    op.create_index("ix_interview_commitments_interview_id", "interview_commitments", ["interview_id"])
    op.create_table(
        "interview_events",
        sa.Column("id", sa.BigInteger, sa.Identity(always=True), nullable=False),
        sa.Column("interview_id", sa.BigInteger, nullable=False),
        sa.Column("what", sa.Text, nullable=False),
        sa.Column("to_state", sa.Text, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("by", sa.BigInteger),
        sa.Column("body", JSONB, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_interview_events"),
        sa.ForeignKeyConstraint(["interview_id"], ["interviews.id"], name="fk_interview_events_interview_id"),
        sa.ForeignKeyConstraint(["by"], ["users.id"], name="fk_interview_events_by"),
    )
    op.create_index("ix_interview_events_interview_id", "interview_events", ["interview_id"])
    op.execute(
        "CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON interview_events"
        " FOR EACH ROW EXECUTE FUNCTION refuse_change()"
    )


def downgrade() -> None:
    for table in ("interview_events", "interview_commitments", "interviews"):
        op.drop_table(table)
