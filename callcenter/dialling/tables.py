"""Tables of click-to-call: whom we may ring and whom not, what was dialled, what was refused."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import BigInteger, ForeignKey, Identity, Index, Integer, Interval, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from callcenter.postgres.database import Base

_IN_FLIGHT = text("state = 'dialling'")


class DirectoryEntry(Base):
    """Somebody whom agents ring besides callers: a merchant, an office, an expert."""

    __tablename__ = "directory"

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    name: Mapped[str] = mapped_column(Text)
    number: Mapped[str] = mapped_column(Text, unique=True)
    """Normalised."""
    kind: Mapped[str] = mapped_column(Text)


class DoNotCall(Base):
    """A number that nobody may ring. Normalised."""

    __tablename__ = "do_not_call"

    number: Mapped[str] = mapped_column(Text, primary_key=True)
    reason: Mapped[str] = mapped_column(Text)
    added_by: Mapped[int] = mapped_column(BigInteger, ForeignKey("users.id"))
    added_at: Mapped[datetime]


class PastDoNotCall(Base):
    """What stood on the list until somebody took it off or replaced it. Never changed."""

    __tablename__ = "past_do_not_call"

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    number: Mapped[str] = mapped_column(Text, index=True)
    reason: Mapped[str] = mapped_column(Text)
    added_by: Mapped[int] = mapped_column(BigInteger, ForeignKey("users.id"))
    added_at: Mapped[datetime]
    ended_by: Mapped[int] = mapped_column(BigInteger, ForeignKey("users.id"))
    ended_at: Mapped[datetime]


class Dial(Base):
    """One ring of an agent's phone and then a number, committed before anything is sent.

    `call_id` is chosen by us, so that the record of the call is found whatever happens to our process. While a dial is
    in flight its person and its seat are leased: the partial indexes leave no room for a second one.
    """

    __tablename__ = "dials"
    __table_args__ = (
        Index("uq_dials_subject", "subject", unique=True, postgresql_where=_IN_FLIGHT),
        Index("uq_dials_seat", "pbx", "interface", unique=True, postgresql_where=_IN_FLIGHT),
        UniqueConstraint("user_id", "idempotency_key"),
        UniqueConstraint("pbx", "call_id"),
        Index("ix_dials_of_subject", "subject", "requested_at"),
        Index(None, "user_id", "requested_at"),
        Index(None, "episode_id"),
        Index(None, "survey_sample_id", postgresql_where=text("survey_sample_id IS NOT NULL")),
        Index(None, "ended_at"),
        Index("ix_dials_not_ended", "state", "id", postgresql_where=text("state <> 'ended'")),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=False), primary_key=True)
    user_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("users.id"))
    idempotency_key: Mapped[str] = mapped_column(Text)
    request_sha256: Mapped[str] = mapped_column(Text)
    """Of what was asked for: a repeat has the same, another request has not."""
    subject: Mapped[str] = mapped_column(Text)
    episode_id: Mapped[int | None] = mapped_column(BigInteger)
    survey_sample_id: Mapped[int | None] = mapped_column(BigInteger)
    """Of whom a survey has drawn."""
    pbx: Mapped[str] = mapped_column(Text)
    call_id: Mapped[str] = mapped_column(Text)
    interface: Mapped[str] = mapped_column(Text)
    requested_at: Mapped[datetime]
    answered_at: Mapped[datetime | None]
    """When the PBX took the order; None while its answer is not known."""
    withdrawn_at: Mapped[datetime | None]
    """When we hung up because the person rang us."""
    state: Mapped[str] = mapped_column(Text)
    outcome: Mapped[str | None] = mapped_column(Text)
    hangup_cause: Mapped[int | None] = mapped_column(Integer)
    talk: Mapped[timedelta | None] = mapped_column(Interval)
    is_mailbox_suspected: Mapped[bool]
    ended_at: Mapped[datetime | None]
    settled_at: Mapped[datetime | None]
    """The `changed_at` of the call as it was looked at: a witness who reports more of it later is listened to."""


class DialJudgement(Base):
    """What an agent heard at the other end. Never changed: the latest counts."""

    __tablename__ = "dial_judgements"

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    dial_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("dials.id"), index=True)
    user_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("users.id"))
    at: Mapped[datetime]
    judgement: Mapped[str] = mapped_column(Text)
    note: Mapped[str] = mapped_column(Text)


class DialRefusal(Base):
    """An attempt to ring a number that was refused. Never changed."""

    __tablename__ = "dial_refusals"

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    at: Mapped[datetime]
    user_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("users.id"))
    target: Mapped[str] = mapped_column(Text)
    """What kind of thing was to be rung: episode, call, directory, survey, typed, several."""
    reason: Mapped[str] = mapped_column(Text)
    masked_number: Mapped[str | None] = mapped_column(Text)
    episode_id: Mapped[int | None] = mapped_column(BigInteger)


class OutgoingLeg(Base):
    """A number that the gate let through, for whom, for what and on what ground. Never changed."""

    __tablename__ = "outgoing_legs"
    __table_args__ = (Index(None, "user_id", "at"), Index(None, "number", "at"))

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    at: Mapped[datetime]
    user_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("users.id"))
    number: Mapped[str] = mapped_column(Text)
    occasion: Mapped[str] = mapped_column(Text)
    """A word of `rules.Purpose`."""
    ground: Mapped[str] = mapped_column(Text)
    """A word of `gate.Ground`."""
    episode_id: Mapped[int | None] = mapped_column(BigInteger)
    call_id: Mapped[str] = mapped_column(Text)
    """Of the channel that rings it."""


class CallerPriority(Base):
    """A caller who rang us while we rang them, or were about to: goes before the others in the queue, once.

    `dial_id` is None where nothing had been dialled yet.
    """

    __tablename__ = "caller_priorities"

    pbx: Mapped[str] = mapped_column(Text, primary_key=True)
    call_id: Mapped[str] = mapped_column(Text, primary_key=True)
    dial_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("dials.id"))
    noticed_at: Mapped[datetime]
    raised_at: Mapped[datetime | None]
