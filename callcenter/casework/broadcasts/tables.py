"""Tables of broadcasts: each as it stands, the organisations it goes to, who was rung, and its log."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Identity,
    Index,
    Integer,
    LargeBinary,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from callcenter.postgres.database import Base

_RINGS = text("state = 'ringing'")


class BroadcastRecording(Base):
    """A recording of our own, in the form in which Asterisk plays it."""

    __tablename__ = "broadcast_recordings"

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    name: Mapped[str] = mapped_column(Text)
    """Of the file that was given."""
    sha256: Mapped[str] = mapped_column(Text, unique=True)
    """Of `wav`."""
    duration: Mapped[timedelta]
    wav: Mapped[bytes] = mapped_column(LargeBinary)
    added_by: Mapped[int] = mapped_column(BigInteger, ForeignKey("users.id"))
    added_at: Mapped[datetime]


class BroadcastRow(Base):
    """A broadcast. `ended_at` comes when nobody is left to be rung."""

    __tablename__ = "broadcasts"
    __table_args__ = (
        CheckConstraint("(spoken_text IS NULL) <> (recording_id IS NULL)", name="text_or_recording"),
        UniqueConstraint("started_by", "idempotency_key"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    kind: Mapped[str] = mapped_column(Text)
    subject: Mapped[str] = mapped_column(Text)
    spoken_text: Mapped[str | None] = mapped_column(Text)
    recording_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("broadcast_recordings.id"), index=True)
    """What is played where no text is spoken."""
    filter: Mapped[dict[str, Any]] = mapped_column(JSONB)
    started_by: Mapped[int] = mapped_column(BigInteger, ForeignKey("users.id"))
    started_at: Mapped[datetime]
    idempotency_key: Mapped[str] = mapped_column(Text)
    request_hash: Mapped[str] = mapped_column(Text)
    stopped_at: Mapped[datetime | None]
    """When somebody let it end."""
    ended_at: Mapped[datetime | None] = mapped_column(index=True)


class BroadcastTarget(Base):
    """An organisation that a broadcast goes to, as it stands."""

    __tablename__ = "broadcast_targets"
    __table_args__ = (
        CheckConstraint("num_nonnulls(unit_id, merchant_id) = 1", name="one_organisation"),
        CheckConstraint("state <> 'acknowledged' OR acknowledged_at IS NOT NULL", name="acknowledged_at_a_moment"),
        UniqueConstraint("broadcast_id", "unit_id"),
        UniqueConstraint("broadcast_id", "merchant_id"),
        Index("ix_broadcast_targets_waiting", "next_at", "id", postgresql_where=text("state = 'waiting'")),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    broadcast_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("broadcasts.id"))
    unit_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("units.id"))
    merchant_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("merchants.id"))
    organisation: Mapped[str] = mapped_column(Text)
    """Its name when the broadcast began."""
    state: Mapped[str] = mapped_column(Text)
    contact_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("contacts.id"))
    """Who is rung, or was last."""
    attempts: Mapped[int] = mapped_column(Integer)
    next_at: Mapped[datetime]
    """Not rung before that. Whoever was rung first goes on first, until their round is over."""
    acknowledged_at: Mapped[datetime | None]
    acknowledged_by: Mapped[str | None] = mapped_column(Text)
    """Who of the organisation said so."""
    acknowledged_via: Mapped[str | None] = mapped_column(Text)
    acknowledged_how: Mapped[str | None] = mapped_column(Text)


class BroadcastRing(Base):
    """Somebody is, or was, rung about a broadcast; committed before anything is sent, and sent once.

    While it rings, the partial indexes leave no room for a second ring of the organisation, or on the line.
    """

    __tablename__ = "broadcast_rings"
    __table_args__ = (
        UniqueConstraint("pbx", "call_id"),
        Index("uq_broadcast_rings_one", "target_id", unique=True, postgresql_where=_RINGS),
        Index("uq_broadcast_rings_line", "line", unique=True, postgresql_where=_RINGS),
        Index(None, "target_id", "id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=False), primary_key=True)
    target_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("broadcast_targets.id"))
    round: Mapped[int] = mapped_column(Integer)
    line: Mapped[int | None] = mapped_column(Integer)
    """From 1 to CALLCENTER_BROADCAST_LINES; None where nothing could be rung."""
    contact_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("contacts.id"))
    person: Mapped[str] = mapped_column(Text)
    number: Mapped[str] = mapped_column(Text)
    """Normalised."""
    pbx: Mapped[str] = mapped_column(Text)
    call_id: Mapped[str] = mapped_column(Text)
    """Of the channel: chosen by us, so that its record is found whatever happens to our process."""
    requested_at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]
    """When we hung up, as the broadcast was ended."""
    state: Mapped[str] = mapped_column(Text)
    ended_at: Mapped[datetime | None]


class BroadcastEvent(Base):
    """Something that happened, with what came with it; the database lets nobody change or delete it."""

    __tablename__ = "broadcast_events"

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    broadcast_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("broadcasts.id"), index=True)
    target_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("broadcast_targets.id"))
    what: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime]
    by: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("users.id"))
    """None for the system."""
    body: Mapped[dict[str, Any]] = mapped_column(JSONB)
