"""Tables of sound files: what is kept, who listened, what must stay, and what was deleted."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Identity, Index, Interval, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from callcenter.postgres.database import Base


class DeletionCertificate(Base):
    """Which files were deleted by which rule; `sha256` covers that and the certificate before. Never changed."""

    __tablename__ = "deletion_certificates"

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    certificate: Mapped[dict[str, Any]] = mapped_column(JSONB)
    previous_sha256: Mapped[str | None] = mapped_column(Text)
    sha256: Mapped[str] = mapped_column(Text)


class AudioFile(Base):
    """One file of one call, as it was when it was taken in; the row stays when the file has been deleted.

    `path` is relative to the folder of its purpose. `notice_at` is when the recording had been announced to the
    customer, None where the PBX announced nothing. `original` is the PBX's own copy of a message, until that is
    removed.
    """

    __tablename__ = "audio_files"
    __table_args__ = (
        UniqueConstraint("pbx", "call_id", "path"),
        Index("ix_audio_files_kept", "started_at", "id", postgresql_where=text("certificate_id IS NULL")),
        Index(
            "ix_audio_files_to_remove",
            "id",
            postgresql_where=text("original IS NOT NULL OR (certificate_id IS NOT NULL AND removed_at IS NULL)"),
        ),
        Index(None, "certificate_id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    kind: Mapped[str] = mapped_column(Text)
    pbx: Mapped[str] = mapped_column(Text)
    call_id: Mapped[str] = mapped_column(Text)
    path: Mapped[str] = mapped_column(Text)
    sha256: Mapped[str] = mapped_column(Text)
    size: Mapped[int] = mapped_column(BigInteger)
    duration: Mapped[timedelta] = mapped_column(Interval)
    is_silent: Mapped[bool]
    is_mended: Mapped[bool]
    """Whether its writer died: the last two seconds may be missing."""
    mailbox: Mapped[str | None] = mapped_column(Text)
    started_at: Mapped[datetime]
    notice_at: Mapped[datetime | None]
    taken_in_at: Mapped[datetime]
    original: Mapped[str | None] = mapped_column(Text)
    refused_at: Mapped[datetime | None]
    """When somebody who can be heard in it refused to be recorded: only supervisors hear it."""
    certificate_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("deletion_certificates.id"))
    """Set before the file goes: from then on nobody hears it."""
    removed_at: Mapped[datetime | None]


class AudioMissing(Base):
    """A call that should have a file and has none, and why."""

    __tablename__ = "audio_missing"

    purpose: Mapped[str] = mapped_column(Text, primary_key=True)
    pbx: Mapped[str] = mapped_column(Text, primary_key=True)
    call_id: Mapped[str] = mapped_column(Text, primary_key=True)
    reason: Mapped[str] = mapped_column(Text)
    noted_at: Mapped[datetime]


class Listening(Base):
    """Somebody was given bytes of a file; `bytes_sent` is None until that has ended, or for ever if we died."""

    __tablename__ = "audio_listenings"

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    file_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("audio_files.id"), index=True)
    user_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("users.id"))
    is_download: Mapped[bool]
    reason: Mapped[str | None] = mapped_column(Text)
    at: Mapped[datetime]
    first_byte: Mapped[int] = mapped_column(BigInteger)
    bytes_asked: Mapped[int] = mapped_column(BigInteger)
    bytes_sent: Mapped[int | None] = mapped_column(BigInteger)


class LegalHold(Base):
    """No file of the call may be deleted until the hold is released. One at a time for a call; all are kept."""

    __tablename__ = "legal_holds"
    __table_args__ = (
        Index("uq_legal_holds_open", "pbx", "call_id", unique=True, postgresql_where=text("released_at IS NULL")),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    pbx: Mapped[str] = mapped_column(Text)
    call_id: Mapped[str] = mapped_column(Text)
    placed_at: Mapped[datetime]
    placed_by: Mapped[int] = mapped_column(BigInteger, ForeignKey("users.id"))
    reason: Mapped[str] = mapped_column(Text)
    released_at: Mapped[datetime | None]
    released_by: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("users.id"))
    release_reason: Mapped[str | None] = mapped_column(Text)
