"""The table of attachments: which kept file belongs to which ticket, under which name."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, Identity, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from callcenter.postgres.database import Base


class TicketAttachment(Base):
    """A file of a ticket, once, under the name that came with it first."""

    __tablename__ = "ticket_attachments"
    __table_args__ = (UniqueConstraint("ticket_id", "sha256"),)

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    ticket_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("tickets.id"))
    sha256: Mapped[str] = mapped_column(Text, ForeignKey("kept_files.sha256"), index=True)
    name: Mapped[str] = mapped_column(Text)
    description: Mapped[str | None] = mapped_column(Text)
    attached_at: Mapped[datetime]
    attached_by: Mapped[int] = mapped_column(BigInteger, ForeignKey("users.id"))
