"""How long matters keep their persons, which may not lose them, and the certificates of what was deleted."""

from __future__ import annotations

from datetime import date

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0059"
down_revision = "0058"
branch_labels = None
depends_on = None

MOMENT = sa.TIMESTAMP(timezone=True)
YEARS = {"enquiry": 3, "complaint": 3, "report": 1, "suggestion": 3, "praise": 3}
SOURCE = "proposed: PIPL Art. 19 asks for the shortest time that the purpose needs; the office decides"

# What happened stays for ever; only what came with it goes, and only of a matter that is archived, with its target.
FORGET = """
CREATE FUNCTION refuse_change_but_forgetting() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN
  IF TG_OP = 'UPDATE' AND NEW.body = '{}'
     AND to_jsonb(NEW) - 'body' = to_jsonb(OLD) - 'body'
     AND EXISTS (SELECT FROM tickets t LEFT JOIN tickets target ON target.id = t.merged_into
                  WHERE t.id = OLD.ticket_id AND 'archived' IN (t.state, target.state))
  THEN RETURN NEW; END IF;
  RAISE EXCEPTION 'to % rows are only added', TG_TABLE_NAME;
END $$
"""


def upgrade() -> None:
    rules = op.create_table(
        "retention_rules",
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("valid_from", sa.Date, nullable=False),
        sa.Column("years", sa.Integer, nullable=False),
        sa.Column("source", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("kind", "valid_from", name="pk_retention_rules"),
        sa.CheckConstraint("years > 0", name="ck_retention_rules_years_positive"),
    )
    op.bulk_insert(
        rules,
        [
            {"kind": kind, "valid_from": date(2026, 1, 1), "years": years, "source": SOURCE}
            for kind, years in YEARS.items()
        ],
    )
    op.create_table(
        "ticket_holds",
        sa.Column("id", sa.BigInteger, sa.Identity(always=True), nullable=False),
        sa.Column("ticket_id", sa.BigInteger, nullable=False),
        sa.Column("placed_at", MOMENT, nullable=False),
        sa.Column("placed_by", sa.BigInteger, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("released_at", MOMENT),
        sa.Column("released_by", sa.BigInteger),
        sa.Column("release_reason", sa.Text),
        sa.PrimaryKeyConstraint("id", name="pk_ticket_holds"),
        sa.ForeignKeyConstraint(["ticket_id"], ["tickets.id"], name="fk_ticket_holds_ticket_id"),
        sa.ForeignKeyConstraint(["placed_by"], ["users.id"], name="fk_ticket_holds_placed_by"),
        sa.ForeignKeyConstraint(["released_by"], ["users.id"], name="fk_ticket_holds_released_by"),
    )
    op.create_index(
        "uq_ticket_holds_open",
        "ticket_holds",
        ["ticket_id"],
        unique=True,
        postgresql_where=sa.text("released_at IS NULL"),
    )
    op.create_table(
        "ticket_certificates",
        sa.Column("id", sa.BigInteger, sa.Identity(always=True), nullable=False),
        sa.Column("certificate", JSONB, nullable=False),
        sa.Column("previous_sha256", sa.Text),
        sa.Column("sha256", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_ticket_certificates"),
    )
    op.add_column("kept_files", sa.Column("certificate_id", sa.BigInteger))
    op.add_column("kept_files", sa.Column("removed_at", MOMENT))
    op.create_index(
        "ix_kept_files_to_remove",
        "kept_files",
        ["sha256"],
        postgresql_where=sa.text("certificate_id IS NOT NULL AND removed_at IS NULL"),
    )
    op.create_index(
        "ix_tickets_to_archive",
        "tickets",
        ["kind", "closed_at"],
        postgresql_where=sa.text("state IN ('completed', 'referred', 'void')"),
    )
    op.execute(FORGET)
    op.execute("DROP TRIGGER append_only ON ticket_events")
    op.execute(
        "CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON ticket_events"
        " FOR EACH ROW EXECUTE FUNCTION refuse_change_but_forgetting()"
    )


def downgrade() -> None:
    op.execute("DROP TRIGGER append_only ON ticket_events")
    op.execute(
        "CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON ticket_events"
        " FOR EACH ROW EXECUTE FUNCTION refuse_change()"
    )
    op.execute("DROP FUNCTION refuse_change_but_forgetting()")
    op.drop_index("ix_tickets_to_archive", "tickets")
    op.drop_index("ix_kept_files_to_remove", "kept_files")
    op.drop_column("kept_files", "removed_at")
    op.drop_column("kept_files", "certificate_id")
    op.drop_table("ticket_certificates")
    op.drop_table("ticket_holds")
    op.drop_table("retention_rules")
