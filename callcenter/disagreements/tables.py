"""Table of what supervisors have settled."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, Identity, Index, Text
from sqlalchemy.orm import Mapped, mapped_column

from callcenter.postgres.database import Base


class Settlement(Base):
    """A supervisor has looked at an unconfirmed call and says why its record stands as it is.

    Never changed, never deleted: a trigger refuses it. It holds for the reports of then (`told_sha256`): when a witness
    brings something new, the call is to be looked at again.
    """

    __tablename__ = "settlements"
    __table_args__ = (Index(None, "pbx", "call_id"),)

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    pbx: Mapped[str] = mapped_column(Text)
    call_id: Mapped[str] = mapped_column(Text)
    reason: Mapped[str] = mapped_column(Text)
    told_sha256: Mapped[str] = mapped_column(Text)
    settled_by: Mapped[int] = mapped_column(BigInteger, ForeignKey("users.id"))
    settled_at: Mapped[datetime]
