"""Tables of what happened to tickets: the log that nobody changes, notes, notices, and the clocks derived from them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Identity, Index, Integer, Text, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from callcenter.postgres.database import Base


class TicketEvent(Base):
    """Something that happened, with what came with it; the database lets nobody change or delete it."""

    __tablename__ = "ticket_events"
    __table_args__ = (
        Index("ix_ticket_events_decided", "at", postgresql_where=text("what IN ('accept', 'refuse', 'settle', 'end')")),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    ticket_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("tickets.id"), index=True)
    what: Mapped[str] = mapped_column(Text)
    """A step, or another TicketEventKind."""
    from_state: Mapped[str | None] = mapped_column(Text)
    to_state: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime]
    by: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("users.id"))
    """None for the system."""
    body: Mapped[dict[str, Any]] = mapped_column(JSONB)


class TicketNote(Base):
    """What somebody wrote down about a ticket."""

    __tablename__ = "ticket_notes"

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    ticket_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("tickets.id"), index=True)
    at: Mapped[datetime]
    by: Mapped[int] = mapped_column(BigInteger, ForeignKey("users.id"))
    note: Mapped[str] = mapped_column(Text)


class TicketNotice(Base):
    """Somebody was told something. The proof is a call that is recorded, or what `proof` says."""

    __tablename__ = "ticket_notices"

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    ticket_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("tickets.id"), index=True)
    kind: Mapped[str] = mapped_column(Text)
    to: Mapped[str] = mapped_column(Text)
    told_by: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime]
    recorded_at: Mapped[datetime]
    recorded_by: Mapped[int] = mapped_column(BigInteger, ForeignKey("users.id"))
    pbx: Mapped[str | None] = mapped_column(Text)
    call_id: Mapped[str | None] = mapped_column(Text)
    proof: Mapped[str | None] = mapped_column(Text)


class TicketDeadline(Base):
    """A run of a clock, derived from the log. `warned` are the percentages that somebody was warned of."""

    __tablename__ = "ticket_deadlines"
    __table_args__ = (
        Index(None, "next_change_at", postgresql_where=text("next_change_at IS NOT NULL")),
        Index(None, "state", "code"),
    )

    ticket_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("tickets.id"), primary_key=True)
    code: Mapped[str] = mapped_column(Text, primary_key=True)
    number: Mapped[int] = mapped_column(Integer, primary_key=True)
    begins_at: Mapped[datetime]
    target_due_at: Mapped[datetime | None]
    legal_due_at: Mapped[datetime | None]
    missing_year: Mapped[int | None] = mapped_column(Integer)
    stopped_at: Mapped[datetime | None]
    state: Mapped[str] = mapped_column(Text)
    next_change_at: Mapped[datetime | None]
    """When it has to be looked at next: the next warning, or the limit itself."""
    warned: Mapped[list[int]] = mapped_column(ARRAY(Integer))
