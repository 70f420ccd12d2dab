"""Which numbers ring at this moment, whatever for."""

from __future__ import annotations

from sqlalchemy import Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from callcenter.postgres.database import Base


class RungNumber(Base):
    """A number that is rung, by the call that rings it; gone when that is over. One call at a time rings a number."""

    __tablename__ = "rung_numbers"
    __table_args__ = (UniqueConstraint("pbx", "call_id"),)

    number: Mapped[str] = mapped_column(Text, primary_key=True)
    """Normalised."""
    pbx: Mapped[str] = mapped_column(Text)
    call_id: Mapped[str] = mapped_column(Text)
