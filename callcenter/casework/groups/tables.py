"""Tables of joint complaints, of which complaints belong, or belonged, to them, and of signals that there are many."""

from __future__ import annotations

from datetime import date, datetime

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
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from callcenter.postgres.database import Base

_LASTS = text("ended_at IS NULL")


class TicketGroup(Base):
    """A joint complaint; `version` grows with every change of its members."""

    __tablename__ = "ticket_groups"

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    version: Mapped[int] = mapped_column(Integer)
    title: Mapped[str] = mapped_column(Text)
    made_by: Mapped[int] = mapped_column(BigInteger, ForeignKey("users.id"))
    made_at: Mapped[datetime]
    dissolved_by: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("users.id"))
    dissolved_at: Mapped[datetime | None]


class TicketGroupMember(Base):
    """A complaint belongs, or belonged, to a group: to one at a time."""

    __tablename__ = "ticket_group_members"
    __table_args__ = (
        Index("ix_ticket_group_members_one_group", "ticket_id", unique=True, postgresql_where=_LASTS),
        CheckConstraint("NOT is_representative OR ended_at IS NULL", name="representatives_belong"),
        Index(None, "group_id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    group_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("ticket_groups.id"))
    ticket_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("tickets.id"))
    consented_at: Mapped[datetime]
    consented_by: Mapped[str] = mapped_column(Text)
    """How: a NoticeBy."""
    is_representative: Mapped[bool] = mapped_column(Boolean)
    added_by: Mapped[int] = mapped_column(BigInteger, ForeignKey("users.id"))
    added_at: Mapped[datetime]
    ended_by: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("users.id"))
    ended_at: Mapped[datetime | None]


class GroupSignal(Base):
    """Many people complained of the same within some days, both included."""

    __tablename__ = "group_signals"
    __table_args__ = (UniqueConstraint("merchant_id", "axis", "code", "last_day"),)

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    merchant_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("merchants.id"))
    axis: Mapped[str] = mapped_column(Text)
    """Whether `code` is of goods or of a service."""
    code: Mapped[str] = mapped_column(Text)
    first_day: Mapped[date]
    last_day: Mapped[date]
    people: Mapped[int] = mapped_column(Integer)
    several_names: Mapped[int] = mapped_column(Integer)
    """Of these people, how many gave several names."""
    complaints: Mapped[int] = mapped_column(Integer)
    ticket_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("tickets.id"))
    """Which was flagged."""
    rule_version: Mapped[str] = mapped_column(Text)
    found_at: Mapped[datetime]
