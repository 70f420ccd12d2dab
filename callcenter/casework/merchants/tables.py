"""Tables of merchants. Each change, merging included, leaves a version; nothing is ever deleted."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from sqlalchemy import BigInteger, ForeignKey, Identity, Index, Integer, Numeric, Text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from callcenter.postgres.database import Base


class MerchantRow(Base):
    """A merchant as they stand. A merge is a pointer and moves nothing."""

    __tablename__ = "merchants"
    __table_args__ = (Index("ix_merchants_grams", "grams", postgresql_using="gin"),)

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    version: Mapped[int] = mapped_column(Integer)
    name: Mapped[str] = mapped_column(Text)
    normalised_name: Mapped[str] = mapped_column(Text)
    uscc: Mapped[str | None] = mapped_column(Text, unique=True)
    aliases: Mapped[list[str]] = mapped_column(ARRAY(Text))
    superior: Mapped[str | None] = mapped_column(Text)
    superior_address: Mapped[str | None] = mapped_column(Text)
    platform: Mapped[str | None] = mapped_column(Text)
    region: Mapped[str | None] = mapped_column(Text)
    scale: Mapped[Decimal | None] = mapped_column(Numeric)
    merged_into: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("merchants.id"), index=True)
    search_text: Mapped[str] = mapped_column(Text)
    """The name and all aliases, compact."""
    grams: Mapped[list[str]] = mapped_column(ARRAY(Text))
    """The bigrams of that, and of the names without the forms of companies."""


class MerchantVersionRow(Base):
    """A merchant as they stood from `changed_at` until the next version."""

    __tablename__ = "merchant_versions"

    merchant_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("merchants.id"), primary_key=True)
    version: Mapped[int] = mapped_column(Integer, primary_key=True)
    name: Mapped[str] = mapped_column(Text)
    uscc: Mapped[str | None] = mapped_column(Text)
    aliases: Mapped[list[str]] = mapped_column(ARRAY(Text))
    superior: Mapped[str | None] = mapped_column(Text)
    superior_address: Mapped[str | None] = mapped_column(Text)
    platform: Mapped[str | None] = mapped_column(Text)
    region: Mapped[str | None] = mapped_column(Text)
    scale: Mapped[Decimal | None] = mapped_column(Numeric)
    merged_into: Mapped[int | None] = mapped_column(BigInteger)
    changed_by: Mapped[int] = mapped_column(BigInteger, ForeignKey("users.id"))
    changed_at: Mapped[datetime]
