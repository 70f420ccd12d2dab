"""Changes are noted for each consumer; what a lost call adds to its episode; emergencies and attempts that count."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0015"
branch_labels = None
depends_on = None

MOMENT = sa.TIMESTAMP(timezone=True)
IS_OPEN = sa.text("closed_at IS NULL")
CONSUMER = "callbacks"


def upgrade() -> None:
    op.create_table(
        "change_consumers",
        sa.Column("name", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_change_consumers"),
    )
    op.execute(sa.text("INSERT INTO change_consumers VALUES (:name)").bindparams(name=CONSUMER))
    for table in ("changed_calls", "changed_days"):
        op.add_column(table, sa.Column("consumer", sa.Text, nullable=False, server_default=CONSUMER))
        op.alter_column(table, "consumer", server_default=None)
    op.add_column("changed_calls", sa.Column("customer_key", sa.Text))
    op.create_index("ix_changed_calls_consumer_customer_key", "changed_calls", ["consumer", "customer_key"])
    op.create_index("ix_changed_calls_consumer_id", "changed_calls", ["consumer", "id"])
    _note_changes_by(
        """
        INSERT INTO changed_calls (consumer, pbx, call_id, customer_key)
        SELECT name, NEW.pbx, NEW.call_id, NEW.customer_key FROM change_consumers
        """
    )
    op.create_index(
        "ix_calls_to_customer",
        "calls",
        ["customer_key", "started_at"],
        postgresql_where=sa.text("direction = 'outbound'"),
    )
    _episodes()


def _episodes() -> None:
    op.add_column("episodes", sa.Column("is_emergency", sa.Boolean, nullable=False, server_default=sa.false()))
    op.alter_column("episodes", "is_emergency", server_default=None)
    op.add_column("episodes", sa.Column("attempts_counted", sa.Integer, nullable=False, server_default="0"))
    op.alter_column("episodes", "attempts_counted", server_default=None)
    op.create_index("ix_episodes_open_subject", "episodes", ["subject"], postgresql_where=IS_OPEN)
    for column in (
        sa.Column("started_at", MOMENT),
        sa.Column("lost_at", MOMENT),
        sa.Column("wait", sa.Interval),
        sa.Column("outcome", sa.Text),
        sa.Column("has_message", sa.Boolean),
    ):
        op.add_column("episode_calls", column)
    op.drop_index("ix_episode_calls_episode_id", "episode_calls")
    op.create_index("ix_episode_calls_episode_id_lost_at", "episode_calls", ["episode_id", "lost_at"])
    op.create_index("ix_episode_calls_episode_id_started_at", "episode_calls", ["episode_id", "started_at"])
    # whoever waits is looked at again, by the rules of this version
    op.execute(
        """
        INSERT INTO changed_calls (consumer, pbx, call_id, customer_key)
        SELECT name, pbx, call_id, customer_key
          FROM change_consumers, episodes JOIN episode_calls ON episode_id = episodes.id JOIN calls USING (pbx, call_id)
         WHERE closed_at IS NULL
        """
    )


def downgrade() -> None:
    op.drop_index("ix_episode_calls_episode_id_started_at", "episode_calls")
    op.drop_index("ix_episode_calls_episode_id_lost_at", "episode_calls")
    op.create_index("ix_episode_calls_episode_id", "episode_calls", ["episode_id"])
    for column in ("started_at", "lost_at", "wait", "outcome", "has_message"):
        op.drop_column("episode_calls", column)
    op.drop_index("ix_episodes_open_subject", "episodes")
    op.drop_column("episodes", "attempts_counted")
    op.drop_column("episodes", "is_emergency")
    op.drop_index("ix_calls_to_customer", "calls")
    _note_changes_by("INSERT INTO changed_calls (pbx, call_id) VALUES (NEW.pbx, NEW.call_id)")
    op.drop_index("ix_changed_calls_consumer_id", "changed_calls")
    op.drop_index("ix_changed_calls_consumer_customer_key", "changed_calls")
    op.drop_column("changed_calls", "customer_key")
    for table in ("changed_calls", "changed_days"):
        op.drop_column(table, "consumer")
    op.drop_table("change_consumers")


def _note_changes_by(insertion: str) -> None:
    op.execute(
        f"""
        CREATE OR REPLACE FUNCTION note_changed_call() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            {insertion};
            RETURN NULL;
        END $$
        """
    )
