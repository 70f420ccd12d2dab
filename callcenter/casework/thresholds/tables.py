"""The table of thresholds: dated data with their sources, written by migrations and by the office, only added to."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Numeric, Text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from callcenter.casework.thresholds.rules import ThresholdCode
from callcenter.postgres.database import Base


class ThresholdRow(Base):
    """A number or a list of codes, in force from a moment on until the next of its code."""

    __tablename__ = "thresholds"
    __table_args__ = (
        CheckConstraint("(number IS NULL) <> (names IS NULL)", name="number_or_names"),
        CheckConstraint(f"code IN {tuple(code.value for code in ThresholdCode)}", name="known_code"),
    )

    code: Mapped[str] = mapped_column(Text, primary_key=True)
    valid_from: Mapped[datetime] = mapped_column(primary_key=True)
    number: Mapped[Decimal | None] = mapped_column(Numeric)
    names: Mapped[list[str] | None] = mapped_column(ARRAY(Text))
    certainty: Mapped[str] = mapped_column(Text)
    source: Mapped[str] = mapped_column(Text)
    added_by: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("users.id"))
    """None where it came with the product."""
    added_at: Mapped[datetime]
