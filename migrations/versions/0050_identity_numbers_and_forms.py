"""Numbers of identity documents, sealed and as everybody sees them; the forms that were issued of tickets."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0050"
down_revision = "0049"
branch_labels = None
depends_on = None

COLUMNS = {"id_type": sa.Text, "id_number_masked": sa.Text, "id_number_sealed": sa.LargeBinary}


def upgrade() -> None:
    for name, kind in COLUMNS.items():
        op.add_column("ticket_parties", sa.Column(name, kind))
    op.create_check_constraint(
        "ck_ticket_parties_id_number_is_whole",
        "ticket_parties",
        "num_nulls(id_type, id_number_masked, id_number_sealed) IN (0, 3)",
    )
    op.create_table(
        "form_numbers",
        sa.Column("form", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("year", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("last", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("form", "year", name="pk_form_numbers"),
    )
    op.create_table(
        "issued_forms",
        sa.Column("id", sa.BigInteger, sa.Identity(always=True), nullable=False),
        sa.Column("ticket_id", sa.BigInteger, nullable=False),
        sa.Column("form", sa.Integer, nullable=False),
        sa.Column("event_id", sa.BigInteger, nullable=False),
        sa.Column("year", sa.Integer, nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("sha256", sa.Text, nullable=False),
        sa.Column("issued_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("issued_by", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_issued_forms"),
        sa.ForeignKeyConstraint(["ticket_id"], ["tickets.id"], name="fk_issued_forms_ticket_id"),
        sa.ForeignKeyConstraint(["event_id"], ["ticket_events.id"], name="fk_issued_forms_event_id"),
        sa.ForeignKeyConstraint(["sha256"], ["kept_files.sha256"], name="fk_issued_forms_sha256"),
        sa.ForeignKeyConstraint(["issued_by"], ["users.id"], name="fk_issued_forms_issued_by"),
        sa.UniqueConstraint("form", "year", "number", name="uq_issued_forms_form_year_number"),
        sa.UniqueConstraint("form", "event_id", name="uq_issued_forms_form_event_id"),
        sa.CheckConstraint("number > 0", name="ck_issued_forms_number_counts"),
    )
    op.create_index("ix_issued_forms_ticket_id", "issued_forms", ["ticket_id"])
    op.execute(
        "CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON issued_forms"
        " FOR EACH ROW EXECUTE FUNCTION refuse_change()"
    )


def downgrade() -> None:
    op.drop_table("issued_forms")
    op.drop_table("form_numbers")
    op.drop_constraint("ck_ticket_parties_id_number_is_whole", "ticket_parties")
    for name in COLUMNS:
        op.drop_column("ticket_parties", name)
