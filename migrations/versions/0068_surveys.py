"""Surveys: frames and answers that nobody changes, draws, and the dials to those who were drawn."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0068"
down_revision = "0067"
branch_labels = None
depends_on = None

MOMENT = sa.TIMESTAMP(timezone=True)
TABLES = ("survey_answers", "survey_samples", "survey_frame", "surveys")
FROZEN = ("survey_answers", "survey_frame")
DRAWN_STAYS = """
CREATE FUNCTION refuse_change_of_survey() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN
  IF TG_OP = 'DELETE' OR OLD.state = 'closed' OR NEW.frame_sha256 <> OLD.frame_sha256
     OR NEW.snapshot_id <> OLD.snapshot_id OR NEW.exclusions <> OLD.exclusions
     OR NEW.seed IS DISTINCT FROM COALESCE(OLD.seed, NEW.seed) THEN
    RAISE EXCEPTION 'a frame, a seed and a survey that is closed stay as they are';
  END IF;
  RETURN NEW;
END $$
"""


def upgrade() -> None:
    _create_surveys()
    _create_draws()
    op.add_column("dials", sa.Column("survey_sample_id", sa.BigInteger))
    op.create_index(
        "ix_dials_survey_sample_id",
        "dials",
        ["survey_sample_id"],
        postgresql_where=sa.text("survey_sample_id IS NOT NULL"),
    )
    op.execute(DRAWN_STAYS)
    op.execute(
        "CREATE TRIGGER drawn_stays BEFORE UPDATE OR DELETE ON surveys"
        " FOR EACH ROW EXECUTE FUNCTION refuse_change_of_survey()"
    )
    for table in FROZEN:
        op.execute(
            f"CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON {table}"
            " FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        )


def downgrade() -> None:
    op.drop_index("ix_dials_survey_sample_id", "dials")
    op.drop_column("dials", "survey_sample_id")
    for table in TABLES:
        op.drop_table(table)
    op.execute("DROP FUNCTION refuse_change_of_survey()")


def _refers(table: str, column: str, to: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{to}.id"], name=f"fk_{table}_{column}")


def _create_surveys() -> None:
    op.create_table(
        "surveys",
        sa.Column("id", sa.BigInteger, sa.Identity(always=True), nullable=False),
        sa.Column("snapshot_id", sa.BigInteger, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("share", sa.Numeric),
        sa.Column("margin", sa.Numeric),
        sa.Column("frame_sha256", sa.Text, nullable=False),
        sa.Column("exclusions", JSONB, nullable=False),
        sa.Column("frozen_at", MOMENT, nullable=False),
        sa.Column("frozen_by", sa.BigInteger),
        sa.Column("sheet_sha256", sa.Text),
        sa.Column("seed", sa.Text),
        sa.Column("drawn_at", MOMENT),
        sa.Column("drawn_by", sa.BigInteger),
        sa.Column("closed_at", MOMENT),
        sa.Column("closed_by", sa.BigInteger),
        sa.Column("figures", JSONB),
        sa.PrimaryKeyConstraint("id", name="pk_surveys"),
        sa.UniqueConstraint("snapshot_id", name="uq_surveys_snapshot_id"),
        _refers("surveys", "snapshot_id", "snapshots"),
        *(_refers("surveys", column, "users") for column in ("frozen_by", "drawn_by", "closed_by")),
        sa.CheckConstraint("num_nulls(share, margin) = 1", name="ck_surveys_share_or_margin"),
        sa.CheckConstraint("state = 'frozen' OR seed IS NOT NULL", name="ck_surveys_drawn_by_a_seed"),
        sa.CheckConstraint("state <> 'closed' OR figures IS NOT NULL", name="ck_surveys_closed_with_figures"),
    )
    op.create_table(
        "survey_frame",
        sa.Column("survey_id", sa.BigInteger, nullable=False),
        sa.Column("number", sa.Text, nullable=False),
        sa.Column("unit_id", sa.BigInteger),
        sa.Column("is_settled", sa.Boolean, nullable=False),
        sa.Column("person", sa.Text),
        sa.PrimaryKeyConstraint("survey_id", "number", name="pk_survey_frame"),
        _refers("survey_frame", "survey_id", "surveys"),
    )
    op.create_index("ix_survey_frame_person", "survey_frame", ["person"])


def _create_draws() -> None:
    op.create_table(
        "survey_samples",
        sa.Column("id", sa.BigInteger, sa.Identity(always=True), nullable=False),
        sa.Column("survey_id", sa.BigInteger, nullable=False),
        sa.Column("number", sa.Text, nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("is_reserve", sa.Boolean, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("opened_at", MOMENT),
        sa.Column("ended", sa.Text),
        sa.Column("reason", sa.Text),
        sa.Column("ended_at", MOMENT),
        sa.Column("ended_by", sa.BigInteger),
        sa.PrimaryKeyConstraint("id", name="pk_survey_samples"),
        sa.UniqueConstraint("survey_id", "number", name="uq_survey_samples_survey_id_number"),
        sa.ForeignKeyConstraint(
            ["survey_id", "number"],
            ["survey_frame.survey_id", "survey_frame.number"],
            name="fk_survey_samples_survey_id_number",
        ),
        _refers("survey_samples", "ended_by", "users"),
        sa.CheckConstraint(
            "state <> 'excluded' OR reason IS NOT NULL", name="ck_survey_samples_excluded_with_a_reason"
        ),
    )
    op.create_index("ix_survey_samples_survey_id_state_id", "survey_samples", ["survey_id", "state", "id"])
    op.create_table(
        "survey_answers",
        sa.Column("sample_id", sa.BigInteger, nullable=False),
        sa.Column("attitude", sa.Integer),
        sa.Column("result", sa.Integer),
        sa.Column("is_solved", sa.Boolean),
        sa.Column("is_kept", sa.Boolean),
        sa.Column("suggestion", sa.Text),
        sa.Column("wants_call_back", sa.Boolean, nullable=False),
        sa.Column("surveyor_id", sa.BigInteger, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("dial_id", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("sample_id", name="pk_survey_answers"),
        _refers("survey_answers", "sample_id", "survey_samples"),
        _refers("survey_answers", "surveyor_id", "users"),
        _refers("survey_answers", "dial_id", "dials"),
        sa.CheckConstraint("attitude BETWEEN 1 AND 5", name="ck_survey_answers_attitude_is_a_mark"),
        sa.CheckConstraint("result BETWEEN 1 AND 5", name="ck_survey_answers_result_is_a_mark"),
    )
