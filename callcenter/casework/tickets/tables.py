"""Tables of tickets: the matter as it stands, who is in it, what it is linked with. Its log is in `log_tables`."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Computed,
    ForeignKey,
    ForeignKeyConstraint,
    Identity,
    Index,
    Integer,
    LargeBinary,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from callcenter.postgres.database import Base

_IS_OPEN = text("closed_at IS NULL")


class TicketRow(Base):
    """A matter as it stands; `version` grows with every change. Drafts have a number too: none is ever used again."""

    __tablename__ = "tickets"
    __table_args__ = (
        UniqueConstraint("created_by", "idempotency_key"),
        UniqueConstraint("platform_number"),
        CheckConstraint("open_flags = 0 OR state <> 'completed'", name="flags_are_decided"),
        CheckConstraint(
            "open_instructions = 0 OR state NOT IN ('completed', 'referred', 'void')", name="instructions_have_ended"
        ),
        CheckConstraint("(state = 'merged') = (merged_into IS NOT NULL)", name="merged_into_one"),
        UniqueConstraint("id", "kind", "is_merged"),
        ForeignKeyConstraint(
            ["merged_into", "kind", "target_is_merged"],
            ["tickets.id", "tickets.kind", "tickets.is_merged"],
            name="fk_tickets_merged_into",
        ),
        Index(None, "received_at"),
        Index(None, "search_grams", postgresql_using="gin"),
        Index("ix_tickets_due", "next_due_at", "id", postgresql_where=text("next_due_at IS NOT NULL")),
        Index("ix_tickets_open", "id", postgresql_where=_IS_OPEN),
        Index("ix_tickets_open_of_unit", "unit_id", "next_due_at", "id", postgresql_where=_IS_OPEN),
        Index(None, "unit_id", "id"),
        Index(None, "state", "id"),
        Index(None, "kind", "id"),
        Index(None, "priority", "id"),
        Index(None, "kind", "priority", "id"),
        Index(None, "created_by", "id"),
        Index(None, "merchant_id", "id"),
        Index(
            "ix_tickets_to_archive",
            "kind",
            "closed_at",
            postgresql_where=text("state IN ('completed', 'referred', 'void')"),
        ),
        Index("ix_tickets_merged_into", "merged_into", postgresql_where=text("merged_into IS NOT NULL")),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    number: Mapped[str] = mapped_column(Text, unique=True)
    kind: Mapped[str] = mapped_column(Text)
    submission_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("tickets.id"), index=True)
    """The first ticket of the same submission: complaint and report in one are handled apart (Order 121, Art. 9)."""
    state: Mapped[str] = mapped_column(Text)
    version: Mapped[int] = mapped_column(Integer)
    channel: Mapped[str] = mapped_column(Text)
    received_at: Mapped[datetime]
    created_at: Mapped[datetime]
    created_by: Mapped[int] = mapped_column(BigInteger, ForeignKey("users.id"))
    idempotency_key: Mapped[str | None] = mapped_column(Text)
    request_hash: Mapped[str | None] = mapped_column(Text)
    """Of the request that made it, so that the same key with another one is refused."""
    registered_at: Mapped[datetime | None]
    registered_by: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("users.id"))
    closed_at: Mapped[datetime | None]
    completed_at: Mapped[datetime | None]

    title: Mapped[str | None] = mapped_column(Text)
    facts: Mapped[str | None] = mapped_column(Text)
    requests: Mapped[list[str]] = mapped_column(ARRAY(Text))
    occurred_on: Mapped[date | None]
    amount_in_dispute_cents: Mapped[int | None] = mapped_column(BigInteger)
    amount_recovered_cents: Mapped[int | None] = mapped_column(BigInteger)
    respondent: Mapped[str | None] = mapped_column(Text)
    """As it was told."""
    merchant_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("merchants.id"))
    unidentified_reason: Mapped[str | None] = mapped_column(Text)
    """Why no merchant can be chosen."""
    goods_code: Mapped[str | None] = mapped_column(Text)
    service_code: Mapped[str | None] = mapped_column(Text)
    problem_code: Mapped[str | None] = mapped_column(Text)
    offence_code: Mapped[str | None] = mapped_column(Text)
    sales_mode_code: Mapped[str | None] = mapped_column(Text)
    brand: Mapped[str | None] = mapped_column(Text)
    batch: Mapped[str | None] = mapped_column(Text)
    platform_shop: Mapped[str | None] = mapped_column(Text)
    order_number: Mapped[str | None] = mapped_column(Text)
    people_affected: Mapped[int | None] = mapped_column(Integer)
    ill: Mapped[int] = mapped_column(Integer)
    injured: Mapped[int] = mapped_column(Integer)
    endangers_life: Mapped[bool] = mapped_column(Boolean)
    is_of_group: Mapped[bool] = mapped_column(Boolean)
    """Many people complain of the same."""

    priority: Mapped[str] = mapped_column(Text)
    priority_reason: Mapped[str] = mapped_column(Text)
    unit_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("units.id"))
    returned_by: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("units.id"))
    """The unit that gave it back last."""
    outcome: Mapped[str | None] = mapped_column(Text)
    feedback: Mapped[str | None] = mapped_column(Text)
    platform_number: Mapped[str | None] = mapped_column(Text)
    platform_number_at: Mapped[datetime | None]
    open_flags: Mapped[int] = mapped_column(Integer)
    """Flags, its own and of those merged into it, that nobody has decided; with one the database completes nothing."""
    open_instructions: Mapped[int] = mapped_column(Integer)
    """Its own instructions to units that have not ended; with one the database closes nothing."""
    merged_into: Mapped[int | None] = mapped_column(BigInteger)
    """The ticket that stands for it: of the same kind and not merged itself, which the database sees to."""
    is_merged: Mapped[bool] = mapped_column(Boolean, Computed("merged_into IS NOT NULL", persisted=True))
    target_is_merged: Mapped[bool | None] = mapped_column(
        Boolean, Computed("CASE WHEN merged_into IS NOT NULL THEN false END", persisted=True)
    )
    """What the foreign key demands of the target."""
    search_grams: Mapped[list[str]] = mapped_column(ARRAY(Text))
    """By which it is found; see `search`."""
    next_due_at: Mapped[datetime | None]
    """Of the clocks that run, its own and of those merged into it, the first target; None where none runs."""


class TicketNumber(Base):
    """The last number of a year. A transaction that fails gives its number back, so there is no gap."""

    __tablename__ = "ticket_numbers"

    year: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    last: Mapped[int] = mapped_column(Integer)


class TicketParty(Base):
    """Somebody in a ticket: one of each role."""

    __tablename__ = "ticket_parties"
    __table_args__ = (
        CheckConstraint("num_nulls(id_type, id_number_masked, id_number_sealed) IN (0, 3)", name="id_number_is_whole"),
    )

    ticket_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("tickets.id"), primary_key=True)
    role: Mapped[str] = mapped_column(Text, primary_key=True)
    name: Mapped[str | None] = mapped_column(Text)
    phone: Mapped[str | None] = mapped_column(Text)
    subject: Mapped[str | None] = mapped_column(Text, index=True)
    address: Mapped[str | None] = mapped_column(Text)
    is_anonymous: Mapped[bool] = mapped_column(Boolean)
    is_confidential: Mapped[bool] = mapped_column(Boolean)
    may_publish: Mapped[bool | None] = mapped_column(Boolean)
    may_entrust: Mapped[bool | None] = mapped_column(Boolean)
    id_type: Mapped[str | None] = mapped_column(Text)
    id_number_masked: Mapped[str | None] = mapped_column(Text)
    id_number_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)


class TicketLink(Base):
    """What a ticket is linked with: a call by its key, everything else by its id."""

    __tablename__ = "ticket_links"
    __table_args__ = (
        UniqueConstraint("ticket_id", "what", "pbx", "call_id", "ref_id", postgresql_nulls_not_distinct=True),
        Index("ix_ticket_links_call", "pbx", "call_id", postgresql_where=text("what = 'call'")),
        Index("ix_ticket_links_ref", "what", "ref_id", postgresql_where=text("what <> 'call'")),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    ticket_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("tickets.id"))
    what: Mapped[str] = mapped_column(Text)
    pbx: Mapped[str | None] = mapped_column(Text)
    call_id: Mapped[str | None] = mapped_column(Text)
    ref_id: Mapped[int | None] = mapped_column(BigInteger)
    added_by: Mapped[int] = mapped_column(BigInteger, ForeignKey("users.id"))
    added_at: Mapped[datetime]
