"""Tables of surveys. A frame and what somebody answered are never changed; of a person only the state is."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Identity,
    Index,
    Integer,
    Numeric,
    Text,
    UniqueConstraint,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from callcenter.postgres.database import Base


class SurveyRow(Base):
    """A survey of one frozen period: what was drawn from, by which seed, and what came of it."""

    __tablename__ = "surveys"
    __table_args__ = (
        UniqueConstraint("snapshot_id"),
        CheckConstraint("num_nulls(share, margin) = 1", name="share_or_margin"),
        CheckConstraint("state = 'frozen' OR seed IS NOT NULL", name="drawn_by_a_seed"),
        CheckConstraint("state <> 'closed' OR figures IS NOT NULL", name="closed_with_figures"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    snapshot_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("snapshots.id"))
    state: Mapped[str] = mapped_column(Text)
    share: Mapped[Decimal | None] = mapped_column(Numeric)
    margin: Mapped[Decimal | None] = mapped_column(Numeric)
    frame_sha256: Mapped[str] = mapped_column(Text)
    exclusions: Mapped[dict[str, int]] = mapped_column(JSONB)
    """How many are not asked, by reason."""
    frozen_at: Mapped[datetime]
    frozen_by: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("users.id"))
    """None for the nightly job."""
    sheet_sha256: Mapped[str | None] = mapped_column(Text)
    """Of the sheet of the period's last day."""
    seed: Mapped[str | None] = mapped_column(Text)
    drawn_at: Mapped[datetime | None]
    drawn_by: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("users.id"))
    closed_at: Mapped[datetime | None]
    closed_by: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("users.id"))
    figures: Mapped[dict[str, Any] | None] = mapped_column(JSONB)


class SurveyMember(Base):
    """A complaint of the frame. `person` tells people apart and names nobody."""

    __tablename__ = "survey_frame"
    __table_args__ = (Index(None, "person"),)

    survey_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("surveys.id"), primary_key=True)
    number: Mapped[str] = mapped_column(Text, primary_key=True)
    unit_id: Mapped[int | None] = mapped_column(BigInteger)
    is_settled: Mapped[bool] = mapped_column(Boolean)
    person: Mapped[str | None] = mapped_column(Text)


class SurveySample(Base):
    """The place of a complaint in the draw, and how its complainant stands."""

    __tablename__ = "survey_samples"
    __table_args__ = (
        UniqueConstraint("survey_id", "number"),
        ForeignKeyConstraint(["survey_id", "number"], ["survey_frame.survey_id", "survey_frame.number"]),
        CheckConstraint("state <> 'excluded' OR reason IS NOT NULL", name="excluded_with_a_reason"),
        Index(None, "survey_id", "state", "id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    survey_id: Mapped[int] = mapped_column(BigInteger)
    number: Mapped[str] = mapped_column(Text)
    position: Mapped[int] = mapped_column(Integer)
    """In the stratum, from 1."""
    is_reserve: Mapped[bool] = mapped_column(Boolean)
    state: Mapped[str] = mapped_column(Text)
    opened_at: Mapped[datetime | None]
    ended: Mapped[str | None] = mapped_column(Text)
    """How: a SampleEnd."""
    reason: Mapped[str | None] = mapped_column(Text)
    """Why they are left out."""
    ended_at: Mapped[datetime | None]
    ended_by: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("users.id"))


class SurveyAnswer(Base):
    """What somebody answered: once. The call is the one in which they did."""

    __tablename__ = "survey_answers"
    __table_args__ = (
        CheckConstraint("attitude BETWEEN 1 AND 5", name="attitude_is_a_mark"),
        CheckConstraint("result BETWEEN 1 AND 5", name="result_is_a_mark"),
    )

    sample_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("survey_samples.id"), primary_key=True)
    attitude: Mapped[int | None] = mapped_column(Integer)
    result: Mapped[int | None] = mapped_column(Integer)
    is_solved: Mapped[bool | None] = mapped_column(Boolean)
    is_kept: Mapped[bool | None] = mapped_column(Boolean)
    suggestion: Mapped[str | None] = mapped_column(Text)
    wants_call_back: Mapped[bool] = mapped_column(Boolean)
    surveyor_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("users.id"))
    at: Mapped[datetime]
    dial_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("dials.id"))
