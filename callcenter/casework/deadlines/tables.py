"""Tables of the rules of time limits: dated data with their sources, written by migrations and by the office."""

from __future__ import annotations

from datetime import date, timedelta

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    ForeignKey,
    Identity,
    Integer,
    Interval,
    Text,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column

from callcenter.postgres.database import Base


class RuleSetRow(Base):
    """Rules that hold for matters that were received from one day to another, both included."""

    __tablename__ = "rule_sets"
    __table_args__ = (CheckConstraint("valid_to IS NULL OR valid_from <= valid_to", name="valid_from_before_valid_to"),)

    code: Mapped[str] = mapped_column(Text, primary_key=True)
    name: Mapped[str] = mapped_column(Text)
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]


class DeadlineRuleRow(Base):
    """A time limit of a set of rules."""

    __tablename__ = "deadline_rules"
    __table_args__ = (
        UniqueConstraint("ruleset", "code", "priority", postgresql_nulls_not_distinct=True),
        CheckConstraint("lasts >= interval '0'", name="lasts_not_negative"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    ruleset: Mapped[str] = mapped_column(Text, ForeignKey("rule_sets.code"))
    code: Mapped[str] = mapped_column(Text)
    priority: Mapped[str | None] = mapped_column(Text)
    counted_in: Mapped[str] = mapped_column(Text)
    lasts: Mapped[timedelta] = mapped_column(Interval)
    extended_by: Mapped[int | None] = mapped_column(Integer)
    begins_when: Mapped[str] = mapped_column(Text)
    ends_when: Mapped[str] = mapped_column(Text)
    paused_by: Mapped[str | None] = mapped_column(Text)
    rolls_over_weekends: Mapped[bool] = mapped_column(Boolean)
    certainty: Mapped[str] = mapped_column(Text)
    source: Mapped[str] = mapped_column(Text)
