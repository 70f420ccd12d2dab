"""Tables of the callback list. Episodes follow from the calls and the decisions; lists and day sheets are frozen."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Identity, Index, Integer, Interval, Text, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from callcenter.postgres.database import Base

_IS_OPEN = text("closed_at IS NULL")


class EpisodeDecision(Base):
    """A supervisor signed that a caller cannot be reached. Never changed, never deleted."""

    __tablename__ = "episode_decisions"

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    subject: Mapped[str] = mapped_column(Text, index=True)
    decided_at: Mapped[datetime]
    decided_by: Mapped[int] = mapped_column(BigInteger, ForeignKey("users.id"))
    reason: Mapped[str] = mapped_column(Text)
    calls: Mapped[list[list[str]]] = mapped_column(JSONB)
    """Pairs of pbx and call_id: the lost calls that the supervisor saw."""


class EpisodeRow(Base):
    """One caller's lost calls until somebody talked to them; `caller_number` is None where none was usable.

    `priority` sorts the most urgent first. `due_at` is None where the working calendar is missing.
    """

    __tablename__ = "episodes"
    __table_args__ = (
        Index("ix_episodes_open", "priority", "id", postgresql_where=_IS_OPEN),
        Index("ix_episodes_open_subject", "subject", postgresql_where=_IS_OPEN),
        Index(None, "subject", "closed_at"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=False), primary_key=True)
    subject: Mapped[str] = mapped_column(Text)
    caller_number: Mapped[str | None] = mapped_column(Text)
    state: Mapped[str] = mapped_column(Text)
    opened_at: Mapped[datetime]
    last_lost_at: Mapped[datetime]
    due_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    closed_by_pbx: Mapped[str | None] = mapped_column(Text)
    closed_by_call_id: Mapped[str | None] = mapped_column(Text)
    decision_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("episode_decisions.id"))
    attempts: Mapped[int] = mapped_column(Integer)
    attempts_counted: Mapped[int] = mapped_column(Integer)
    """Those in different parts of the day: what a signed decision asks for."""
    first_attempt_at: Mapped[datetime | None]
    has_message: Mapped[bool]
    is_emergency: Mapped[bool]
    """Nobody on duty took it: the caller may be rung at any hour."""
    tries_within_window: Mapped[int] = mapped_column(Integer)
    longest_wait: Mapped[timedelta] = mapped_column(Interval)
    priority: Mapped[list[int]] = mapped_column(ARRAY(BigInteger))
    reopens: Mapped[int | None] = mapped_column(BigInteger)
    next_try_at: Mapped[datetime | None]
    """Not to be tried again before; None where it may be tried at once."""


class EpisodeCall(Base):
    """Every missed call is in exactly one episode: the primary key leaves no other way.

    What it adds to its episode stands beside it, as it was when the episode was built, so that a further call of an
    episode with very many needs not all of them; None in rows written by an older version.
    """

    __tablename__ = "episode_calls"
    __table_args__ = (
        Index(None, "business_date", "episode_id"),
        Index(None, "episode_id", "lost_at"),
        Index(None, "episode_id", "started_at"),
    )

    pbx: Mapped[str] = mapped_column(Text, primary_key=True)
    call_id: Mapped[str] = mapped_column(Text, primary_key=True)
    episode_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("episodes.id"))
    business_date: Mapped[date]
    started_at: Mapped[datetime | None]
    lost_at: Mapped[datetime | None]
    wait: Mapped[timedelta | None] = mapped_column(Interval)
    outcome: Mapped[str | None] = mapped_column(Text)
    has_message: Mapped[bool | None]


class CallbackList(Base):
    """The list of a business day as it was when the day had ended, the most urgent first."""

    __tablename__ = "callback_lists"

    business_date: Mapped[date] = mapped_column(primary_key=True)
    frozen_at: Mapped[datetime]
    rows: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    sha256: Mapped[str] = mapped_column(Text)


class DaySheet(Base):
    """The figures of a business day; `sha256` covers them, the list and the sheet before."""

    __tablename__ = "day_sheets"

    business_date: Mapped[date] = mapped_column(primary_key=True)
    sheet: Mapped[dict[str, Any]] = mapped_column(JSONB)
    previous_sha256: Mapped[str | None] = mapped_column(Text)
    sha256: Mapped[str] = mapped_column(Text)


class EpisodeClaim(Base):
    """An agent works on an episode until `expires_at`; `ended_at` is None while it is theirs."""

    __tablename__ = "episode_claims"
    __table_args__ = (
        Index("uq_episode_claims_present", "episode_id", unique=True, postgresql_where=text("ended_at IS NULL")),
        Index("uq_episode_claims_slot", "user_id", "slot", unique=True, postgresql_where=text("ended_at IS NULL")),
        Index(None, "user_id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    episode_id: Mapped[int] = mapped_column(BigInteger)
    user_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("users.id"))
    slot: Mapped[int] = mapped_column(Integer)
    """From 1 to as many as an agent may have at once; 0 for a caller whose turn in a queue came up."""
    claimed_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    ended_by: Mapped[str | None] = mapped_column(Text)
    """A word of `claim_store.ClaimEnd`."""


class EpisodeNote(Base):
    """What somebody wrote down about an episode. Never changed."""

    __tablename__ = "episode_notes"

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    episode_id: Mapped[int] = mapped_column(BigInteger, index=True)
    user_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("users.id"))
    at: Mapped[datetime]
    note: Mapped[str] = mapped_column(Text)


class EpisodePromise(Base):
    """When the caller of an episode was promised a call, and who named that time. The latest counts."""

    __tablename__ = "episode_promises"

    episode_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    promised_at: Mapped[datetime]
    set_by: Mapped[int] = mapped_column(BigInteger, ForeignKey("users.id"))
    set_at: Mapped[datetime]
    named_by: Mapped[str] = mapped_column(Text)
    """A word of `promises.NamedBy`."""
    named_in_pbx: Mapped[str | None] = mapped_column(Text)
    named_in_call_id: Mapped[str | None] = mapped_column(Text)
    opens_hours: Mapped[bool]
    """Whether the caller may be rung then at whatever hour."""


class PromiseChange(Base):
    """A promise that was made, and the time that had been promised before. Never changed."""

    __tablename__ = "promise_changes"

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    episode_id: Mapped[int] = mapped_column(BigInteger, index=True)
    replaced_at: Mapped[datetime | None]
    promised_at: Mapped[datetime]
    set_by: Mapped[int] = mapped_column(BigInteger, ForeignKey("users.id"))
    set_at: Mapped[datetime]
    named_by: Mapped[str] = mapped_column(Text)
    named_in_pbx: Mapped[str | None] = mapped_column(Text)
    named_in_call_id: Mapped[str | None] = mapped_column(Text)
    opens_hours: Mapped[bool]


class QueueTurn(Base):
    """A place kept in a queue came up, for the `number`th time, and an agent's phone is to ring for it.

    While `taken_at` is None the agent is still busy and was asked to take no other call next, until `reserved_until`.
    Taken is written before anything is dialled: who dies in between has taken the turn all the same.
    """

    __tablename__ = "queue_turns"
    __table_args__ = (Index(None, "queue", "taken_at"),)

    pbx: Mapped[str] = mapped_column(Text, primary_key=True)
    call_id: Mapped[str] = mapped_column(Text, primary_key=True)
    """Of the call in which the caller asked."""
    number: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    queue: Mapped[str] = mapped_column(Text)
    user_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("users.id"))
    interface: Mapped[str] = mapped_column(Text)
    reserved_until: Mapped[datetime | None]
    taken_at: Mapped[datetime | None]
