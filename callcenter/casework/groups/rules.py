"""What a joint complaint is (共同投诉, SAMR Order 121, Art. 12). Pure.

Complaints of two or more people against the same operator can be handled as one, if each of them agrees; they may
choose two representatives. Each complaint stays a ticket with its own clocks.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from callcenter.casework.tickets.rules import CLOSED_STATES, NoticeBy, TicketKind, TicketState
from callcenter.error_codes import ErrorCode
from callcenter.errors import ConflictError, InputError

LEAST_MEMBERS = 2
REPRESENTATIVES = 2
MOST_MEMBERS = 500


@dataclass(frozen=True, kw_only=True, slots=True)
class Consent:
    """A complainant agreed that their complaint is handled jointly: when, and how they said so."""

    ticket: str
    at: datetime
    by: NoticeBy


@dataclass(frozen=True, kw_only=True, slots=True)
class Complaint:
    """A ticket as the rules of groups see it."""

    number: str
    kind: TicketKind
    state: TicketState
    received_at: datetime
    merchant_id: int | None
    """The one that stands for whom it is about; None where none was chosen."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Member:
    """A complaint of a group."""

    complaint: Complaint
    consented_at: datetime
    consented_by: NoticeBy
    is_representative: bool


def check_consent(complaint: Complaint, consent: Consent, now: datetime) -> None:
    """Raises ConflictError for what is no open complaint, InputError for a consent that cannot be."""
    if complaint.kind is not TicketKind.COMPLAINT or complaint.state in CLOSED_STATES | {TicketState.DRAFT}:
        raise ConflictError(
            f"The ticket {complaint.number} is no complaint that is registered and open.",
            code=ErrorCode.NO_OPEN_COMPLAINT,
            params={"ticket": complaint.number},
        )
    if not complaint.received_at <= consent.at <= now:
        raise InputError("A complainant agrees after the complaint was received, and not later than now.")


def check_operator(complaints: Sequence[Complaint]) -> None:
    """Raises ConflictError where these are against different operators."""
    if len({one.merchant_id for one in complaints if one.merchant_id is not None}) > 1:
        raise ConflictError("A joint complaint is against one operator.", code=ErrorCode.OPERATORS_DIFFER)


def check_leave(members: Sequence[Member], ticket: str) -> None:
    """Raises ConflictError where the group would be none any more, or would lose a representative."""
    if len(members) <= LEAST_MEMBERS:
        raise ConflictError(
            f"A joint complaint has at least {LEAST_MEMBERS} members: dissolve it.", code=ErrorCode.GROUP_TOO_SMALL
        )
    if any(member.complaint.number == ticket and member.is_representative for member in members):
        raise ConflictError(
            "This is the complaint of a representative: choose others first.", code=ErrorCode.IS_REPRESENTATIVE
        )


def check_representatives(members: Sequence[Member], tickets: Sequence[str]) -> None:
    """Raises InputError: two members, or none."""
    known = {member.complaint.number for member in members}
    if len(set(tickets)) not in (0, REPRESENTATIVES) or not set(tickets) <= known:
        raise InputError(f"A joint complaint has {REPRESENTATIVES} representatives, who are members of it, or none.")
