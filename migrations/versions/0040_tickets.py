"""Tickets: the matter as it stands, who is in it, its links, its log that nobody changes, its clocks."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0040"
down_revision = "0039"
branch_labels = None
depends_on = None

MOMENT = sa.TIMESTAMP(timezone=True)
OPEN = sa.text("closed_at IS NULL")


REFUSE = """
CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'to % rows are only added', TG_TABLE_NAME; END $$
"""
REFUSE_BEFORE = """
CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'the log of hand-overs is only added to'; END $$
"""


def upgrade() -> None:
    op.execute(REFUSE)
    op.create_table(
        "ticket_numbers",
        sa.Column("year", sa.Integer, nullable=False),
        sa.Column("last", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("year", name="pk_ticket_numbers"),
    )
    _create_tickets()
    _create_what_belongs_to_them()
    _create_log()
    op.create_table(
        "call_dispositions",
        sa.Column("pbx", sa.Text, nullable=False),
        sa.Column("call_id", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("remark", sa.Text),
        sa.Column("said_by", sa.BigInteger, nullable=False),
        sa.Column("said_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("pbx", "call_id", name="pk_call_dispositions"),
        sa.ForeignKeyConstraint(["said_by"], ["users.id"], name="fk_call_dispositions_said_by"),
    )
    op.execute("UPDATE deadline_rules SET begins_when = 'registered_or_given_back' WHERE code = 'forward'")


def _create_tickets() -> None:
    texts = (
        *("title", "facts", "respondent", "unidentified_reason", "goods_code", "service_code", "problem_code"),
        *("offence_code", "sales_mode_code", "brand", "batch", "platform_shop", "order_number", "outcome", "feedback"),
    )
    op.create_table(
        "tickets",
        sa.Column("id", sa.BigInteger, sa.Identity(always=True), nullable=False),
        sa.Column("number", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("submission_id", sa.BigInteger),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("channel", sa.Text, nullable=False),
        sa.Column("received_at", MOMENT, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("created_by", sa.BigInteger, nullable=False),
        sa.Column("idempotency_key", sa.Text),
        sa.Column("request_hash", sa.Text),
        sa.Column("registered_at", MOMENT),
        sa.Column("registered_by", sa.BigInteger),
        sa.Column("closed_at", MOMENT),
        sa.Column("completed_at", MOMENT),
        *(sa.Column(name, sa.Text) for name in texts),
        sa.Column("requests", sa.ARRAY(sa.Text), nullable=False),
        sa.Column("occurred_on", sa.Date),
        sa.Column("amount_in_dispute_cents", sa.BigInteger),
        sa.Column("amount_recovered_cents", sa.BigInteger),
        sa.Column("merchant_id", sa.BigInteger),
        sa.Column("people_affected", sa.Integer),
        sa.Column("ill", sa.Integer, nullable=False),
        sa.Column("injured", sa.Integer, nullable=False),
        sa.Column("endangers_life", sa.Boolean, nullable=False),
        sa.Column("priority", sa.Text, nullable=False),
        sa.Column("priority_reason", sa.Text, nullable=False),
        sa.Column("unit_id", sa.BigInteger),
        sa.Column("returned_by", sa.BigInteger),
        sa.Column("platform_number", sa.Text),
        sa.Column("platform_number_at", MOMENT),
        sa.Column("next_due_at", MOMENT),
        sa.PrimaryKeyConstraint("id", name="pk_tickets"),
        sa.UniqueConstraint("number", name="uq_tickets_number"),
        sa.UniqueConstraint("created_by", "idempotency_key", name="uq_tickets_created_by_idempotency_key"),
        sa.UniqueConstraint("platform_number", name="uq_tickets_platform_number"),
        sa.ForeignKeyConstraint(["submission_id"], ["tickets.id"], name="fk_tickets_submission_id"),
        sa.ForeignKeyConstraint(["created_by"], ["users.id"], name="fk_tickets_created_by"),
        sa.ForeignKeyConstraint(["registered_by"], ["users.id"], name="fk_tickets_registered_by"),
        sa.ForeignKeyConstraint(["merchant_id"], ["merchants.id"], name="fk_tickets_merchant_id"),
        sa.ForeignKeyConstraint(["unit_id"], ["units.id"], name="fk_tickets_unit_id"),
        sa.ForeignKeyConstraint(["returned_by"], ["units.id"], name="fk_tickets_returned_by"),
    )
    op.create_index("ix_tickets_submission_id", "tickets", ["submission_id"])
    op.create_index("ix_tickets_received_at", "tickets", ["received_at"])
    op.create_index("ix_tickets_due", "tickets", ["next_due_at", "id"], postgresql_where=OPEN)
    op.create_index("ix_tickets_open_of_unit", "tickets", ["unit_id", "next_due_at", "id"], postgresql_where=OPEN)
    for name in ("unit_id", "state", "kind", "created_by", "merchant_id"):
        op.create_index(f"ix_tickets_{name}_id", "tickets", [name, "id"])


def _create_what_belongs_to_them() -> None:
    op.create_table(
        "ticket_parties",
        sa.Column("ticket_id", sa.BigInteger, nullable=False),
        sa.Column("role", sa.Text, nullable=False),
        sa.Column("name", sa.Text),
        sa.Column("phone", sa.Text),
        sa.Column("subject", sa.Text),
        sa.Column("address", sa.Text),
        sa.Column("is_anonymous", sa.Boolean, nullable=False),
        sa.Column("is_confidential", sa.Boolean, nullable=False),
        sa.Column("may_publish", sa.Boolean),
        sa.Column("may_entrust", sa.Boolean),
        sa.PrimaryKeyConstraint("ticket_id", "role", name="pk_ticket_parties"),
        sa.ForeignKeyConstraint(["ticket_id"], ["tickets.id"], name="fk_ticket_parties_ticket_id"),
    )
    op.create_index("ix_ticket_parties_subject", "ticket_parties", ["subject"])
    op.create_table(
        "ticket_links",
        sa.Column("id", sa.BigInteger, sa.Identity(always=True), nullable=False),
        sa.Column("ticket_id", sa.BigInteger, nullable=False),
        sa.Column("what", sa.Text, nullable=False),
        sa.Column("pbx", sa.Text),
        sa.Column("call_id", sa.Text),
        sa.Column("ref_id", sa.BigInteger),
        sa.Column("added_by", sa.BigInteger, nullable=False),
        sa.Column("added_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_ticket_links"),
        sa.UniqueConstraint(
            *("ticket_id", "what", "pbx", "call_id", "ref_id"),
            name="uq_ticket_links_ticket_id_what_pbx_call_id_ref_id",
            postgresql_nulls_not_distinct=True,
        ),
        sa.ForeignKeyConstraint(["ticket_id"], ["tickets.id"], name="fk_ticket_links_ticket_id"),
        sa.ForeignKeyConstraint(["added_by"], ["users.id"], name="fk_ticket_links_added_by"),
    )
    op.create_index(
        "ix_ticket_links_call", "ticket_links", ["pbx", "call_id"], postgresql_where=sa.text("what = 'call'")
    )
    op.create_index(
        "ix_ticket_links_ref", "ticket_links", ["what", "ref_id"], postgresql_where=sa.text("what <> 'call'")
    )


def _create_log() -> None:
    op.create_table(
        "ticket_events",
        sa.Column("id", sa.BigInteger, sa.Identity(always=True), nullable=False),
        sa.Column("ticket_id", sa.BigInteger, nullable=False),
        sa.Column("what", sa.Text, nullable=False),
        sa.Column("from_state", sa.Text),
        sa.Column("to_state", sa.Text, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("by", sa.BigInteger),
        sa.Column("body", JSONB, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_ticket_events"),
        sa.ForeignKeyConstraint(["ticket_id"], ["tickets.id"], name="fk_ticket_events_ticket_id"),
        sa.ForeignKeyConstraint(["by"], ["users.id"], name="fk_ticket_events_by"),
    )
    op.create_index("ix_ticket_events_ticket_id", "ticket_events", ["ticket_id"])
    op.execute(
        "CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON ticket_events"
        " FOR EACH ROW EXECUTE FUNCTION refuse_change()"
    )
    op.create_table(
        "ticket_notes",
        sa.Column("id", sa.BigInteger, sa.Identity(always=True), nullable=False),
        sa.Column("ticket_id", sa.BigInteger, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("by", sa.BigInteger, nullable=False),
        sa.Column("note", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_ticket_notes"),
        sa.ForeignKeyConstraint(["ticket_id"], ["tickets.id"], name="fk_ticket_notes_ticket_id"),
        sa.ForeignKeyConstraint(["by"], ["users.id"], name="fk_ticket_notes_by"),
    )
    op.create_index("ix_ticket_notes_ticket_id", "ticket_notes", ["ticket_id"])
    op.create_table(
        "ticket_notices",
        sa.Column("id", sa.BigInteger, sa.Identity(always=True), nullable=False),
        sa.Column("ticket_id", sa.BigInteger, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("to", sa.Text, nullable=False),
        sa.Column("told_by", sa.Text, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("recorded_at", MOMENT, nullable=False),
        sa.Column("recorded_by", sa.BigInteger, nullable=False),
        sa.Column("pbx", sa.Text),
        sa.Column("call_id", sa.Text),
        sa.Column("proof", sa.Text),
        sa.PrimaryKeyConstraint("id", name="pk_ticket_notices"),
        sa.ForeignKeyConstraint(["ticket_id"], ["tickets.id"], name="fk_ticket_notices_ticket_id"),
        sa.ForeignKeyConstraint(["recorded_by"], ["users.id"], name="fk_ticket_notices_recorded_by"),
    )
    op.create_index("ix_ticket_notices_ticket_id", "ticket_notices", ["ticket_id"])
    op.create_table(
        "ticket_deadlines",
        sa.Column("ticket_id", sa.BigInteger, nullable=False),
        sa.Column("code", sa.Text, nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("begins_at", MOMENT, nullable=False),
        sa.Column("target_due_at", MOMENT),
        sa.Column("legal_due_at", MOMENT),
        sa.Column("missing_year", sa.Integer),
        sa.Column("stopped_at", MOMENT),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("next_change_at", MOMENT),
        sa.Column("warned", sa.ARRAY(sa.Integer), nullable=False),
        sa.PrimaryKeyConstraint("ticket_id", "code", "number", name="pk_ticket_deadlines"),
        sa.ForeignKeyConstraint(["ticket_id"], ["tickets.id"], name="fk_ticket_deadlines_ticket_id"),
    )
    op.create_index(
        "ix_ticket_deadlines_next_change_at",
        "ticket_deadlines",
        ["next_change_at"],
        postgresql_where=sa.text("next_change_at IS NOT NULL"),
    )
    op.create_index("ix_ticket_deadlines_state_code", "ticket_deadlines", ["state", "code"])


def downgrade() -> None:
    op.execute(REFUSE_BEFORE)
    op.execute("UPDATE deadline_rules SET begins_when = 'registered' WHERE code = 'forward'")
    for table in (
        *("call_dispositions", "ticket_deadlines", "ticket_notices", "ticket_notes", "ticket_events"),
        *("ticket_links", "ticket_parties", "tickets", "ticket_numbers"),
    ):
        op.drop_table(table)
