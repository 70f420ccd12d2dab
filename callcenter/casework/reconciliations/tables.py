"""Tables of comparisons with the national platform. Rows are only added: a later comparison of a day stands beside."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import BigInteger, ForeignKey, Identity, Index, Integer, Text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from callcenter.postgres.database import Base


class Reconciliation(Base):
    """A comparison of the matters from `since` to `day` with one export."""

    __tablename__ = "reconciliations"
    __table_args__ = (Index(None, "day", "id"),)

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    day: Mapped[date]
    since: Mapped[date]
    import_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("ticket_imports.id"))
    compared_at: Mapped[datetime]
    compared_by: Mapped[int] = mapped_column(BigInteger, ForeignKey("users.id"))
    in_both: Mapped[int] = mapped_column(Integer)
    unreadable: Mapped[int] = mapped_column(Integer)
    """Rows of the export without a number that can be read."""
    not_compared: Mapped[int] = mapped_column(Integer)
    """Of those in both, rows with another error: that they are there is known, and not what they say."""
    only_here: Mapped[int] = mapped_column(Integer)
    only_there: Mapped[int] = mapped_column(Integer)
    differing: Mapped[int] = mapped_column(Integer)


class ReconciliationLine(Base):
    """A matter about which both disagree."""

    __tablename__ = "reconciliation_lines"

    reconciliation_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("reconciliations.id"), primary_key=True)
    position: Mapped[int] = mapped_column(Integer, primary_key=True)
    what: Mapped[str] = mapped_column(Text)
    platform_number: Mapped[str | None] = mapped_column(Text)
    ticket_number: Mapped[str | None] = mapped_column(Text)
    fields: Mapped[list[str]] = mapped_column(ARRAY(Text))
