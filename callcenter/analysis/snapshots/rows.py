"""A matter as it stood when a period was frozen. Pure.

A snapshot of a period holds each matter that was received in it, and each that was decided, settled or completed in
it, or of which a time limit ended or a flag was raised or decided in it; the two bases (接收口径, 办结口径) are never
counted together. What is merged into another matter is there, and counts nowhere.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from callcenter.casework.deadlines.rules import Priority
from callcenter.casework.tickets.clocks import ClockState
from callcenter.casework.tickets.flag_rules import FlagState, Trigger
from callcenter.casework.tickets.rules import IntakeChannel, TicketKind, TicketOutcome, TicketState


@dataclass(frozen=True, kw_only=True, slots=True)
class FrozenClock:
    """A run of a clock; `ended_at` is when it was stopped, or was over where it was breached."""

    code: str
    number: int
    state: ClockState
    ended_at: datetime | None


@dataclass(frozen=True, kw_only=True, slots=True)
class FrozenFlag:
    """A flag for a case, raised and perhaps decided."""

    trigger: Trigger
    state: FlagState
    raised_at: datetime
    decided_at: datetime | None


@dataclass(frozen=True, kw_only=True, slots=True)
class FrozenTicket:
    """One row of a snapshot. Amounts are in cents.

    `complainant_key` tells people apart and names nobody: an HMAC of the number, None for anonymous and withheld
    ones. `is_serial`: the same person has made more complaints than the threshold, in its days that end with the
    period. `merchant_id` is the merchant that stood for the one of the matter at the cut-off.
    """

    number: str
    kind: TicketKind
    state: TicketState
    channel: IntakeChannel
    received_at: datetime
    unit_id: int | None
    merchant_id: int | None
    goods_code: str | None
    service_code: str | None
    problem_code: str | None
    offence_code: str | None
    sales_mode_code: str | None
    region: str | None
    """Of the merchant."""
    brand: str | None
    amount_in_dispute_cents: int | None
    amount_recovered_cents: int | None
    accepted_at: datetime | None
    refused_at: datetime | None
    settled_at: datetime | None
    ended_at: datetime | None
    """Of the mediation, without a settlement."""
    outcome: TicketOutcome | None
    completed_at: datetime | None
    clocks: tuple[FrozenClock, ...]
    flags: tuple[FrozenFlag, ...]
    priority: Priority
    complainant_key: str | None
    is_serial: bool
    group_id: int | None
    is_merged: bool
    is_instructed: bool
    """A unit was instructed to go there."""
