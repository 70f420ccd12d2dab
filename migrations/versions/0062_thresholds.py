"""Numbers and lists by which matters are judged and that no law gives: dated, with who says so."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

revision = "0062"
down_revision = "0059"
branch_labels = None
depends_on = None

MOMENT = sa.TIMESTAMP(timezone=True)
BEGIN = datetime(2026, 1, 1, tzinfo=timezone(timedelta(hours=8)))
PROPOSED, UNCHECKED = "proposed", "unchecked"
OURS = "proposed, until the office decides"
ROWS = (
    ("many_ill", 3, PROPOSED, OURS),
    ("health_goods", ["cosmetic", "drug", "general_food", "medical_device", "special_food"], PROPOSED, OURS),
    ("health_problems", ["food_safety", "safety"], PROPOSED, OURS),
    ("farm_goods", ["farm_supplies"], PROPOSED, "proposed: Consumer Law Art. 62 counts farm supplies as consumption"),
    ("shoddy_problems", ["counterfeit", "false_publicity", "quality"], PROPOSED, OURS),
    ("group_people", 5, PROPOSED, OURS),
    ("group_within", 30, PROPOSED, OURS),
    ("often_complaints", 10, PROPOSED, OURS),
    ("often_within", 90, PROPOSED, OURS),
    ("same_within", 60, PROPOSED, OURS),
    ("same_likeness", 0.5, PROPOSED, OURS),
    ("reopened_within", 30, PROPOSED, OURS),
    ("late_entry", 120, PROPOSED, OURS),
    ("ring_rounds", 2, PROPOSED, OURS),
    ("ring_round_apart", 10, PROPOSED, OURS),
    ("case_officers", 2, UNCHECKED, "general knowledge: two officers at least handle a case; nobody has checked it"),
)


def upgrade() -> None:
    thresholds = op.create_table(
        "thresholds",
        sa.Column("code", sa.Text, nullable=False),
        sa.Column("valid_from", MOMENT, nullable=False),
        sa.Column("number", sa.Numeric),
        sa.Column("names", ARRAY(sa.Text)),
        sa.Column("certainty", sa.Text, nullable=False),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("added_by", sa.BigInteger),
        sa.Column("added_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("code", "valid_from", name="pk_thresholds"),
        sa.ForeignKeyConstraint(["added_by"], ["users.id"], name="fk_thresholds_added_by_users"),
        sa.CheckConstraint("(number IS NULL) <> (names IS NULL)", name="ck_thresholds_number_or_names"),
    )
    op.bulk_insert(
        thresholds,
        [
            {
                "code": code,
                "valid_from": BEGIN,
                "number": None if isinstance(value, list) else value,
                "names": value if isinstance(value, list) else None,
                "certainty": certainty,
                "source": source,
                "added_by": None,
                "added_at": BEGIN,
            }
            for code, value, certainty, source in ROWS
        ],
    )
    op.execute(
        "CREATE TRIGGER thresholds_only_added BEFORE UPDATE OR DELETE ON thresholds"
        " FOR EACH ROW EXECUTE FUNCTION refuse_change()"
    )


def downgrade() -> None:
    op.drop_table("thresholds")
