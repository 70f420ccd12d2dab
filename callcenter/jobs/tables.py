"""The table that decides which process does the work of a day, and that it is done once."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Text
from sqlalchemy.orm import Mapped, mapped_column

from callcenter.postgres.database import Base


class JobRun(Base):
    """The work of one job for one business day: due, leased to a process until `leased_until`, or done."""

    __tablename__ = "job_runs"

    job: Mapped[str] = mapped_column(Text, primary_key=True)
    business_date: Mapped[date] = mapped_column(primary_key=True)
    leased_until: Mapped[datetime | None]
    lease: Mapped[str | None] = mapped_column(Text)
    """Who holds it; a new one for every claim."""
    done_at: Mapped[datetime | None]
