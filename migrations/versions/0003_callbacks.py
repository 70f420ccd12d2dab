"""Callback episodes, decisions, frozen lists and day sheets, and the jobs that freeze them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

MOMENT = sa.TIMESTAMP(timezone=True)


def upgrade() -> None:
    op.create_table(
        "job_runs",
        sa.Column("job", sa.Text, nullable=False),
        sa.Column("business_date", sa.Date, nullable=False),
        sa.Column("leased_until", MOMENT),
        sa.Column("lease", sa.Text),
        sa.Column("done_at", MOMENT),
        sa.PrimaryKeyConstraint("job", "business_date", name="pk_job_runs"),
    )
    op.create_table(
        "episode_decisions",
        sa.Column("id", sa.BigInteger, sa.Identity(always=True), nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("decided_at", MOMENT, nullable=False),
        sa.Column("decided_by", sa.BigInteger, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("calls", JSONB, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_episode_decisions"),
        sa.ForeignKeyConstraint(["decided_by"], ["users.id"], name="fk_episode_decisions_decided_by"),
    )
    op.create_index("ix_episode_decisions_subject", "episode_decisions", ["subject"])
    op.create_table(
        "episodes",
        sa.Column("id", sa.BigInteger, sa.Identity(always=False), nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("caller_number", sa.Text),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("opened_at", MOMENT, nullable=False),
        sa.Column("last_lost_at", MOMENT, nullable=False),
        sa.Column("due_at", MOMENT),
        sa.Column("closed_at", MOMENT),
        sa.Column("closed_by_pbx", sa.Text),
        sa.Column("closed_by_call_id", sa.Text),
        sa.Column("decision_id", sa.BigInteger),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("first_attempt_at", MOMENT),
        sa.Column("has_message", sa.Boolean, nullable=False),
        sa.Column("tries_within_window", sa.Integer, nullable=False),
        sa.Column("longest_wait", sa.Interval, nullable=False),
        sa.Column("priority", ARRAY(sa.BigInteger), nullable=False),
        sa.Column("reopens", sa.BigInteger),
        sa.PrimaryKeyConstraint("id", name="pk_episodes"),
        sa.ForeignKeyConstraint(["decision_id"], ["episode_decisions.id"], name="fk_episodes_decision_id"),
    )
    op.create_index("ix_episodes_subject", "episodes", ["subject"])
    op.create_index("ix_episodes_open", "episodes", ["priority", "id"], postgresql_where=sa.text("closed_at IS NULL"))
    op.create_table(
        "episode_calls",
        sa.Column("pbx", sa.Text, nullable=False),
        sa.Column("call_id", sa.Text, nullable=False),
        sa.Column("episode_id", sa.BigInteger, nullable=False),
        sa.Column("business_date", sa.Date, nullable=False),
        sa.PrimaryKeyConstraint("pbx", "call_id", name="pk_episode_calls"),
        sa.ForeignKeyConstraint(["episode_id"], ["episodes.id"], name="fk_episode_calls_episode_id"),
    )
    op.create_index("ix_episode_calls_episode_id", "episode_calls", ["episode_id"])
    op.create_index("ix_episode_calls_business_date_episode_id", "episode_calls", ["business_date", "episode_id"])
    op.create_table(
        "callback_lists",
        sa.Column("business_date", sa.Date, nullable=False),
        sa.Column("frozen_at", MOMENT, nullable=False),
        sa.Column("rows", JSONB, nullable=False),
        sa.Column("sha256", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("business_date", name="pk_callback_lists"),
    )
    op.create_table(
        "day_sheets",
        sa.Column("business_date", sa.Date, nullable=False),
        sa.Column("sheet", JSONB, nullable=False),
        sa.Column("previous_sha256", sa.Text),
        sa.Column("sha256", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("business_date", name="pk_day_sheets"),
    )
    op.create_table(
        "changed_calls",
        sa.Column("id", sa.BigInteger, sa.Identity(always=True), nullable=False),
        sa.Column("pbx", sa.Text, nullable=False),
        sa.Column("call_id", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_changed_calls"),
    )
    op.execute(
        """
        CREATE FUNCTION note_changed_call() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            INSERT INTO changed_calls (pbx, call_id) VALUES (NEW.pbx, NEW.call_id);
            RETURN NULL;
        END $$
        """
    )
    op.execute(
        """
        CREATE TRIGGER note_changed_call AFTER INSERT OR UPDATE ON calls
        FOR EACH ROW WHEN (NEW.outcome IS NOT NULL)
        EXECUTE FUNCTION note_changed_call()
        """
    )
    op.execute(
        """
        INSERT INTO changed_calls (pbx, call_id)
        SELECT pbx, call_id FROM calls WHERE outcome IS NOT NULL ORDER BY started_at
        """
    )


def downgrade() -> None:
    op.execute("DROP TRIGGER note_changed_call ON calls")
    op.execute("DROP FUNCTION note_changed_call()")
    for table in (
        "changed_calls",
        "day_sheets",
        "callback_lists",
        "episode_calls",
        "episodes",
        "episode_decisions",
        "job_runs",
    ):
        op.drop_table(table)
