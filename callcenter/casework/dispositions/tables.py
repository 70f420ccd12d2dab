"""Table of the reasons why answered calls became no matter."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, Text
from sqlalchemy.orm import Mapped, mapped_column

from callcenter.postgres.database import Base


class CallDisposition(Base):
    """The reason that was said last of a call; one that has a ticket needs none."""

    __tablename__ = "call_dispositions"

    pbx: Mapped[str] = mapped_column(Text, primary_key=True)
    call_id: Mapped[str] = mapped_column(Text, primary_key=True)
    reason: Mapped[str] = mapped_column(Text)
    remark: Mapped[str | None] = mapped_column(Text)
    said_by: Mapped[int] = mapped_column(BigInteger, ForeignKey("users.id"))
    said_at: Mapped[datetime]
