"""Recordings of mediations are sound files like all others: their rows move into `audio_files`."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

MOMENT = sa.TIMESTAMP(timezone=True)


def upgrade() -> None:
    op.add_column("audio_files", sa.Column("refused_at", MOMENT))
    # A leg's file held what the leg heard as well, and no refusal stopped any: whoever refused is in every file.
    # What was not whole had no duration; whether a file was silent was not looked at.
    op.execute(
        """
        INSERT INTO audio_files (kind, pbx, call_id, path, sha256, size, duration, is_silent, is_mended, started_at,
                                 taken_in_at, refused_at)
        SELECT CASE WHEN split_part(recording.file, '/', 2) = 'room.wav' THEN 'room' ELSE 'leg' END,
               mediation.pbx,
               coalesce(mediation.call_id, host.uniqueid, ''),
               recording.file, recording.sha256, recording.size_bytes, coalesce(recording.duration, interval '0'),
               false, false,
               coalesce(leg.joined_at, mediation.opened_at, mediation.created_at),
               recording.stored_at,
               (SELECT min(at) FROM mediation_events AS event
                 WHERE event.mediation_id = mediation.id AND event.what = 'consent' AND event.detail LIKE '%,no')
          FROM mediation_recordings AS recording
          JOIN mediations AS mediation ON mediation.id = recording.mediation_id
          LEFT JOIN mediation_legs AS host ON host.mediation_id = mediation.id AND host.role = 'host'
          LEFT JOIN mediation_legs AS leg ON leg.id = recording.leg_id
         ORDER BY recording.id
        """
    )
    op.drop_table("mediation_recordings")


def downgrade() -> None:
    op.create_table(
        "mediation_recordings",
        sa.Column("id", sa.BigInteger, sa.Identity(always=True), nullable=False),
        sa.Column("mediation_id", sa.BigInteger, nullable=False),
        sa.Column("leg_id", sa.BigInteger),
        sa.Column("file", sa.Text, nullable=False),
        sa.Column("sha256", sa.Text, nullable=False),
        sa.Column("size_bytes", sa.BigInteger, nullable=False),
        sa.Column("duration", sa.Interval),
        sa.Column("stored_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_mediation_recordings"),
        sa.ForeignKeyConstraint(["mediation_id"], ["mediations.id"], name="fk_mediation_recordings_mediation_id"),
        sa.ForeignKeyConstraint(["leg_id"], ["mediation_legs.id"], name="fk_mediation_recordings_leg_id"),
        sa.UniqueConstraint("mediation_id", "file", name="uq_mediation_recordings_mediation_id_file"),
    )
    # The old table knows of no listening and no deletion; certificates stay as they are.
    op.execute(
        """
        INSERT INTO mediation_recordings (mediation_id, leg_id, file, sha256, size_bytes, duration, stored_at)
        SELECT mediation.id, leg.id, file.path, file.sha256, file.size, nullif(file.duration, interval '0'),
               file.taken_in_at
          FROM audio_files AS file
          JOIN mediations AS mediation
            ON mediation.pbx = file.pbx AND CAST(mediation.id AS text) = split_part(file.path, '/', 1)
          LEFT JOIN mediation_legs AS leg
            ON leg.mediation_id = mediation.id AND leg.uniqueid || '.wav' = split_part(file.path, '/', 2)
         WHERE file.kind IN ('room', 'leg')
         ORDER BY file.id
        """
    )
    op.execute(
        "DELETE FROM audio_listenings USING audio_files AS file"
        " WHERE file.id = audio_listenings.file_id AND file.kind IN ('room', 'leg')"
    )
    op.execute("DELETE FROM audio_files WHERE kind IN ('room', 'leg')")
    op.drop_column("audio_files", "refused_at")
