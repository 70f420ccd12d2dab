"""Tables of what happened: calls, and how well each PBX was watched."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import BigInteger, Boolean, ForeignKey, Identity, Index, Interval, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from callcenter.postgres.database import Base

_KIND = ("direction", text("COALESCE(outcome, '')"), "is_confirmed", "queues")
"""Few different values together, so that a list can look up all of them; see `listing`."""


class Call(Base):
    """One call. `record` is merged from both witnesses' reports; the columns repeat parts of it, to find and sort by.

    `customer_key` is the same for all calls with one person in either direction, None where the number does not say who
    it was; `longest_talk` separates a talk from a click. `recorded_at` is when a witness had reported the call to its
    end, `confirmed_at` when the other had agreed; both are ours, all other moments the PBX's.
    """

    __tablename__ = "calls"
    __table_args__ = (
        Index(None, "started_at"),
        Index(None, "caller_number", "started_at"),
        Index(None, "customer_key", "started_at"),
        Index(None, "customer_key", "ended_at"),
        Index(
            "ix_calls_to_customer",
            "customer_key",
            "started_at",
            postgresql_where=text("direction = 'outbound'"),
        ),
        Index(None, "business_date", "started_at"),
        Index(None, "ended_at"),
        Index("ix_calls_open", "started_at", postgresql_where=text("outcome IS NULL")),
        Index("ix_calls_kind", *_KIND, "started_at"),
        Index(
            "ix_calls_agent",
            text("(agents[1])"),
            *_KIND,
            "started_at",
            postgresql_where=text("(agents[1]) IS NOT NULL"),
        ),
        Index(
            "ix_calls_second_agent",
            text("(agents[2])"),
            "started_at",
            postgresql_where=text("(agents[2]) IS NOT NULL"),
        ),
        Index(
            "ix_calls_further_agents",
            text("(agents[3:])"),
            postgresql_using="gin",
            postgresql_where=text("(agents[3]) IS NOT NULL"),
        ),
        Index(
            "ix_calls_odd",
            "anomalies",
            "started_at",
            postgresql_include=["pbx", "call_id", "direction", "outcome", "is_confirmed", "queues", "agents"],
            postgresql_where=text("anomalies <> '{}'"),
        ),
        Index(
            "ix_calls_emergency_unanswered",
            "pbx",
            "call_id",
            postgresql_where=text("(record ->> 'emergency_unanswered_at') IS NOT NULL"),
        ),
    )

    pbx: Mapped[str] = mapped_column(Text, primary_key=True)
    call_id: Mapped[str] = mapped_column(Text, primary_key=True)
    direction: Mapped[str] = mapped_column(Text)
    caller_number: Mapped[str | None] = mapped_column(Text)
    number_kind: Mapped[str] = mapped_column(Text)
    dialled_number: Mapped[str | None] = mapped_column(Text)
    customer_number: Mapped[str | None] = mapped_column(Text)
    customer_key: Mapped[str | None] = mapped_column(Text)
    started_at: Mapped[datetime]
    answered_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    business_date: Mapped[date]
    outcome: Mapped[str | None] = mapped_column(Text)
    short: Mapped[bool] = mapped_column(Boolean)
    wait: Mapped[timedelta] = mapped_column(Interval)
    longest_talk: Mapped[timedelta] = mapped_column(Interval)
    queues: Mapped[list[str]] = mapped_column(ARRAY(Text))
    agents: Mapped[list[str]] = mapped_column(ARRAY(Text))
    joined: Mapped[str | None] = mapped_column(Text)
    complete: Mapped[bool] = mapped_column(Boolean)
    is_confirmed: Mapped[bool] = mapped_column(Boolean)
    anomalies: Mapped[list[str]] = mapped_column(ARRAY(Text))
    record: Mapped[dict[str, Any]] = mapped_column(JSONB)
    told_by_ami: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    told_by_ledger: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    recorded_at: Mapped[datetime | None]
    confirmed_at: Mapped[datetime | None]
    changed_at: Mapped[datetime]


class LedgerPosition(Base):
    """Where reading the ledger goes on after a restart.

    `position` is in front of the oldest call still up, None for the ledger's beginning; `reached` is behind all rows
    that were read.
    """

    __tablename__ = "ledger_positions"

    pbx: Mapped[str] = mapped_column(Text, primary_key=True)
    position: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    reached: Mapped[dict[str, Any]] = mapped_column(JSONB)
    saved_at: Mapped[datetime]


class CallNote(Base):
    """What a user wrote down about a call they were in. The latest wording counts."""

    __tablename__ = "call_notes"

    pbx: Mapped[str] = mapped_column(Text, primary_key=True)
    call_id: Mapped[str] = mapped_column(Text, primary_key=True)
    user_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("users.id"), primary_key=True, autoincrement=False)
    written_at: Mapped[datetime]
    changed_at: Mapped[datetime]
    note: Mapped[str] = mapped_column(Text)


class WitnessGap(Base):
    """A time [from_at, to_at) during which a witness saw nothing; `to_at` is None while that lasts."""

    __tablename__ = "witness_gaps"
    __table_args__ = (
        Index("uq_witness_gaps_open", "pbx", "witness", unique=True, postgresql_where=text("to_at IS NULL")),
        UniqueConstraint("pbx", "witness", "from_at", "reason"),
        Index(None, "from_at"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    pbx: Mapped[str] = mapped_column(Text)
    witness: Mapped[str] = mapped_column(Text)
    from_at: Mapped[datetime]
    to_at: Mapped[datetime | None]
    reason: Mapped[str] = mapped_column(Text)


class WitnessHeartbeat(Base):
    """Until when everything a witness reported is stored."""

    __tablename__ = "witness_heartbeats"

    pbx: Mapped[str] = mapped_column(Text, primary_key=True)
    witness: Mapped[str] = mapped_column(Text, primary_key=True)
    at: Mapped[datetime]


class WitnessCount(Base):
    """How often a witness said something that could not be used, and the latest example of it."""

    __tablename__ = "witness_counts"

    pbx: Mapped[str] = mapped_column(Text, primary_key=True)
    witness: Mapped[str] = mapped_column(Text, primary_key=True)
    name: Mapped[str] = mapped_column(Text, primary_key=True)
    count: Mapped[int] = mapped_column(BigInteger)
    sample: Mapped[str | None] = mapped_column(Text)
    last_at: Mapped[datetime]


class DeadLetter(Base):
    """A report that could not be used, as text, so that a person can look at it.

    A record that the database refused, or a row of the ledger or a record that our own program could not follow.
    """

    __tablename__ = "dead_letters"
    __table_args__ = (Index(None, "told_at"),)

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    pbx: Mapped[str] = mapped_column(Text)
    witness: Mapped[str] = mapped_column(Text)
    told: Mapped[str] = mapped_column(Text)
    told_at: Mapped[datetime]
    """When it happened, as far as that is known."""
    reason: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime]
