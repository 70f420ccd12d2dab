"""Tables of patrols. Rows are added; of a patrol only its header changes, and only until it is finished."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Identity,
    Index,
    Integer,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from callcenter.postgres.database import Base


class InspectionTemplate(Base):
    """A version of a template; the database lets nobody change or delete it."""

    __tablename__ = "inspection_templates"
    __table_args__ = (CheckConstraint("least_officers > 0", name="officers_positive"),)

    code: Mapped[str] = mapped_column(Text, primary_key=True)
    version: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    name: Mapped[str] = mapped_column(Text)
    valid_from: Mapped[date]
    source: Mapped[str] = mapped_column(Text)
    least_officers: Mapped[int] = mapped_column(Integer)
    officers_source: Mapped[str] = mapped_column(Text)
    checks: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    """In order: `check`, `look`, `basis`."""
    added_by: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("users.id"))
    """None where a migration did it."""
    added_at: Mapped[datetime]


class InspectionRow(Base):
    """A patrol; `version` grows with every change of it. The database lets nobody change one that is finished."""

    __tablename__ = "inspections"
    __table_args__ = (
        ForeignKeyConstraint(
            ["template_code", "template_version"], ["inspection_templates.code", "inspection_templates.version"]
        ),
        UniqueConstraint("created_by", "idempotency_key"),
        CheckConstraint("merchant_id IS NOT NULL OR unidentified_reason IS NOT NULL", name="somebody_or_a_reason"),
        CheckConstraint("state <> 'finished' OR finished_at IS NOT NULL", name="finished_with_its_state"),
        CheckConstraint("NOT offence_found OR flag_id IS NOT NULL", name="offence_has_a_flag"),
        Index("uq_inspections_corrects", "corrects", unique=True, postgresql_where=text("corrects IS NOT NULL")),
        Index(None, "ticket_id", "id"),
        Index(None, "instruction_id", "id"),
        Index(None, "unit_id", "id"),
        Index(None, "merchant_id", "id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    version: Mapped[int] = mapped_column(Integer)
    state: Mapped[str] = mapped_column(Text)
    template_code: Mapped[str] = mapped_column(Text)
    template_version: Mapped[int] = mapped_column(Integer)
    unit_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("units.id"))
    merchant_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("merchants.id"))
    unidentified_reason: Mapped[str | None] = mapped_column(Text)
    """Why no merchant can be chosen."""
    ticket_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("tickets.id"))
    instruction_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("instructions.id"))
    officers: Mapped[list[int]] = mapped_column(ARRAY(BigInteger))
    """Users of the unit."""
    place: Mapped[str] = mapped_column(Text)
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    created_by: Mapped[int] = mapped_column(BigInteger, ForeignKey("users.id"))
    created_at: Mapped[datetime]
    idempotency_key: Mapped[str] = mapped_column(Text)
    request_hash: Mapped[str] = mapped_column(Text)
    """Of the request that made it, so that the same key with another one is refused."""
    finish_key: Mapped[str | None] = mapped_column(Text)
    """Of the request that finished it, which may come again."""
    finished_by: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("users.id"))
    finished_at: Mapped[datetime | None]
    offence_found: Mapped[bool] = mapped_column(Boolean)
    offence_remark: Mapped[str | None] = mapped_column(Text)
    flag_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("case_flags.id"))
    """That the offence raised, or found raised."""
    corrects: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("inspections.id"))
    """The patrol that it takes the place of; each has one correction at most, which has one in its turn."""
    correction_reason: Mapped[str | None] = mapped_column(Text)


class InspectionAnswer(Base):
    """What was said of an item, each time; of an item the latest `answered_at` counts. Only added to a draft."""

    __tablename__ = "inspection_answers"
    __table_args__ = (UniqueConstraint("inspection_id", "key"),)

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    inspection_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("inspections.id"))
    item: Mapped[int] = mapped_column(Integer)
    result: Mapped[str] = mapped_column(Text)
    note: Mapped[str | None] = mapped_column(Text)
    no_evidence_reason: Mapped[str | None] = mapped_column(Text)
    key: Mapped[str] = mapped_column(Text)
    """Of whoever sent it: what is sent again is here already."""
    answered_at: Mapped[datetime]
    answered_by: Mapped[int] = mapped_column(BigInteger, ForeignKey("users.id"))
    recorded_at: Mapped[datetime]


class InspectionAttachment(Base):
    """A file about an item, once, under the name that came with it first. Only added to a draft."""

    __tablename__ = "inspection_attachments"
    __table_args__ = (UniqueConstraint("inspection_id", "item", "sha256"),)

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    inspection_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("inspections.id"))
    item: Mapped[int] = mapped_column(Integer)
    sha256: Mapped[str] = mapped_column(Text, ForeignKey("kept_files.sha256"), index=True)
    name: Mapped[str] = mapped_column(Text)
    attached_at: Mapped[datetime]
    attached_by: Mapped[int] = mapped_column(BigInteger, ForeignKey("users.id"))
