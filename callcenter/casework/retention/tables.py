"""Tables of retention: its rules, legal holds, and the certificates of what was deleted, each chained to the last."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Identity, Index, Integer, Text, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from callcenter.postgres.database import Base


class RetentionRuleRow(Base):
    """How many years a kind of matter keeps its persons after its end."""

    __tablename__ = "retention_rules"
    __table_args__ = (CheckConstraint("years > 0", name="years_positive"),)

    kind: Mapped[str] = mapped_column(Text, primary_key=True)
    valid_from: Mapped[date] = mapped_column(primary_key=True)
    years: Mapped[int] = mapped_column(Integer)
    source: Mapped[str] = mapped_column(Text)


class TicketHold(Base):
    """Nothing of the ticket may be deleted until the hold is released. One at a time for a ticket; all are kept."""

    __tablename__ = "ticket_holds"
    __table_args__ = (
        Index("uq_ticket_holds_open", "ticket_id", unique=True, postgresql_where=text("released_at IS NULL")),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    ticket_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("tickets.id"))
    placed_at: Mapped[datetime]
    placed_by: Mapped[int] = mapped_column(BigInteger, ForeignKey("users.id"))
    reason: Mapped[str] = mapped_column(Text)
    released_at: Mapped[datetime | None]
    released_by: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("users.id"))
    release_reason: Mapped[str | None] = mapped_column(Text)


class TicketCertificate(Base):
    """What was deleted of tickets, and the hash of the certificate before it."""

    __tablename__ = "ticket_certificates"

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    certificate: Mapped[dict[str, Any]] = mapped_column(JSONB)
    previous_sha256: Mapped[str | None] = mapped_column(Text)
    sha256: Mapped[str] = mapped_column(Text)
