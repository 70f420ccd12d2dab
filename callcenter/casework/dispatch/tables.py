"""Tables of instructions to units: each as it stands, its log, who was rung, what was found, and its clocks."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Identity,
    Index,
    Integer,
    Numeric,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from callcenter.postgres.database import Base

_RINGS = text("state = 'ringing'")


class InstructionRow(Base):
    """An instruction as it stands; `version` grows with every change. For a ticket a unit has one that is open."""

    __tablename__ = "instructions"
    __table_args__ = (
        CheckConstraint("state NOT IN ('closed', 'cancelled') OR ended_at IS NOT NULL", name="ended_with_its_state"),
        Index("uq_instructions_open", "ticket_id", "unit_id", unique=True, postgresql_where=text("ended_at IS NULL")),
        Index("ix_instructions_board", "next_due_at", "id", postgresql_where=text("ended_at IS NULL")),
        Index(None, "ticket_id"),
        Index(None, "unit_id", "id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    number: Mapped[str] = mapped_column(Text, unique=True)
    version: Mapped[int] = mapped_column(Integer)
    ticket_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("tickets.id"))
    unit_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("units.id"))
    priority: Mapped[str] = mapped_column(Text)
    text: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(Text)
    instructed_by: Mapped[int] = mapped_column(BigInteger, ForeignKey("users.id"))
    instructed_at: Mapped[datetime]
    acknowledged_at: Mapped[datetime | None]
    acknowledged_by: Mapped[str | None] = mapped_column(Text)
    """Who of the unit said so."""
    acknowledged_how: Mapped[str | None] = mapped_column(Text)
    acknowledged_via: Mapped[str | None] = mapped_column(Text)
    rung_from: Mapped[datetime]
    """Rings since then count: when it was given, or the unit was rung anew."""
    unanswered_at: Mapped[datetime | None]
    """When nobody was left to be rung; None again once somebody acts."""
    departed_at: Mapped[datetime | None]
    arrived_at: Mapped[datetime | None]
    off_shelf_at: Mapped[datetime | None]
    """When it was known what became of the goods."""
    off_shelf_outcome: Mapped[str | None] = mapped_column(Text)
    """The last that was said: with closed premises the clock goes on."""
    patrolled_at: Mapped[datetime | None]
    """When a patrol about it was finished first."""
    feedback: Mapped[str | None] = mapped_column(Text)
    feedback_at: Mapped[datetime | None]
    """The first."""
    ended_at: Mapped[datetime | None]
    end_reason: Mapped[str | None] = mapped_column(Text)
    next_due_at: Mapped[datetime | None]
    """Of the clocks that run the first target; None where none runs."""


class InstructionNumber(Base):
    """The last number of a year. A transaction that fails gives its number back, so there is no gap."""

    __tablename__ = "instruction_numbers"

    year: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    last: Mapped[int] = mapped_column(Integer)


class InstructionEvent(Base):
    """Something that happened, with what came with it; the database lets nobody change or delete it."""

    __tablename__ = "instruction_events"

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    instruction_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("instructions.id"), index=True)
    what: Mapped[str] = mapped_column(Text)
    """A step, or another InstructionEventKind."""
    state: Mapped[str] = mapped_column(Text)
    """After it."""
    at: Mapped[datetime]
    """When it was done, as somebody said."""
    recorded_at: Mapped[datetime]
    by: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("users.id"))
    """None for the system."""
    body: Mapped[dict[str, Any]] = mapped_column(JSONB)


class InstructionBatch(Base):
    """Goods that were found; the database lets nobody change or delete it."""

    __tablename__ = "instruction_batches"
    __table_args__ = (CheckConstraint("quantity > 0", name="quantity_positive"),)

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    instruction_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("instructions.id"), index=True)
    name: Mapped[str] = mapped_column(Text)
    brand: Mapped[str | None] = mapped_column(Text)
    batch: Mapped[str | None] = mapped_column(Text)
    quantity: Mapped[Decimal] = mapped_column(Numeric)
    measured_in: Mapped[str] = mapped_column(Text)
    measure: Mapped[str] = mapped_column(Text)
    attachment_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("ticket_attachments.id"), index=True)
    """Of the ticket: what shows the goods."""
    added_by: Mapped[int] = mapped_column(BigInteger, ForeignKey("users.id"))
    added_at: Mapped[datetime]


class InstructionTest(Base):
    """Something that was tested, and how it came out; the database lets nobody change or delete it."""

    __tablename__ = "instruction_tests"

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    instruction_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("instructions.id"), index=True)
    item: Mapped[str] = mapped_column(Text)
    method: Mapped[str] = mapped_column(Text)
    result: Mapped[str] = mapped_column(Text)
    evidence: Mapped[str] = mapped_column(Text)
    added_by: Mapped[int] = mapped_column(BigInteger, ForeignKey("users.id"))
    added_at: Mapped[datetime]


class InstructionDeadline(Base):
    """A clock of an instruction, derived from its log. `warned` are the percentages that somebody was warned of."""

    __tablename__ = "instruction_deadlines"
    __table_args__ = (Index(None, "next_change_at", postgresql_where=text("next_change_at IS NOT NULL")),)

    instruction_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("instructions.id"), primary_key=True)
    code: Mapped[str] = mapped_column(Text, primary_key=True)
    begins_at: Mapped[datetime]
    target_due_at: Mapped[datetime | None]
    legal_due_at: Mapped[datetime | None]
    missing_year: Mapped[int | None] = mapped_column(Integer)
    stopped_at: Mapped[datetime | None]
    state: Mapped[str] = mapped_column(Text)
    next_change_at: Mapped[datetime | None]
    """When it has to be looked at next: the next warning, or the limit itself."""
    warned: Mapped[list[int]] = mapped_column(ARRAY(Integer))


class InstructionRing(Base):
    """Somebody is, or was, rung about an instruction; committed before anything is sent, and sent once.

    While it rings, the partial indexes leave no room for a second ring of the instruction or of the number.
    """

    __tablename__ = "instruction_rings"
    __table_args__ = (
        UniqueConstraint("pbx", "call_id"),
        Index("uq_instruction_rings_one", "instruction_id", unique=True, postgresql_where=_RINGS),
        Index("uq_instruction_rings_number", "number", unique=True, postgresql_where=_RINGS),
        Index(None, "instruction_id", "id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=False), primary_key=True)
    instruction_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("instructions.id"))
    round: Mapped[int] = mapped_column(Integer)
    position: Mapped[int] = mapped_column(Integer)
    person: Mapped[str] = mapped_column(Text)
    number: Mapped[str] = mapped_column(Text)
    """Normalised."""
    pbx: Mapped[str] = mapped_column(Text)
    call_id: Mapped[str] = mapped_column(Text)
    """Of the channel: chosen by us, so that its record is found whatever happens to our process."""
    requested_at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]
    """When we hung up, as somebody had acknowledged on the screen."""
    state: Mapped[str] = mapped_column(Text)
    ended_at: Mapped[datetime | None]
