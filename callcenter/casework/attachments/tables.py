"""The table of kept files: each row is a file below the data folder, named by its hash."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, Index, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from callcenter.postgres.database import Base


class KeptFile(Base):
    """A file that was taken, once, however often it was attached."""

    __tablename__ = "kept_files"
    __table_args__ = (
        Index(
            "ix_kept_files_to_remove",
            "sha256",
            postgresql_where=text("certificate_id IS NOT NULL AND removed_at IS NULL"),
        ),
    )

    sha256: Mapped[str] = mapped_column(Text, primary_key=True)
    kind: Mapped[str] = mapped_column(Text)
    size: Mapped[int] = mapped_column(BigInteger)
    kept_at: Mapped[datetime]
    certificate_id: Mapped[int | None] = mapped_column(BigInteger)
    """Of its deletion, which belongs to the rooms above."""
    removed_at: Mapped[datetime | None]
    """When it was removed from the disk after that."""
