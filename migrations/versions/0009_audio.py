"""Sound files of calls: what is kept, who listened, legal holds and deletion certificates."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

MOMENT = sa.TIMESTAMP(timezone=True)


def upgrade() -> None:
    op.create_table(
        "audio_due",
        sa.Column("purpose", sa.Text, nullable=False),
        sa.Column("pbx", sa.Text, nullable=False),
        sa.Column("call_id", sa.Text, nullable=False),
        sa.Column("look_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("purpose", "pbx", "call_id", name="pk_audio_due"),
    )
    op.create_index("ix_audio_due_purpose_pbx_look_at", "audio_due", ["purpose", "pbx", "look_at"])
    op.create_table(
        "deletion_certificates",
        sa.Column("id", sa.BigInteger, sa.Identity(always=True), nullable=False),
        sa.Column("certificate", JSONB, nullable=False),
        sa.Column("previous_sha256", sa.Text),
        sa.Column("sha256", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_deletion_certificates"),
    )
    op.create_table(
        "audio_files",
        sa.Column("id", sa.BigInteger, sa.Identity(always=True), nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("pbx", sa.Text, nullable=False),
        sa.Column("call_id", sa.Text, nullable=False),
        sa.Column("path", sa.Text, nullable=False),
        sa.Column("sha256", sa.Text, nullable=False),
        sa.Column("size", sa.BigInteger, nullable=False),
        sa.Column("duration", sa.Interval, nullable=False),
        sa.Column("is_silent", sa.Boolean, nullable=False),
        sa.Column("is_mended", sa.Boolean, nullable=False),
        sa.Column("mailbox", sa.Text),
        sa.Column("started_at", MOMENT, nullable=False),
        sa.Column("notice_at", MOMENT),
        sa.Column("taken_in_at", MOMENT, nullable=False),
        sa.Column("original", sa.Text),
        sa.Column("certificate_id", sa.BigInteger),
        sa.Column("removed_at", MOMENT),
        sa.PrimaryKeyConstraint("id", name="pk_audio_files"),
        sa.UniqueConstraint("pbx", "call_id", "path", name="uq_audio_files_pbx_call_id_path"),
        sa.ForeignKeyConstraint(["certificate_id"], ["deletion_certificates.id"], name="fk_audio_files_certificate_id"),
    )
    op.create_index(
        "ix_audio_files_kept", "audio_files", ["started_at", "id"], postgresql_where=sa.text("certificate_id IS NULL")
    )
    op.create_index(
        "ix_audio_files_to_remove",
        "audio_files",
        ["id"],
        postgresql_where=sa.text("original IS NOT NULL OR (certificate_id IS NOT NULL AND removed_at IS NULL)"),
    )
    op.create_index("ix_audio_files_certificate_id", "audio_files", ["certificate_id"])
    op.create_table(
        "audio_missing",
        sa.Column("purpose", sa.Text, nullable=False),
        sa.Column("pbx", sa.Text, nullable=False),
        sa.Column("call_id", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("noted_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("purpose", "pbx", "call_id", name="pk_audio_missing"),
    )
    op.create_table(
        "audio_listenings",
        sa.Column("id", sa.BigInteger, sa.Identity(always=True), nullable=False),
        sa.Column("file_id", sa.BigInteger, nullable=False),
        sa.Column("user_id", sa.BigInteger, nullable=False),
        sa.Column("is_download", sa.Boolean, nullable=False),
        sa.Column("reason", sa.Text),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("first_byte", sa.BigInteger, nullable=False),
        sa.Column("bytes_asked", sa.BigInteger, nullable=False),
        sa.Column("bytes_sent", sa.BigInteger),
        sa.PrimaryKeyConstraint("id", name="pk_audio_listenings"),
        sa.ForeignKeyConstraint(["file_id"], ["audio_files.id"], name="fk_audio_listenings_file_id"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_audio_listenings_user_id"),
    )
    op.create_index("ix_audio_listenings_file_id", "audio_listenings", ["file_id"])
    op.create_table(
        "legal_holds",
        sa.Column("id", sa.BigInteger, sa.Identity(always=True), nullable=False),
        sa.Column("pbx", sa.Text, nullable=False),
        sa.Column("call_id", sa.Text, nullable=False),
        sa.Column("placed_at", MOMENT, nullable=False),
        sa.Column("placed_by", sa.BigInteger, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("released_at", MOMENT),
        sa.Column("released_by", sa.BigInteger),
        sa.Column("release_reason", sa.Text),
        sa.PrimaryKeyConstraint("id", name="pk_legal_holds"),
        sa.ForeignKeyConstraint(["placed_by"], ["users.id"], name="fk_legal_holds_placed_by"),
        sa.ForeignKeyConstraint(["released_by"], ["users.id"], name="fk_legal_holds_released_by"),
    )
    op.create_index(
        "uq_legal_holds_open",
        "legal_holds",
        ["pbx", "call_id"],
        unique=True,
        postgresql_where=sa.text("released_at IS NULL"),
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


def downgrade() -> None:
    op.execute("DROP TRIGGER note_audio_due ON calls")
    op.execute("DROP FUNCTION note_audio_due()")
    for table in (
        "legal_holds",
        "audio_listenings",
        "audio_missing",
        "audio_files",
        "deletion_certificates",
        "audio_due",
    ):
        op.drop_table(table)
