"""Tables of what failed in the processes, and of the processes themselves."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, Identity, Integer, Text
from sqlalchemy.orm import Mapped, mapped_column

from callcenter.postgres.database import Base


class Process(Base):
    """A process of the backend and when it last gave a sign, by the database's clock."""

    __tablename__ = "processes"

    name: Mapped[str] = mapped_column(Text, primary_key=True)
    seen_at: Mapped[datetime]


class ProcessAlarm(Base):
    """A part of a process failed, once or several times before it ran well again; `back_at` None while it is down."""

    __tablename__ = "process_alarms"

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    incident_id: Mapped[str] = mapped_column(Text, unique=True)
    host: Mapped[str] = mapped_column(Text)
    process: Mapped[str] = mapped_column(Text)
    """Its name in `processes`."""
    part: Mapped[str] = mapped_column(Text)
    failed_at: Mapped[datetime]
    failures: Mapped[int] = mapped_column(Integer)
    reason: Mapped[str] = mapped_column(Text)
    back_at: Mapped[datetime | None]
    acknowledged_by: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("users.id"))
    acknowledged_at: Mapped[datetime | None]
