"""Table of what failed in the processes."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, Identity, Integer, Text
from sqlalchemy.orm import Mapped, mapped_column

from callcenter.database import Base


class ProcessAlarm(Base):
    """A part of a process failed, once or several times before it ran well again; `back_at` None while it is down."""

    __tablename__ = "process_alarms"

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    incident_id: Mapped[str] = mapped_column(Text, unique=True)
    host: Mapped[str] = mapped_column(Text)
    part: Mapped[str] = mapped_column(Text)
    failed_at: Mapped[datetime]
    failures: Mapped[int] = mapped_column(Integer)
    reason: Mapped[str] = mapped_column(Text)
    back_at: Mapped[datetime | None]
