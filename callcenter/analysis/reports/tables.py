"""Tables of reports: each version of one, and what was done with it. A version that was released never changes."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Identity, Integer, Text, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from callcenter.postgres.database import Base


class ReportRow(Base):
    """A report on a snapshot: its n-th edition. `version` grows with every change of the row."""

    __tablename__ = "reports"
    __table_args__ = (
        UniqueConstraint("snapshot_id", "edition"),
        CheckConstraint(
            "state <> 'released' OR (released_by IS NOT NULL AND released_at IS NOT NULL AND pdf_sha256 IS NOT NULL)",
            name="released_with_its_signature",
        ),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    snapshot_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("snapshots.id"))
    edition: Mapped[int] = mapped_column(Integer)
    version: Mapped[int] = mapped_column(Integer)
    state: Mapped[str] = mapped_column(Text)
    frozen: Mapped[dict[str, Any]] = mapped_column(JSONB)
    """What it is made of beside the rows of snapshots: `frozen.py`."""
    paragraphs: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    """Of each section that is written: `section`, `text` (null for none), `author` (id), `at`."""
    checks: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    """What the check said when it was submitted."""
    reason: Mapped[str | None] = mapped_column(Text)
    """Why the edition before was corrected."""
    drafted_by: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("users.id"))
    """None for the job."""
    drafted_at: Mapped[datetime]
    submitted_by: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("users.id"))
    submitted_at: Mapped[datetime | None]
    returned_reason: Mapped[str | None] = mapped_column(Text)
    """Why it was sent back the last time."""
    released_by: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("users.id"))
    released_at: Mapped[datetime | None]
    pdf_sha256: Mapped[str | None] = mapped_column(Text)
    """Of the Chinese pages, as they were released."""


class ReportEventRow(Base):
    """Something that was done with a report; `by` is None for the job."""

    __tablename__ = "report_events"

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    report_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("reports.id"), index=True)
    what: Mapped[str] = mapped_column(Text)
    by: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("users.id"))
    at: Mapped[datetime]
    body: Mapped[dict[str, Any]] = mapped_column(JSONB)
