"""Tables of the business calendar, and of what the PBX has of it."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import BigInteger, ForeignKey, Integer, Text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from callcenter.postgres.database import Base


class CalendarDay(Base):
    """What the State Council published or a supervisor wrote about a date; `spans` None for the usual hours."""

    __tablename__ = "calendar_days"

    business_date: Mapped[date] = mapped_column(primary_key=True)
    source: Mapped[str] = mapped_column(Text, primary_key=True)
    kind: Mapped[str] = mapped_column(Text)
    spans: Mapped[list[str] | None] = mapped_column(ARRAY(Text))
    """As `08:30-12:00`, in order."""
    note: Mapped[str] = mapped_column(Text)
    changed_by: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("users.id"))
    changed_at: Mapped[datetime]


class WeekdayHours(Base):
    """The hours of a weekday when it is a workday; 0 is Monday."""

    __tablename__ = "weekday_hours"

    weekday: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    spans: Mapped[list[str]] = mapped_column(ARRAY(Text))
    changed_by: Mapped[int] = mapped_column(BigInteger, ForeignKey("users.id"))
    changed_at: Mapped[datetime]


class PushedPlan(Base):
    """A key of the PBX's own database, the value that was read back from it, and when that was last done."""

    __tablename__ = "pushed_plans"

    pbx: Mapped[str] = mapped_column(Text, primary_key=True)
    key: Mapped[str] = mapped_column(Text, primary_key=True)
    value: Mapped[str] = mapped_column(Text)
    pushed_at: Mapped[datetime]
