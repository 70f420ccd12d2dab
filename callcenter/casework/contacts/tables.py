"""Tables of contacts. Each change leaves a version; nobody is deleted."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Identity, Index, Integer, Text, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from callcenter.postgres.database import Base

_LASTS = text("ended_at IS NULL")


class ContactRow(Base):
    """Somebody at a unit or a merchant, as known now."""

    __tablename__ = "contacts"
    __table_args__ = (
        CheckConstraint("num_nonnulls(unit_id, merchant_id) = 1", name="one_organisation"),
        CheckConstraint("cardinality(numbers) > 0", name="reachable"),
        Index(None, "unit_id"),
        Index(None, "merchant_id"),
        Index("ix_contacts_verified_at", "verified_at", postgresql_where=_LASTS),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    version: Mapped[int] = mapped_column(Integer)
    unit_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("units.id"))
    merchant_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("merchants.id"))
    name: Mapped[str] = mapped_column(Text)
    role: Mapped[str] = mapped_column(Text)
    numbers: Mapped[list[str]] = mapped_column(ARRAY(Text))
    """Normalised."""
    region: Mapped[str | None] = mapped_column(Text)
    goods: Mapped[list[str]] = mapped_column(ARRAY(Text))
    brands: Mapped[list[str]] = mapped_column(ARRAY(Text))
    position: Mapped[int] = mapped_column(Integer)
    verified_at: Mapped[datetime | None]
    verified_by: Mapped[str | None] = mapped_column(Text)
    """A login name."""
    ended_at: Mapped[datetime | None]


class ContactVersionRow(Base):
    """A contact as known from `changed_at` until the next version."""

    __tablename__ = "contact_versions"

    contact_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("contacts.id"), primary_key=True)
    version: Mapped[int] = mapped_column(Integer, primary_key=True)
    name: Mapped[str] = mapped_column(Text)
    role: Mapped[str] = mapped_column(Text)
    numbers: Mapped[list[str]] = mapped_column(ARRAY(Text))
    region: Mapped[str | None] = mapped_column(Text)
    goods: Mapped[list[str]] = mapped_column(ARRAY(Text))
    brands: Mapped[list[str]] = mapped_column(ARRAY(Text))
    position: Mapped[int] = mapped_column(Integer)
    verified_at: Mapped[datetime | None]
    verified_by: Mapped[str | None] = mapped_column(Text)
    ended_at: Mapped[datetime | None]
    changed_by: Mapped[int] = mapped_column(BigInteger, ForeignKey("users.id"))
    changed_at: Mapped[datetime]


class ContactDay(Base):
    """How many contacts there were in the night after a business day, and how many of them were stale."""

    __tablename__ = "contact_days"

    business_date: Mapped[date] = mapped_column(primary_key=True)
    contacts: Mapped[int] = mapped_column(Integer)
    stale: Mapped[int] = mapped_column(Integer)
    counted_at: Mapped[datetime]
