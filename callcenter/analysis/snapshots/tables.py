"""Tables of snapshots: what was frozen of a period, row by row, and what was changed afterwards. Only added to."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, Boolean, ForeignKey, Identity, Index, Integer, LargeBinary, Text, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from callcenter.postgres.database import Base


class SnapshotHead(Base):
    """A period that was frozen: once, and for good."""

    __tablename__ = "snapshots"
    __table_args__ = (UniqueConstraint("kind", "first", "last", "name", postgresql_nulls_not_distinct=True),)

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    kind: Mapped[str] = mapped_column(Text)
    first: Mapped[date]
    last: Mapped[date]
    name: Mapped[str | None] = mapped_column(Text)
    """Of a holiday."""
    cut_off_at: Mapped[datetime]
    """As of then everything was read."""
    last_event_id: Mapped[int] = mapped_column(BigInteger)
    """Of the log of tickets: where the next snapshot looks on for changes."""
    metric_version: Mapped[int] = mapped_column(Integer)
    code_version: Mapped[str] = mapped_column(Text)
    rows: Mapped[int] = mapped_column(Integer)
    sha256: Mapped[str] = mapped_column(Text)
    made_by: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("users.id"))
    """None for the nightly job."""


class SnapshotRow(Base):
    """A matter as it was at the cut-off; the columns are the fields of `FrozenTicket`."""

    __tablename__ = "snapshot_rows"
    __table_args__ = (Index(None, "number", "snapshot_id"),)

    snapshot_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("snapshots.id"), primary_key=True)
    number: Mapped[str] = mapped_column(Text, primary_key=True)
    kind: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(Text)
    channel: Mapped[str] = mapped_column(Text)
    received_at: Mapped[datetime]
    unit_id: Mapped[int | None] = mapped_column(BigInteger)
    merchant_id: Mapped[int | None] = mapped_column(BigInteger)
    goods_code: Mapped[str | None] = mapped_column(Text)
    service_code: Mapped[str | None] = mapped_column(Text)
    problem_code: Mapped[str | None] = mapped_column(Text)
    offence_code: Mapped[str | None] = mapped_column(Text)
    sales_mode_code: Mapped[str | None] = mapped_column(Text)
    region: Mapped[str | None] = mapped_column(Text)
    brand: Mapped[str | None] = mapped_column(Text)
    amount_in_dispute_cents: Mapped[int | None] = mapped_column(BigInteger)
    amount_recovered_cents: Mapped[int | None] = mapped_column(BigInteger)
    accepted_at: Mapped[datetime | None]
    refused_at: Mapped[datetime | None]
    settled_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    outcome: Mapped[str | None] = mapped_column(Text)
    completed_at: Mapped[datetime | None]
    clocks: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    flags: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    priority: Mapped[str] = mapped_column(Text)
    complainant_key: Mapped[str | None] = mapped_column(Text)
    is_serial: Mapped[bool] = mapped_column(Boolean)
    group_id: Mapped[int | None] = mapped_column(BigInteger)
    is_merged: Mapped[bool] = mapped_column(Boolean)
    is_instructed: Mapped[bool] = mapped_column(Boolean)


class SnapshotCorrection(Base):
    """A field of a row that was changed after the cut-off of the snapshot in which it stands."""

    __tablename__ = "snapshot_corrections"

    snapshot_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("snapshots.id"), primary_key=True)
    """The next one of the same kind, which lists it."""
    number: Mapped[str] = mapped_column(Text, primary_key=True)
    field: Mapped[str] = mapped_column(Text, primary_key=True)
    of_snapshot_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("snapshots.id"))
    """The last one that has the row."""
    old: Mapped[Any] = mapped_column(JSONB)
    new: Mapped[Any] = mapped_column(JSONB)


class SnapshotSecret(Base):
    """The secret of the keys of persons, where no setting gives one: a single row."""

    __tablename__ = "snapshot_secrets"

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    secret: Mapped[bytes] = mapped_column(LargeBinary)
