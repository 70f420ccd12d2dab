"""Patrols with the answers and files of their items; nobody changes one that is finished. Instructions know of them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0055"
down_revision = "0054"
branch_labels = None
depends_on = None

MOMENT = sa.TIMESTAMP(timezone=True)

FINISHED = """
CREATE FUNCTION refuse_change_of_finished_inspection() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN
  IF TG_OP = 'DELETE' OR OLD.state = 'finished' THEN
    RAISE EXCEPTION 'a finished patrol is corrected by another one, and none is deleted';
  END IF;
  RETURN NEW;
END $$
"""
ADDED_TO_FINISHED = """
CREATE FUNCTION refuse_addition_to_finished_inspection() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN
  IF EXISTS (SELECT FROM inspections WHERE id = NEW.inspection_id AND state = 'finished') THEN
    RAISE EXCEPTION 'a finished patrol is not added to';
  END IF;
  RETURN NEW;
END $$
"""
PARTS = ("inspection_answers", "inspection_attachments")


def upgrade() -> None:
    op.add_column("instructions", sa.Column("patrolled_at", MOMENT))
    _create_inspections()
    _create_parts()
    op.execute(FINISHED)
    op.execute(ADDED_TO_FINISHED)
    op.execute(
        "CREATE TRIGGER finished_stays BEFORE UPDATE OR DELETE ON inspections"
        " FOR EACH ROW EXECUTE FUNCTION refuse_change_of_finished_inspection()"
    )
    for table in PARTS:
        op.execute(
            f"CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON {table}"
            " FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        )
        op.execute(
            f"CREATE TRIGGER finished_stays BEFORE INSERT ON {table}"
            " FOR EACH ROW EXECUTE FUNCTION refuse_addition_to_finished_inspection()"
        )


def downgrade() -> None:
    for table in (*PARTS, "inspections"):
        op.drop_table(table)
    op.execute("DROP FUNCTION refuse_addition_to_finished_inspection()")
    op.execute("DROP FUNCTION refuse_change_of_finished_inspection()")
    op.drop_column("instructions", "patrolled_at")


def _refers(table: str, column: str, to: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{to}.id"], name=f"fk_{table}_{column}")


def _create_inspections() -> None:
    refers = {"unit_id": "units", "merchant_id": "merchants", "ticket_id": "tickets", "flag_id": "case_flags"}
    refers |= {"instruction_id": "instructions", "created_by": "users", "finished_by": "users"}
    op.create_table(
        "inspections",
        sa.Column("id", sa.BigInteger, sa.Identity(always=True), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("template_code", sa.Text, nullable=False),
        sa.Column("template_version", sa.Integer, nullable=False),
        sa.Column("unit_id", sa.BigInteger, nullable=False),
        sa.Column("merchant_id", sa.BigInteger),
        sa.Column("unidentified_reason", sa.Text),
        sa.Column("ticket_id", sa.BigInteger),
        sa.Column("instruction_id", sa.BigInteger),
        sa.Column("officers", sa.ARRAY(sa.BigInteger), nullable=False),
        sa.Column("place", sa.Text, nullable=False),
        sa.Column("started_at", MOMENT, nullable=False),
        sa.Column("ended_at", MOMENT),
        sa.Column("created_by", sa.BigInteger, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("idempotency_key", sa.Text, nullable=False),
        sa.Column("request_hash", sa.Text, nullable=False),
        sa.Column("finish_key", sa.Text),
        sa.Column("finished_by", sa.BigInteger),
        sa.Column("finished_at", MOMENT),
        sa.Column("offence_found", sa.Boolean, nullable=False),
        sa.Column("offence_remark", sa.Text),
        sa.Column("flag_id", sa.BigInteger),
        sa.Column("corrects", sa.BigInteger),
        sa.Column("correction_reason", sa.Text),
        sa.PrimaryKeyConstraint("id", name="pk_inspections"),
        sa.ForeignKeyConstraint(
            ["template_code", "template_version"],
            ["inspection_templates.code", "inspection_templates.version"],
            name="fk_inspections_template_code",
        ),
        *(_refers("inspections", column, to) for column, to in refers.items()),
        _refers("inspections", "corrects", "inspections"),
        sa.UniqueConstraint("created_by", "idempotency_key", name="uq_inspections_created_by_idempotency_key"),
        sa.CheckConstraint(
            "merchant_id IS NOT NULL OR unidentified_reason IS NOT NULL", name="ck_inspections_somebody_or_a_reason"
        ),
        sa.CheckConstraint(
            "state <> 'finished' OR finished_at IS NOT NULL", name="ck_inspections_finished_with_its_state"
        ),
        sa.CheckConstraint("NOT offence_found OR flag_id IS NOT NULL", name="ck_inspections_offence_has_a_flag"),
    )
    op.create_index(
        "uq_inspections_corrects",
        "inspections",
        ["corrects"],
        unique=True,
        postgresql_where=sa.text("corrects IS NOT NULL"),
    )
    for column in ("ticket_id", "instruction_id", "unit_id", "merchant_id"):
        op.create_index(f"ix_inspections_{column}_id", "inspections", [column, "id"])


def _create_parts() -> None:
    op.create_table(
        "inspection_answers",
        sa.Column("id", sa.BigInteger, sa.Identity(always=True), nullable=False),
        sa.Column("inspection_id", sa.BigInteger, nullable=False),
        sa.Column("item", sa.Integer, nullable=False),
        sa.Column("result", sa.Text, nullable=False),
        sa.Column("note", sa.Text),
        sa.Column("no_evidence_reason", sa.Text),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("answered_at", MOMENT, nullable=False),
        sa.Column("answered_by", sa.BigInteger, nullable=False),
        sa.Column("recorded_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_inspection_answers"),
        _refers("inspection_answers", "inspection_id", "inspections"),
        _refers("inspection_answers", "answered_by", "users"),
        sa.UniqueConstraint("inspection_id", "key", name="uq_inspection_answers_inspection_id_key"),
    )
    op.create_table(
        "inspection_attachments",
        sa.Column("id", sa.BigInteger, sa.Identity(always=True), nullable=False),
        sa.Column("inspection_id", sa.BigInteger, nullable=False),
        sa.Column("item", sa.Integer, nullable=False),
        sa.Column("sha256", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("attached_at", MOMENT, nullable=False),
        sa.Column("attached_by", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_inspection_attachments"),
        _refers("inspection_attachments", "inspection_id", "inspections"),
        sa.ForeignKeyConstraint(["sha256"], ["kept_files.sha256"], name="fk_inspection_attachments_sha256"),
        _refers("inspection_attachments", "attached_by", "users"),
        sa.UniqueConstraint(
            "inspection_id", "item", "sha256", name="uq_inspection_attachments_inspection_id_item_sha256"
        ),
    )
    op.create_index("ix_inspection_attachments_sha256", "inspection_attachments", ["sha256"])
