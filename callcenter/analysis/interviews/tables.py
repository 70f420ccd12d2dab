"""Tables of interviews: each as it stands, what was promised, and what happened to it."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    ForeignKey,
    Identity,
    Index,
    Integer,
    Text,
    UniqueConstraint,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from callcenter.postgres.database import Base


class InterviewRow(Base):
    """An interview as it stands; `version` grows with every change. A letter leads to one at most."""

    __tablename__ = "interviews"
    __table_args__ = (
        UniqueConstraint("advisory_id"),
        UniqueConstraint("proposed_by", "idempotency_key"),
        CheckConstraint("state IN ('proposed', 'rejected') OR approved_by IS NOT NULL", name="nobody_invited_unsigned"),
        CheckConstraint("approved_by <> proposed_by", name="no_author_signs"),
        Index(None, "state", "id"),
        Index(None, "merchant_id", "id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    version: Mapped[int] = mapped_column(Integer)
    state: Mapped[str] = mapped_column(Text)
    reason: Mapped[str] = mapped_column(Text)
    remark: Mapped[str | None] = mapped_column(Text)
    merchant_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("merchants.id"))
    advisory_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("advisories.id"))
    signal_ids: Mapped[list[int]] = mapped_column(ARRAY(BigInteger))
    tickets: Mapped[list[str]] = mapped_column(ARRAY(Text))
    basis: Mapped[str] = mapped_column(Text)
    """The line of law."""
    is_food: Mapped[bool] = mapped_column(Boolean)
    """Its result goes into the credit file."""
    proposed_by: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("users.id"))
    """None for the nightly job."""
    proposed_at: Mapped[datetime]
    idempotency_key: Mapped[str | None] = mapped_column(Text)
    request_hash: Mapped[str | None] = mapped_column(Text)
    approved_by: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("users.id"))
    approved_at: Mapped[datetime | None]
    notice: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    """The last one."""
    meets_at: Mapped[datetime | None]
    held_at: Mapped[datetime | None]
    hosts: Mapped[list[int]] = mapped_column(ARRAY(BigInteger))
    attendees: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    problems: Mapped[str | None] = mapped_column(Text)
    minutes: Mapped[str | None] = mapped_column(Text)
    escalated_to: Mapped[str | None] = mapped_column(Text)
    effect: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))


class CommitmentRow(Base):
    """Something that was promised: done by its day, and checked by another person than who wrote that down."""

    __tablename__ = "interview_commitments"
    __table_args__ = (
        CheckConstraint("verified_by <> done_by", name="another_person_checks"),
        CheckConstraint("verified_by IS NULL OR done_by IS NOT NULL", name="done_before_checked"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    interview_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("interviews.id"), index=True)
    text: Mapped[str] = mapped_column(Text)
    owner: Mapped[str] = mapped_column(Text)
    """Of the merchant."""
    due_on: Mapped[date]
    evidence: Mapped[str | None] = mapped_column(Text)
    done_at: Mapped[datetime | None]
    done_by: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("users.id"))
    verified_at: Mapped[datetime | None]
    verified_by: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("users.id"))


class InterviewEventRow(Base):
    """Something that was done with it, with what came with it; the database lets nobody change or delete it."""

    __tablename__ = "interview_events"

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    interview_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("interviews.id"), index=True)
    what: Mapped[str] = mapped_column(Text)
    to_state: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime]
    by: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("users.id"))
    """None for the system."""
    body: Mapped[dict[str, Any]] = mapped_column(JSONB)
