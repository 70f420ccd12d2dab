"""The quality of work: rules with the points that are proposed, findings with what happened to them, bulletins."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

revision = "0069"
down_revision = "0068"
branch_labels = None
depends_on = None

MOMENT = sa.TIMESTAMP(timezone=True)
BEGIN = date(2026, 1, 1)
ADDED_AT = datetime(2026, 1, 1, tzinfo=timezone(timedelta(hours=8)))
SOURCE = "proposed, until the office decides: no number was found in any public scheme"
POINTS = {
    "overdue_completion": "2",
    "field_missing": "0.5",
    "wrong_category": "0.5",
    "platform_entry_late": "1",
    "platform_entry_missing": "2",
    "call_without_disposition": "0.5",
    "feedback_late": "1",
    "urgent_feedback_late": "3",
    "off_shelf_late": "5",
    "case_missed": "5",
    "instruction_unacknowledged": "2",
    "dissatisfied": "1",
    "agreement_not_kept": "1",
    "monthly_case_missing": "2",
    "monthly_item_missing": "1",
    "urgent_event_late": "3",
}
TABLES = ("bulletins", "finding_events", "findings", "quality_rules")
PUBLISHED = """
CREATE FUNCTION refuse_change_of_bulletin() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN
  IF TG_OP = 'DELETE' OR OLD.state = 'published' THEN
    RAISE EXCEPTION 'a bulletin that is published is corrected by another version, and none is deleted';
  END IF;
  RETURN NEW;
END $$
"""


def upgrade() -> None:
    _create_rules()
    _create_findings()
    _create_bulletins()
    for table in ("quality_rules", "finding_events"):
        op.execute(
            f"CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON {table}"
            " FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        )
    op.execute(PUBLISHED)
    op.execute(
        "CREATE TRIGGER published_stays BEFORE UPDATE OR DELETE ON bulletins"
        " FOR EACH ROW EXECUTE FUNCTION refuse_change_of_bulletin()"
    )


def downgrade() -> None:
    for table in TABLES:
        op.drop_table(table)
    op.execute("DROP FUNCTION refuse_change_of_bulletin()")


def _refers(table: str, column: str, to: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{to}.id"], name=f"fk_{table}_{column}")


def _create_rules() -> None:
    rules = op.create_table(
        "quality_rules",
        sa.Column("code", sa.Text, nullable=False),
        sa.Column("valid_from", sa.Date, nullable=False),
        sa.Column("points", sa.Numeric(5, 2), nullable=False),
        sa.Column("cap", sa.Numeric(5, 2)),
        sa.Column("certainty", sa.Text, nullable=False),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("added_by", sa.BigInteger),
        sa.Column("added_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("code", "valid_from", name="pk_quality_rules"),
        _refers("quality_rules", "added_by", "users"),
    )
    rest = {"cap": None, "certainty": "proposed", "source": SOURCE, "added_by": None, "added_at": ADDED_AT}
    op.bulk_insert(
        rules, [{"code": code, "valid_from": BEGIN, "points": points} | rest for code, points in POINTS.items()]
    )


def _create_findings() -> None:
    op.create_table(
        "findings",
        sa.Column("id", sa.BigInteger, sa.Identity(always=True), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("code", sa.Text, nullable=False),
        sa.Column("unit_id", sa.BigInteger, nullable=False),
        sa.Column("subject_kind", sa.Text, nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("month", sa.Date, nullable=False),
        sa.Column("occurred_on", sa.Date, nullable=False),
        sa.Column("points", sa.Numeric(5, 2), nullable=False),
        sa.Column("cap", sa.Numeric(5, 2)),
        sa.Column("evidence", ARRAY(sa.Text), nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("repeats", sa.BigInteger),
        sa.Column("found_by", sa.BigInteger),
        sa.Column("found_at", MOMENT, nullable=False),
        sa.Column("confirmed_by", sa.BigInteger),
        sa.Column("decided_at", MOMENT),
        sa.PrimaryKeyConstraint("id", name="pk_findings"),
        sa.UniqueConstraint("code", "subject", "month", name="uq_findings_code_subject_month"),
        sa.UniqueConstraint("repeats", name="uq_findings_repeats"),
        _refers("findings", "unit_id", "units"),
        _refers("findings", "repeats", "findings"),
        _refers("findings", "found_by", "users"),
        _refers("findings", "confirmed_by", "users"),
        sa.CheckConstraint("cardinality(evidence) > 0", name="ck_findings_has_evidence"),
    )
    op.create_index("ix_findings_month_state_id", "findings", ["month", "state", "id"])
    op.create_index("ix_findings_unit_id_id", "findings", ["unit_id", "id"])
    op.create_table(
        "finding_events",
        sa.Column("id", sa.BigInteger, sa.Identity(always=True), nullable=False),
        sa.Column("finding_id", sa.BigInteger, nullable=False),
        sa.Column("event", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("by", sa.BigInteger),
        sa.Column("text", sa.Text),
        sa.PrimaryKeyConstraint("id", name="pk_finding_events"),
        _refers("finding_events", "finding_id", "findings"),
        _refers("finding_events", "by", "users"),
    )
    op.create_index("ix_finding_events_finding_id", "finding_events", ["finding_id"])


def _create_bulletins() -> None:
    signers = ("reviewed", "approved", "published")
    op.create_table(
        "bulletins",
        sa.Column("id", sa.BigInteger, sa.Identity(always=True), nullable=False),
        sa.Column("month", sa.Date, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("snapshot_id", sa.BigInteger, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("scores", JSONB),
        sa.Column("sha256", sa.Text),
        sa.Column("reason", sa.Text),
        sa.Column("sent_back", sa.Text),
        sa.Column("changes", JSONB, nullable=False),
        sa.Column("made_at", MOMENT, nullable=False),
        *(
            column
            for signer in signers
            for column in (sa.Column(f"{signer}_by", sa.BigInteger), sa.Column(f"{signer}_at", MOMENT))
        ),
        sa.PrimaryKeyConstraint("id", name="pk_bulletins"),
        sa.UniqueConstraint("month", "version", name="uq_bulletins_month_version"),
        _refers("bulletins", "snapshot_id", "snapshots"),
        *(_refers("bulletins", f"{signer}_by", "users") for signer in signers),
        sa.CheckConstraint("state = 'draft' OR scores IS NOT NULL", name="ck_bulletins_reviewed_with_scores"),
    )
