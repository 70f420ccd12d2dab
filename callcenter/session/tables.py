"""The table of what users chose; None is what everybody has who chose nothing."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import BigInteger, ForeignKey, Integer, Interval, Text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from callcenter.postgres.database import Base


class UserPreferences(Base):
    """How one user likes the pages."""

    __tablename__ = "user_preferences"

    user_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("users.id"), primary_key=True)
    language: Mapped[str | None] = mapped_column(Text)
    """A word of `languages.Language`."""
    theme: Mapped[str | None] = mapped_column(Text)
    """A word of `rules.Theme`."""
    queues: Mapped[list[str] | None] = mapped_column(ARRAY(Text))
    ringer_volume: Mapped[int | None] = mapped_column(Integer)
    waiting_yellow: Mapped[timedelta | None] = mapped_column(Interval)
    waiting_red: Mapped[timedelta | None] = mapped_column(Interval)
