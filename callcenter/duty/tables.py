"""Tables of the duty roster, which is separate from any other roster, and of unanswered emergencies."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, Identity, Integer, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from callcenter.postgres.database import Base


class DutyPerson(Base):
    """Somebody who can be on duty, a user or not; `number` is what the PBX dials, digits only."""

    __tablename__ = "duty_people"

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    name: Mapped[str] = mapped_column(Text)
    number: Mapped[str] = mapped_column(Text)
    unit: Mapped[str] = mapped_column(Text)
    user_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("users.id"), unique=True)


class DutyShift(Base):
    """One person is on duty from `starts_at` until `ends_at`."""

    __tablename__ = "duty_shifts"

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    person_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("duty_people.id"))
    starts_at: Mapped[datetime] = mapped_column(index=True)
    ends_at: Mapped[datetime]
    position: Mapped[int] = mapped_column(Integer)
    role: Mapped[str] = mapped_column(Text)
    changed_by: Mapped[int] = mapped_column(BigInteger, ForeignKey("users.id"))
    changed_at: Mapped[datetime]


class OtherDuty(Base):
    """Somebody is on another roster, the administrative one, or away: not to be put on ours."""

    __tablename__ = "other_duties"

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    person_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("duty_people.id"))
    starts_at: Mapped[datetime] = mapped_column(index=True)
    ends_at: Mapped[datetime]
    what: Mapped[str] = mapped_column(Text)


class DutySwap(Base):
    """A shift is to go to somebody else: asked for, accepted by that person, and approved, or refused at any step.

    Never by one user alone: `rules.check_swap_step`.
    """

    __tablename__ = "duty_swaps"

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    shift_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("duty_shifts.id", ondelete="CASCADE"), index=True)
    from_person_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("duty_people.id"))
    to_person_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("duty_people.id"))
    reason: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(Text)
    requested_by: Mapped[int] = mapped_column(BigInteger, ForeignKey("users.id"))
    requested_at: Mapped[datetime]
    accepted_by: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("users.id"))
    accepted_at: Mapped[datetime | None]
    decided_by: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("users.id"))
    decided_at: Mapped[datetime | None]


class DutyHandover(Base):
    """What one shift wrote for the next. Never changed, never deleted: a trigger refuses it."""

    __tablename__ = "duty_handovers"

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    written_by: Mapped[int] = mapped_column(BigInteger, ForeignKey("users.id"))
    written_at: Mapped[datetime]
    note: Mapped[str] = mapped_column(Text)


class DutyAlarm(Base):
    """A caller with an emergency reached nobody on duty; once for each call."""

    __tablename__ = "duty_alarms"
    __table_args__ = (UniqueConstraint("pbx", "call_id"),)

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    pbx: Mapped[str] = mapped_column(Text)
    call_id: Mapped[str] = mapped_column(Text)
    raised_at: Mapped[datetime]
    acknowledged_by: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("users.id"))
    acknowledged_at: Mapped[datetime | None]
