"""Tables of forms: what was issued, and the last number of each form and year."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Identity, Integer, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from callcenter.postgres.database import Base


class FormNumber(Base):
    """The last number of a form and year. A transaction that fails gives its number back, so there is no gap."""

    __tablename__ = "form_numbers"

    form: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    year: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    last: Mapped[int] = mapped_column(Integer)


class IssuedForm(Base):
    """A form that was issued, once for what it says; the database lets nobody change or delete it.

    Its PDF is the kept file of this hash.
    """

    __tablename__ = "issued_forms"
    __table_args__ = (
        UniqueConstraint("form", "year", "number"),
        UniqueConstraint("form", "event_id"),
        CheckConstraint("number > 0", name="number_counts"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    ticket_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("tickets.id"), index=True)
    form: Mapped[int] = mapped_column(Integer)
    event_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("ticket_events.id"))
    """What it says happened."""
    year: Mapped[int] = mapped_column(Integer)
    number: Mapped[int] = mapped_column(Integer)
    text: Mapped[str] = mapped_column(Text)
    """The number as it is printed."""
    sha256: Mapped[str] = mapped_column(Text, ForeignKey("kept_files.sha256"))
    issued_at: Mapped[datetime]
    issued_by: Mapped[int] = mapped_column(BigInteger, ForeignKey("users.id"))
