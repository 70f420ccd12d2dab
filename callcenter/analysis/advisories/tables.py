"""Tables of advisories: each as it stands, what happened to it, and the last number of each kind and year."""

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


class AdvisoryRow(Base):
    """An advisory as it stands; `version` grows with every change."""

    __tablename__ = "advisories"
    __table_args__ = (
        UniqueConstraint("kind", "year", "number"),
        UniqueConstraint("created_by", "idempotency_key"),
        CheckConstraint("num_nulls(year, number, approved_by, approved_at) IN (0, 4)", name="signed_and_numbered"),
        CheckConstraint("state IN ('draft', 'submitted') OR approved_by IS NOT NULL", name="nothing_leaves_unsigned"),
        CheckConstraint("approved_by <> ALL (authors)", name="no_author_signs"),
        CheckConstraint("num_nulls(axis, code) IN (0, 2)", name="code_of_an_axis"),
        Index(None, "state", "id"),
        Index(None, "kind", "id"),
        Index(None, "merchant_id", "id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    version: Mapped[int] = mapped_column(Integer)
    kind: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(Text)
    title: Mapped[str] = mapped_column(Text)
    body: Mapped[str] = mapped_column(Text)
    addressee: Mapped[str | None] = mapped_column(Text)
    merchant_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("merchants.id"))
    axis: Mapped[str | None] = mapped_column(Text)
    code: Mapped[str | None] = mapped_column(Text)
    """The category that it is about, or that of the merchant's trade, which is measured beside the merchant."""
    signal_ids: Mapped[list[int]] = mapped_column(ARRAY(BigInteger))
    tickets: Mapped[list[str]] = mapped_column(ARRAY(Text))
    """Evidence, by number; for the house alone."""
    verified_facts: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    law: Mapped[str | None] = mapped_column(Text)
    may_name: Mapped[bool] = mapped_column(Boolean)
    authors: Mapped[list[int]] = mapped_column(ARRAY(BigInteger))
    """All users who ever wrote in it."""
    created_by: Mapped[int] = mapped_column(BigInteger, ForeignKey("users.id"))
    created_at: Mapped[datetime]
    idempotency_key: Mapped[str] = mapped_column(Text)
    request_hash: Mapped[str] = mapped_column(Text)
    """Of the request that made it, so that the same key with another one is refused."""
    year: Mapped[int | None] = mapped_column(Integer)
    number: Mapped[int | None] = mapped_column(Integer)
    approved_by: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("users.id"))
    approved_at: Mapped[datetime | None]
    channels: Mapped[list[str]] = mapped_column(ARRAY(Text))
    """On which it was published or issued."""
    sent_on: Mapped[date | None]
    reply_due_on: Mapped[date | None]
    """The last day for a reply; None too where the calendar of the year is not known yet."""
    reply: Mapped[str | None] = mapped_column(Text)
    replied_at: Mapped[datetime | None]
    correction: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    """Proposed and not signed."""
    effect: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))


class AdvisoryEventRow(Base):
    """Something that was done with it, with all texts of that moment; the database lets nobody change or delete it."""

    __tablename__ = "advisory_events"

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    advisory_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("advisories.id"), index=True)
    what: Mapped[str] = mapped_column(Text)
    from_state: Mapped[str | None] = mapped_column(Text)
    to_state: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime]
    by: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("users.id"))
    """None for the system."""
    body: Mapped[dict[str, Any]] = mapped_column(JSONB)


class AdvisoryNumber(Base):
    """The last number of a kind and year. A transaction that fails gives its number back, so there is no gap."""

    __tablename__ = "advisory_numbers"

    kind: Mapped[str] = mapped_column(Text, primary_key=True)
    year: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    last: Mapped[int] = mapped_column(Integer)
