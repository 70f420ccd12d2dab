"""Tables of the quality of work: dated rules, what was found, what happened to it, and bulletins."""

from __future__ import annotations

from datetime import date, datetime
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
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from callcenter.postgres.database import Base


class QualityRuleRow(Base):
    """Points off for an error of a kind that happened from that day on. Only added to."""

    __tablename__ = "quality_rules"

    code: Mapped[str] = mapped_column(Text, primary_key=True)
    valid_from: Mapped[date] = mapped_column(primary_key=True)
    points: Mapped[Decimal] = mapped_column(Numeric(5, 2))
    cap: Mapped[Decimal | None] = mapped_column(Numeric(5, 2))
    certainty: Mapped[str] = mapped_column(Text)
    source: Mapped[str] = mapped_column(Text)
    added_by: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("users.id"))
    """None where it came with the product."""
    added_at: Mapped[datetime]


class FindingRow(Base):
    """An error of a unit in a month: the same one counts once, which the key sees to. `version` grows with it."""

    __tablename__ = "findings"
    __table_args__ = (
        UniqueConstraint("code", "subject", "month"),
        CheckConstraint("cardinality(evidence) > 0", name="has_evidence"),
        Index(None, "month", "state", "id"),
        Index(None, "unit_id", "id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    version: Mapped[int] = mapped_column(Integer)
    code: Mapped[str] = mapped_column(Text)
    unit_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("units.id"))
    subject_kind: Mapped[str] = mapped_column(Text)
    subject: Mapped[str] = mapped_column(Text)
    month: Mapped[date]
    """Its first day."""
    occurred_on: Mapped[date]
    points: Mapped[Decimal] = mapped_column(Numeric(5, 2))
    """By the rule of the day on which it happened."""
    cap: Mapped[Decimal | None] = mapped_column(Numeric(5, 2))
    evidence: Mapped[list[str]] = mapped_column(ARRAY(Text))
    state: Mapped[str] = mapped_column(Text)
    repeats: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("findings.id"), unique=True)
    """The finding that was not rectified in time, whose points are taken off once more."""
    found_by: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("users.id"))
    """None where a rule found it."""
    found_at: Mapped[datetime]
    confirmed_by: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("users.id"))
    decided_at: Mapped[datetime | None]
    """Of the last event."""


class FindingEventRow(Base):
    """What happened to a finding. Only added to."""

    __tablename__ = "finding_events"

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    finding_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("findings.id"), index=True)
    event: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(Text)
    """After it."""
    at: Mapped[datetime]
    by: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("users.id"))
    text: Mapped[str | None] = mapped_column(Text)


class BulletinRow(Base):
    """A version of a month's bulletin. What was published stays as it is."""

    __tablename__ = "bulletins"
    __table_args__ = (
        UniqueConstraint("month", "version"),
        CheckConstraint("state = 'draft' OR scores IS NOT NULL", name="reviewed_with_scores"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    month: Mapped[date]
    version: Mapped[int] = mapped_column(Integer)
    snapshot_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("snapshots.id"))
    state: Mapped[str] = mapped_column(Text)
    scores: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    """As they were reviewed."""
    sha256: Mapped[str | None] = mapped_column(Text)
    """Of the scores."""
    reason: Mapped[str | None] = mapped_column(Text)
    """Why there is another version; None for the first."""
    sent_back: Mapped[str | None] = mapped_column(Text)
    """Why a director did not sign it, the last time."""
    changes: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    """Against the version before."""
    made_at: Mapped[datetime]
    reviewed_by: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("users.id"))
    reviewed_at: Mapped[datetime | None]
    approved_by: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("users.id"))
    approved_at: Mapped[datetime | None]
    published_by: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("users.id"))
    published_at: Mapped[datetime | None]
