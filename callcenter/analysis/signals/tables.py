"""Tables of signals: what a rule has found, and what became of it. The findings themselves never change."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, Boolean, Double, ForeignKey, Identity, Index, Integer, Text, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from callcenter.postgres.database import Base


class SignalRow(Base):
    """A rule fired for a cell in a time: once."""

    __tablename__ = "signals"
    __table_args__ = (
        UniqueConstraint("rule", "axis", "code", "merchant_id", "first", "last", postgresql_nulls_not_distinct=True),
        Index(None, "state", "id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    version: Mapped[int] = mapped_column(Integer)
    snapshot_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("snapshots.id"), index=True)
    rule: Mapped[str] = mapped_column(Text)
    axis: Mapped[str] = mapped_column(Text)
    code: Mapped[str | None] = mapped_column(Text)
    merchant_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("merchants.id"), index=True)
    first: Mapped[date]
    last: Mapped[date]
    x1: Mapped[int] = mapped_column(Integer)
    x0: Mapped[int] = mapped_column(Integer)
    t1: Mapped[float] = mapped_column(Double)
    t0: Mapped[float] = mapped_column(Double)
    base: Mapped[int] = mapped_column(Integer)
    phi: Mapped[float | None] = mapped_column(Double)
    p: Mapped[float | None] = mapped_column(Double)
    bh_rank: Mapped[int | None] = mapped_column(Integer)
    limit: Mapped[float | None] = mapped_column(Double)
    inputs: Mapped[dict[str, Any]] = mapped_column(JSONB)
    found_at: Mapped[datetime]
    state: Mapped[str] = mapped_column(Text)
    reason: Mapped[str | None] = mapped_column(Text)
    """Why it was dismissed."""


class SignalEvent(Base):
    """What somebody did with a signal; the database lets nobody change or delete it."""

    __tablename__ = "signal_events"

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    signal_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("signals.id"), index=True)
    what: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(Text)
    """After it."""
    at: Mapped[datetime]
    by: Mapped[int] = mapped_column(BigInteger, ForeignKey("users.id"))
    tickets_read: Mapped[bool] = mapped_column(Boolean)
    reason: Mapped[str | None] = mapped_column(Text)
    linked: Mapped[str | None] = mapped_column(Text)
    linked_id: Mapped[int | None] = mapped_column(BigInteger)


class SignalRun(Base):
    """The rules were applied to a snapshot: once, whether or not they found anything."""

    __tablename__ = "signal_runs"

    snapshot_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("snapshots.id"), primary_key=True)
    at: Mapped[datetime]
    found: Mapped[int] = mapped_column(Integer)
