"""Agents: their skills, where they sit, and how long each seat was in which state."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

MOMENT = sa.TIMESTAMP(timezone=True)


def upgrade() -> None:
    op.create_table(
        "agent_skills",
        sa.Column("user_id", sa.BigInteger, nullable=False),
        sa.Column("queue", sa.Text, nullable=False),
        sa.Column("penalty", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("user_id", "queue", name="pk_agent_skills"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_agent_skills_user_id"),
    )
    op.create_table(
        "agent_sign_ons",
        sa.Column("id", sa.BigInteger, sa.Identity(always=True), nullable=False),
        sa.Column("user_id", sa.BigInteger, nullable=False),
        sa.Column("pbx", sa.Text, nullable=False),
        sa.Column("interface", sa.Text, nullable=False),
        sa.Column("signed_on_at", MOMENT, nullable=False),
        sa.Column("signed_off_at", MOMENT),
        sa.Column("ended_by", sa.Text),
        sa.PrimaryKeyConstraint("id", name="pk_agent_sign_ons"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_agent_sign_ons_user_id"),
    )
    is_on = sa.text("signed_off_at IS NULL")
    op.create_index("uq_agent_sign_ons_user", "agent_sign_ons", ["user_id"], unique=True, postgresql_where=is_on)
    op.create_index(
        "uq_agent_sign_ons_seat", "agent_sign_ons", ["pbx", "interface"], unique=True, postgresql_where=is_on
    )
    op.create_table(
        "agent_states",
        sa.Column("id", sa.BigInteger, sa.Identity(always=True), nullable=False),
        sa.Column("pbx", sa.Text, nullable=False),
        sa.Column("interface", sa.Text, nullable=False),
        sa.Column("user_id", sa.BigInteger),
        sa.Column("member_name", sa.Text, nullable=False),
        sa.Column("queues", ARRAY(sa.Text), nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("reason", sa.Text),
        sa.Column("from_at", MOMENT, nullable=False),
        sa.Column("to_at", MOMENT),
        sa.PrimaryKeyConstraint("id", name="pk_agent_states"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_agent_states_user_id"),
    )
    op.create_index(
        "uq_agent_states_present",
        "agent_states",
        ["pbx", "interface"],
        unique=True,
        postgresql_where=sa.text("to_at IS NULL"),
    )
    op.create_index("ix_agent_states_from_at", "agent_states", ["from_at"])
    op.create_index("ix_agent_states_user_id_from_at", "agent_states", ["user_id", "from_at"])


def downgrade() -> None:
    for table in ("agent_states", "agent_sign_ons", "agent_skills"):
        op.drop_table(table)
