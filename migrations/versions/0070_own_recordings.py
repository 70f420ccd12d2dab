"""A broadcast plays a recording of our own, or speaks a text; the codes of thresholds are a closed list."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0070"
down_revision = "0069"
branch_labels = None
depends_on = None

MOMENT = sa.TIMESTAMP(timezone=True)
CODES = (
    *("many_ill", "health_goods", "health_problems", "farm_goods", "shoddy_problems", "group_people", "group_within"),
    *("often_complaints", "often_within", "same_within", "same_likeness", "reopened_within", "late_entry"),
    *("ring_rounds", "ring_round_apart", "case_officers"),
)


def upgrade() -> None:
    op.create_table(
        "broadcast_recordings",
        sa.Column("id", sa.BigInteger, sa.Identity(always=True), nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("sha256", sa.Text, nullable=False),
        sa.Column("duration", sa.Interval, nullable=False),
        sa.Column("wav", sa.LargeBinary, nullable=False),
        sa.Column("added_by", sa.BigInteger, nullable=False),
        sa.Column("added_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_broadcast_recordings"),
        sa.UniqueConstraint("sha256", name="uq_broadcast_recordings_sha256"),
        sa.ForeignKeyConstraint(["added_by"], ["users.id"], name="fk_broadcast_recordings_added_by_users"),
    )
    op.add_column("broadcasts", sa.Column("recording_id", sa.BigInteger))
    op.create_foreign_key(
        "fk_broadcasts_recording_id_broadcast_recordings",
        "broadcasts",
        "broadcast_recordings",
        ["recording_id"],
        ["id"],
    )
    op.create_index("ix_broadcasts_recording_id", "broadcasts", ["recording_id"])
    op.alter_column("broadcasts", "spoken_text", nullable=True)
    op.create_check_constraint(
        "ck_broadcasts_text_or_recording", "broadcasts", "(spoken_text IS NULL) <> (recording_id IS NULL)"
    )
    op.create_check_constraint("ck_thresholds_known_code", "thresholds", f"code IN {CODES}")


def downgrade() -> None:
    op.drop_constraint("ck_thresholds_known_code", "thresholds")
    op.drop_constraint("ck_broadcasts_text_or_recording", "broadcasts")
    # what was played is not text, and the name of its file says more than nothing
    op.execute(
        "UPDATE broadcasts SET spoken_text = broadcast_recordings.name FROM broadcast_recordings"
        " WHERE broadcast_recordings.id = broadcasts.recording_id"
    )
    op.alter_column("broadcasts", "spoken_text", nullable=False)
    op.drop_index("ix_broadcasts_recording_id", "broadcasts")
    op.drop_column("broadcasts", "recording_id")
    op.drop_table("broadcast_recordings")
