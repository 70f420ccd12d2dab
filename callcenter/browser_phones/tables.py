"""The tables of phones in pages: whose each is, and whose turn it is to change that. What makes a login is not kept."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, LargeBinary, Text
from sqlalchemy.orm import Mapped, mapped_column

from callcenter.postgres.database import Base


class PhoneLeaseRow(Base):
    """The PBX lets a phone register at this seat. Without a row it must not: the worker sees to that."""

    __tablename__ = "phone_leases"

    pbx: Mapped[str] = mapped_column(Text, primary_key=True)
    interface: Mapped[str] = mapped_column(Text, primary_key=True)
    user_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("users.id"))
    holder: Mapped[bytes] = mapped_column(LargeBinary)
    """The hash of the secret of the browser session, or of the token, that has it."""
    began_at: Mapped[datetime]
    """When the holder took it."""
    expires_at: Mapped[datetime]


class PhoneTurn(Base):
    """Somebody is asking the PBX about the phone of this seat; nobody else does, until then at the latest."""

    __tablename__ = "phone_turns"

    pbx: Mapped[str] = mapped_column(Text, primary_key=True)
    interface: Mapped[str] = mapped_column(Text, primary_key=True)
    until: Mapped[datetime]
    """By the clock of the database, as several processes may ask."""
