"""Analysis reports: versions of each, which stay as they are once released; and what was done with them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0067"
down_revision = "0066"
branch_labels = None
depends_on = None

MOMENT = sa.TIMESTAMP(timezone=True)


def upgrade() -> None:
    op.create_table(
        "reports",
        sa.Column("id", sa.BigInteger, sa.Identity(always=True), nullable=False),
        sa.Column("snapshot_id", sa.BigInteger, nullable=False),
        sa.Column("edition", sa.Integer, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("frozen", JSONB, nullable=False),
        sa.Column("paragraphs", JSONB, nullable=False),
        sa.Column("checks", JSONB),
        sa.Column("reason", sa.Text),
        sa.Column("drafted_by", sa.BigInteger),
        sa.Column("drafted_at", MOMENT, nullable=False),
        sa.Column("submitted_by", sa.BigInteger),
        sa.Column("submitted_at", MOMENT),
        sa.Column("returned_reason", sa.Text),
        sa.Column("released_by", sa.BigInteger),
        sa.Column("released_at", MOMENT),
        sa.Column("pdf_sha256", sa.Text),
        sa.PrimaryKeyConstraint("id", name="pk_reports"),
        sa.UniqueConstraint("snapshot_id", "edition", name="uq_reports_snapshot_id_edition"),
        sa.CheckConstraint(
            "state <> 'released' OR (released_by IS NOT NULL AND released_at IS NOT NULL AND pdf_sha256 IS NOT NULL)",
            name="ck_reports_released_with_its_signature",
        ),
        sa.ForeignKeyConstraint(["snapshot_id"], ["snapshots.id"], name="fk_reports_snapshot_id"),
        *(
            sa.ForeignKeyConstraint([column], ["users.id"], name=f"fk_reports_{column}")
            for column in ("drafted_by", "submitted_by", "released_by")
        ),
    )
    op.create_table(
        "report_events",
        sa.Column("id", sa.BigInteger, sa.Identity(always=True), nullable=False),
        sa.Column("report_id", sa.BigInteger, nullable=False),
        sa.Column("what", sa.Text, nullable=False),
        sa.Column("by", sa.BigInteger),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("body", JSONB, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_report_events"),
        sa.ForeignKeyConstraint(["report_id"], ["reports.id"], name="fk_report_events_report_id"),
        sa.ForeignKeyConstraint(["by"], ["users.id"], name="fk_report_events_by"),
    )
    op.create_index("ix_report_events_report_id", "report_events", ["report_id"])
    op.execute(
        "CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON report_events"
        " FOR EACH ROW EXECUTE FUNCTION refuse_change()"
    )
    op.execute(
        "CREATE TRIGGER keep_released BEFORE UPDATE OR DELETE ON reports"
        " FOR EACH ROW WHEN (OLD.state = 'released') EXECUTE FUNCTION refuse_change()"
    )


def downgrade() -> None:
    op.drop_table("report_events")
    op.drop_table("reports")
