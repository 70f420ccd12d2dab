"""Tables of imports, their rows, and what the platform said last of each matter."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Identity, Index, Integer, Text, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from callcenter.postgres.database import Base


class ImportRow(Base):
    """A file that was uploaded."""

    __tablename__ = "ticket_imports"
    __table_args__ = (Index("ix_ticket_imports_confirmed", "id", postgresql_where=text("state = 'confirmed'")),)

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    sha256: Mapped[str] = mapped_column(Text)
    bytes: Mapped[int] = mapped_column(BigInteger)
    state: Mapped[str] = mapped_column(Text)
    uploaded_at: Mapped[datetime]
    uploaded_by: Mapped[int] = mapped_column(BigInteger, ForeignKey("users.id"))
    confirmed_at: Mapped[datetime | None]
    confirmed_by: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("users.id"))
    applied_at: Mapped[datetime | None]
    emptied_at: Mapped[datetime | None]
    """When what its rows say was deleted."""


class ImportedRow(Base):
    """A row of such a file; `line` is where it begins there."""

    __tablename__ = "ticket_import_rows"
    __table_args__ = (Index(None, "import_id", "status", "line"), Index(None, "import_id", "platform_number"))

    import_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("ticket_imports.id"), primary_key=True)
    line: Mapped[int] = mapped_column(Integer, primary_key=True)
    status: Mapped[str] = mapped_column(Text)
    platform_number: Mapped[str | None] = mapped_column(Text)
    field: Mapped[str | None] = mapped_column(Text)
    problem: Mapped[str | None] = mapped_column(Text)
    changes: Mapped[list[str]] = mapped_column(ARRAY(Text))
    """Columns of the ticket that the row would change."""
    kept: Mapped[list[str]] = mapped_column(ARRAY(Text))
    """Columns of which something else was decided here."""
    values: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    result: Mapped[str | None] = mapped_column(Text)


class PlatformRecord(Base):
    """What the national platform said last of a matter, by which its next word is compared."""

    __tablename__ = "platform_records"

    ticket_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("tickets.id"), primary_key=True)
    values: Mapped[dict[str, Any]] = mapped_column(JSONB)
    import_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("ticket_imports.id"))
