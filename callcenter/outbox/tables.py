"""The table of changes that are to be followed."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, Identity, Index, Text, func
from sqlalchemy.orm import Mapped, mapped_column

from callcenter.postgres.database import Base


class PendingChange(Base):
    """A change that one consumer has not followed yet.

    It is written in the transaction that makes the change, one row for each consumer. A consumer removes its own rows
    in the transaction that follows them. So no consumer misses a change or takes it from another, whoever writes and in
    whichever order transactions end: a position in a common list would pass over a transaction that took its id early
    and committed late.
    """

    __tablename__ = "outbox"
    __table_args__ = (Index(None, "consumer", "kind", "subject"), Index(None, "consumer", "kind", "pbx", "due_at"))

    consumer: Mapped[str] = mapped_column(Text, primary_key=True)
    kind: Mapped[str] = mapped_column(Text, primary_key=True)
    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    pbx: Mapped[str | None] = mapped_column(Text)
    key: Mapped[str] = mapped_column(Text)
    subject: Mapped[str | None] = mapped_column(Text)
    changed_at: Mapped[datetime]
    changed_by: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("users.id"))
    """None where no user changed it."""
    due_at: Mapped[datetime] = mapped_column(server_default=func.now())
    """Not to be followed before."""
