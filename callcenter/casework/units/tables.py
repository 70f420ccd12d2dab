"""Tables of units. Each change of a unit leaves a version; members and contacts are added and ended, never changed."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, Identity, Index, Integer, Text, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from callcenter.postgres.database import Base

_LASTS = text("ended_at IS NULL")


class UnitRow(Base):
    """A unit as it stands."""

    __tablename__ = "units"

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    version: Mapped[int] = mapped_column(Integer)
    name: Mapped[str] = mapped_column(Text, unique=True)
    kind: Mapped[str] = mapped_column(Text)
    regions: Mapped[list[str]] = mapped_column(ARRAY(Text))
    closed_at: Mapped[datetime | None]


class UnitVersionRow(Base):
    """A unit as it stood from `changed_at` until the next version."""

    __tablename__ = "unit_versions"

    unit_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("units.id"), primary_key=True)
    version: Mapped[int] = mapped_column(Integer, primary_key=True)
    name: Mapped[str] = mapped_column(Text)
    kind: Mapped[str] = mapped_column(Text)
    regions: Mapped[list[str]] = mapped_column(ARRAY(Text))
    closed_at: Mapped[datetime | None]
    changed_by: Mapped[int] = mapped_column(BigInteger, ForeignKey("users.id"))
    changed_at: Mapped[datetime]


class UnitMemberRow(Base):
    """A user belongs, or belonged, to a unit: to one at a time."""

    __tablename__ = "unit_members"
    __table_args__ = (
        Index("ix_unit_members_one_unit", "user_id", unique=True, postgresql_where=_LASTS),
        Index("ix_unit_members_unit_id", "unit_id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    unit_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("units.id"))
    user_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("users.id"))
    added_by: Mapped[int] = mapped_column(BigInteger, ForeignKey("users.id"))
    added_at: Mapped[datetime]
    ended_by: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("users.id"))
    ended_at: Mapped[datetime | None]


class UnitContactRow(Base):
    """Somebody is, or was, rung for a unit at a position; `number` is normalised."""

    __tablename__ = "unit_contacts"
    __table_args__ = (
        Index("ix_unit_contacts_one_at_a_position", "unit_id", "position", unique=True, postgresql_where=_LASTS),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    unit_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("units.id"))
    position: Mapped[int] = mapped_column(Integer)
    person: Mapped[str] = mapped_column(Text)
    number: Mapped[str] = mapped_column(Text)
    hours: Mapped[str] = mapped_column(Text)
    added_by: Mapped[int] = mapped_column(BigInteger, ForeignKey("users.id"))
    added_at: Mapped[datetime]
    ended_by: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("users.id"))
    ended_at: Mapped[datetime | None]
