"""Who named a promised time and what stood there before, claims an agent may hold, and numbers that were rung."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

MOMENT = sa.TIMESTAMP(timezone=True)


def upgrade() -> None:
    for column in _promise_columns():
        op.add_column("episode_promises", column)
    op.execute("UPDATE episode_promises SET named_by = 'agent', opens_hours = false")
    for name in ("named_by", "opens_hours"):
        op.alter_column("episode_promises", name, nullable=False)
    op.create_table(
        "promise_changes",
        sa.Column("id", sa.BigInteger, sa.Identity(always=True), nullable=False),
        sa.Column("episode_id", sa.BigInteger, nullable=False),
        sa.Column("replaced_at", MOMENT),
        sa.Column("promised_at", MOMENT, nullable=False),
        sa.Column("set_by", sa.BigInteger, nullable=False),
        sa.Column("set_at", MOMENT, nullable=False),
        sa.Column("named_by", sa.Text, nullable=False),
        sa.Column("named_in_pbx", sa.Text),
        sa.Column("named_in_call_id", sa.Text),
        sa.Column("opens_hours", sa.Boolean, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_promise_changes"),
        sa.ForeignKeyConstraint(["set_by"], ["users.id"], name="fk_promise_changes_set_by"),
    )
    op.create_index("ix_promise_changes_episode_id", "promise_changes", ["episode_id"])
    op.execute(
        """
        INSERT INTO promise_changes (episode_id, promised_at, set_by, set_at, named_by, opens_hours)
        SELECT episode_id, promised_at, set_by, set_at, named_by, opens_hours FROM episode_promises
        """
    )
    op.add_column("episode_claims", sa.Column("slot", sa.Integer, nullable=False, server_default="0"))
    op.alter_column("episode_claims", "slot", server_default=None)
    op.execute(
        """
        UPDATE episode_claims SET slot = held.slot
          FROM (SELECT id, row_number() OVER (PARTITION BY user_id ORDER BY id) AS slot
                  FROM episode_claims WHERE ended_at IS NULL) AS held
         WHERE held.id = episode_claims.id
        """
    )
    op.create_index(
        "uq_episode_claims_slot",
        "episode_claims",
        ["user_id", "slot"],
        unique=True,
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_table(
        "outgoing_legs",
        sa.Column("id", sa.BigInteger, sa.Identity(always=True), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("user_id", sa.BigInteger, nullable=False),
        sa.Column("number", sa.Text, nullable=False),
        sa.Column("occasion", sa.Text, nullable=False),
        sa.Column("ground", sa.Text, nullable=False),
        sa.Column("episode_id", sa.BigInteger),
        sa.Column("call_id", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_outgoing_legs"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_outgoing_legs_user_id"),
    )
    op.create_index("ix_outgoing_legs_user_id_at", "outgoing_legs", ["user_id", "at"])
    op.create_index("ix_outgoing_legs_number_at", "outgoing_legs", ["number", "at"])


def _promise_columns() -> list[sa.Column[str] | sa.Column[bool]]:
    return [
        sa.Column("named_by", sa.Text),
        sa.Column("named_in_pbx", sa.Text),
        sa.Column("named_in_call_id", sa.Text),
        sa.Column("opens_hours", sa.Boolean),
    ]


def downgrade() -> None:
    op.drop_table("outgoing_legs")
    op.drop_index("uq_episode_claims_slot", "episode_claims")
    op.drop_column("episode_claims", "slot")
    op.drop_table("promise_changes")
    for column in _promise_columns():
        op.drop_column("episode_promises", column.name)
