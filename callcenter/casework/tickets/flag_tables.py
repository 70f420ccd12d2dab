"""Table of the flags of matters that must become a case or a signed refusal."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import BigInteger, ForeignKey, Identity, Index, Integer, Text, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from callcenter.postgres.database import Base


class CaseFlag(Base):
    """A flag as it stands; what happened to it stands in the log of its ticket. Of each trigger a ticket has one."""

    __tablename__ = "case_flags"
    __table_args__ = (
        Index(
            "uq_case_flags_trigger",
            "ticket_id",
            "trigger",
            unique=True,
            postgresql_where=text("state <> 'withdrawn'"),
        ),
        Index(None, "state", "id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    version: Mapped[int] = mapped_column(Integer)
    ticket_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("tickets.id"), index=True)
    trigger: Mapped[str] = mapped_column(Text)
    rule_version: Mapped[str | None] = mapped_column(Text)
    """None where somebody raised it."""
    raised_by: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("users.id"))
    raised_at: Mapped[datetime]
    discovered_on: Mapped[date]
    remark: Mapped[str | None] = mapped_column(Text)
    state: Mapped[str] = mapped_column(Text)
    proposes: Mapped[str | None] = mapped_column(Text)
    """The state that is proposed, or was signed."""
    proposed_by: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("users.id"))
    proposed_at: Mapped[datetime | None]
    case_number: Mapped[str | None] = mapped_column(Text)
    officers: Mapped[list[str]] = mapped_column(ARRAY(Text))
    ground: Mapped[int | None] = mapped_column(Integer)
    reason: Mapped[str | None] = mapped_column(Text)
    signed_by: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("users.id"))
    signed_at: Mapped[datetime | None]
    extended_by: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("users.id"))
    extended_at: Mapped[datetime | None]
    result: Mapped[str | None] = mapped_column(Text)
    """Of the case."""
    result_at: Mapped[datetime | None]
