"""One outbox of changes, written by the code that makes them, instead of three tables of which triggers filled two."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None

MOMENT = sa.TIMESTAMP(timezone=True)


def number(table: str) -> tuple[sa.Column[int], sa.PrimaryKeyConstraint]:
    column = sa.Column("id", sa.BigInteger, sa.Identity(always=True), nullable=False)
    return column, sa.PrimaryKeyConstraint("id", name=f"pk_{table}")


def upgrade() -> None:
    op.create_table(
        "outbox",
        sa.Column("consumer", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("id", sa.BigInteger, sa.Identity(always=True), nullable=False),
        sa.Column("pbx", sa.Text),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("subject", sa.Text),
        sa.Column("changed_at", MOMENT, nullable=False),
        sa.Column("changed_by", sa.BigInteger),
        sa.Column("due_at", MOMENT, nullable=False, server_default=sa.func.now()),
        sa.PrimaryKeyConstraint("consumer", "kind", "id", name="pk_outbox"),
        sa.ForeignKeyConstraint(["changed_by"], ["users.id"], name="fk_outbox_changed_by"),
    )
    op.execute(
        """
        INSERT INTO outbox (consumer, kind, pbx, key, subject, changed_at)
        SELECT consumer, 'call', pbx, call_id, customer_key, now() FROM changed_calls ORDER BY id
        """
    )
    op.execute(
        """
        INSERT INTO outbox (consumer, kind, key, changed_at, changed_by)
        SELECT consumer, 'calendar_day', business_date::text, changed_at, changed_by FROM changed_days ORDER BY id
        """
    )
    op.execute(
        """
        INSERT INTO outbox (consumer, kind, pbx, key, changed_at, due_at)
        SELECT CASE purpose WHEN 'message' THEN 'messages' ELSE 'recordings' END,
               CASE purpose WHEN 'message' THEN 'message_call' ELSE 'customer_call' END, pbx, call_id, now(), look_at
          FROM audio_due ORDER BY look_at
        """
    )
    op.create_index("ix_outbox_consumer_kind_subject", "outbox", ["consumer", "kind", "subject"])
    op.create_index("ix_outbox_consumer_kind_pbx_due_at", "outbox", ["consumer", "kind", "pbx", "due_at"])
    for name in ("note_changed_call", "note_audio_due"):
        op.execute(f"DROP TRIGGER {name} ON calls")
        op.execute(f"DROP FUNCTION {name}()")
    for table in ("changed_calls", "changed_days", "change_consumers", "audio_due"):
        op.drop_table(table)


def downgrade() -> None:
    _changes()
    _audio()
    op.drop_table("outbox")


def _changes() -> None:
    op.create_table(
        "change_consumers",
        sa.Column("name", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_change_consumers"),
    )
    op.execute("INSERT INTO change_consumers VALUES ('callbacks')")
    op.create_table(
        "changed_calls",
        *number("changed_calls"),
        sa.Column("pbx", sa.Text, nullable=False),
        sa.Column("call_id", sa.Text, nullable=False),
        sa.Column("consumer", sa.Text, nullable=False),
        sa.Column("customer_key", sa.Text),
    )
    op.create_index("ix_changed_calls_consumer_customer_key", "changed_calls", ["consumer", "customer_key"])
    op.create_index("ix_changed_calls_consumer_id", "changed_calls", ["consumer", "id"])
    op.execute(
        """
        INSERT INTO changed_calls (consumer, pbx, call_id, customer_key)
        SELECT consumer, pbx, key, subject FROM outbox WHERE kind = 'call' ORDER BY id
        """
    )
    op.create_table(
        "changed_days",
        *number("changed_days"),
        sa.Column("business_date", sa.Date, nullable=False),
        sa.Column("changed_by", sa.BigInteger),
        sa.Column("changed_at", MOMENT, nullable=False),
        sa.Column("consumer", sa.Text, nullable=False),
        sa.ForeignKeyConstraint(["changed_by"], ["users.id"], name="fk_changed_days_changed_by"),
    )
    op.execute(
        """
        INSERT INTO changed_days (consumer, business_date, changed_by, changed_at)
        SELECT consumer, key::date, changed_by, changed_at FROM outbox WHERE kind = 'calendar_day' ORDER BY id
        """
    )
    op.execute(
        """
        CREATE FUNCTION note_changed_call() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            INSERT INTO changed_calls (consumer, pbx, call_id, customer_key)
            SELECT name, NEW.pbx, NEW.call_id, NEW.customer_key FROM change_consumers;
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


def _audio() -> None:
    op.create_table(
        "audio_due",
        sa.Column("purpose", sa.Text, nullable=False),
        sa.Column("pbx", sa.Text, nullable=False),
        sa.Column("call_id", sa.Text, nullable=False),
        sa.Column("look_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("purpose", "pbx", "call_id", name="pk_audio_due"),
    )
    op.create_index("ix_audio_due_purpose_pbx_look_at", "audio_due", ["purpose", "pbx", "look_at"])
    op.execute(
        """
        INSERT INTO audio_due (purpose, pbx, call_id, look_at)
        SELECT CASE kind WHEN 'message_call' THEN 'message' ELSE 'recording' END, pbx, key, min(due_at)
          FROM outbox WHERE kind IN ('customer_call', 'message_call') GROUP BY kind, pbx, key
        """
    )
    op.execute(
        """
        CREATE FUNCTION note_audio_due() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            INSERT INTO audio_due (purpose, pbx, call_id, look_at) VALUES ('recording', NEW.pbx, NEW.call_id, now())
            ON CONFLICT (purpose, pbx, call_id) DO UPDATE SET look_at = excluded.look_at;
            IF NEW.outcome = 'voicemail' THEN
                INSERT INTO audio_due (purpose, pbx, call_id, look_at) VALUES ('message', NEW.pbx, NEW.call_id, now())
                ON CONFLICT (purpose, pbx, call_id) DO UPDATE SET look_at = excluded.look_at;
            END IF;
            RETURN NULL;
        END $$
        """
    )
    op.execute(
        """
        CREATE TRIGGER note_audio_due AFTER INSERT OR UPDATE ON calls
        FOR EACH ROW WHEN (NEW.outcome IS NOT NULL AND NEW.direction <> 'internal')
        EXECUTE FUNCTION note_audio_due()
        """
    )
