"""Tables of mediations: the thing itself, who took part, what happened."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import BigInteger, Boolean, ForeignKey, Identity, Index, Integer, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from callcenter.postgres.database import Base

_IS_ON = text("state IN ('calling', 'open')")


class Mediation(Base):
    """One mediation; its id names the room, and is never used again. A host has one at a time, and so has a call."""

    __tablename__ = "mediations"
    __table_args__ = (
        Index("uq_mediations_host", "host_user_id", unique=True, postgresql_where=_IS_ON),
        Index("uq_mediations_call", "pbx", "call_id", unique=True, postgresql_where=_IS_ON),
        Index("ix_mediations_not_ended", "state", postgresql_where=text("state <> 'ended'")),
        Index("ix_mediations_not_stored", "ended_at", postgresql_where=text("recordings_stored_at IS NULL")),
        Index(
            "ix_mediations_not_numbered",
            "opened_at",
            postgresql_where=text("opened_at IS NOT NULL AND record_number IS NULL"),
        ),
        UniqueConstraint("record_year", "record_number", name="uq_mediations_record"),
        Index(None, "created_at"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    pbx: Mapped[str] = mapped_column(Text)
    call_id: Mapped[str | None] = mapped_column(Text)
    """The consumer's call; None until they are rung for an appointed mediation."""
    host_user_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("users.id"))
    state: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime]
    appointed_for: Mapped[datetime | None]
    opened_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    end_reason: Mapped[str | None] = mapped_column(Text)
    consumer_name: Mapped[str | None] = mapped_column(Text)
    merchant_name: Mapped[str | None] = mapped_column(Text)
    consumer_address: Mapped[str | None] = mapped_column(Text)
    merchant_address: Mapped[str | None] = mapped_column(Text)
    mediator_name: Mapped[str | None] = mapped_column(Text)
    """As it stands under the record; None: the name the host signs in with."""
    record_year: Mapped[int | None] = mapped_column(Integer)
    record_number: Mapped[int | None] = mapped_column(Integer)
    """Of those that began in this year, without a gap. None until it has begun."""
    matter: Mapped[str | None] = mapped_column(Text)
    agreement: Mapped[str | None] = mapped_column(Text)
    amount_cents: Mapped[int | None] = mapped_column(BigInteger)
    due_on: Mapped[date | None]
    result: Mapped[str | None] = mapped_column(Text)
    result_at: Mapped[datetime | None]
    recordings_stored_at: Mapped[datetime | None]
    """When its recordings were taken in, as files of the purpose MEDIATION."""


class MediationLeg(Base):
    """One who takes part. What they said has its moment by our clock; when they came and left, by the PBX's."""

    __tablename__ = "mediation_legs"
    __table_args__ = (
        Index(
            "uq_mediation_legs_one",
            "mediation_id",
            "role",
            unique=True,
            postgresql_where=text("role IN ('host', 'consumer')"),
        ),
        UniqueConstraint("mediation_id", "uniqueid"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    mediation_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("mediations.id"), index=True)
    role: Mapped[str] = mapped_column(Text)
    interface: Mapped[str | None] = mapped_column(Text)
    """The host's device."""
    number: Mapped[str | None] = mapped_column(Text)
    """E.164; None for the host, and for a consumer who showed none."""
    uniqueid: Mapped[str | None] = mapped_column(Text)
    """Of the channel; one that we originate has an id of ours, known before it is dialled."""
    called_at: Mapped[datetime | None]
    """When the PBX was asked to dial, by our clock; None where the leg was there already."""
    joined_at: Mapped[datetime | None]
    left_at: Mapped[datetime | None]
    is_on_hold: Mapped[bool] = mapped_column(Boolean)
    last_word: Mapped[str | None] = mapped_column(Text)
    failure: Mapped[str | None] = mapped_column(Text)
    takes_part: Mapped[bool | None] = mapped_column(Boolean)
    takes_part_at: Mapped[datetime | None]
    may_be_recorded: Mapped[bool | None] = mapped_column(Boolean)
    may_be_recorded_at: Mapped[datetime | None]
    agrees: Mapped[bool | None] = mapped_column(Boolean)
    agrees_at: Mapped[datetime | None]


class MediationEvent(Base):
    """What happened, as it became known; the database lets nobody change or delete it."""

    __tablename__ = "mediation_events"
    __table_args__ = (
        Index(
            "uq_mediation_events_told",
            "mediation_id",
            "leg_id",
            "what",
            "at",
            unique=True,
            postgresql_where=text("actor = 'pbx'"),
        ),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    mediation_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("mediations.id"), index=True)
    leg_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("mediation_legs.id"))
    at: Mapped[datetime]
    actor: Mapped[str] = mapped_column(Text)
    """A user's name, or `pbx`, or `backend`."""
    what: Mapped[str] = mapped_column(Text)
    detail: Mapped[str | None] = mapped_column(Text)
