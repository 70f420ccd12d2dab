"""What a ticket still lacks for its next step: the fields that each kind needs, notices, a merchant. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum

from callcenter.casework.tickets.rules import (
    NoticeKind,
    NoticeTo,
    PartyRole,
    Ticket,
    TicketKind,
    TicketState,
)
from callcenter.casework.tickets.steps import TicketStep


class Lack(StrEnum):
    """Something that is missing. A closed list."""

    NAME = "name"
    CONTACT = "contact"
    """A telephone number or an address."""
    RESPONDENT = "respondent"
    REQUESTS = "requests"
    FACTS = "facts"
    IDENTITY = "identity"
    """A complaint needs a real name and a way to reach whoever complains (SAMR Order 121, Art. 10)."""
    CASE_DECISION = "case_decision"
    """It is flagged, and no director has signed that a case is filed, or why not."""
    INSTRUCTION_END = "instruction_end"
    """A unit was instructed, and has neither done it nor been called off."""
    MERCHANT = "merchant"
    """Chosen, or a reason why it cannot be."""
    ACCEPTANCE_NOTICE = "acceptance_notice"
    END_NOTICE_TO_COMPLAINANT = "end_notice_to_complainant"
    END_NOTICE_TO_RESPONDENT = "end_notice_to_respondent"
    END_OF_TEST = "end_of_test"
    END_OF_SUSPENSION = "end_of_suspension"
    OTHERS_TAKEN_APART = "others_taken_apart"
    """Tickets are merged into it, and would be lost with it."""


def list_lacks(step: TicketStep, ticket: Ticket) -> Iterator[Lack]:
    """What is missing for a step, in the order in which a form asks for it."""
    match step:
        case TicketStep.REGISTER:
            yield from _for_registration(ticket)
        case TicketStep.ACCEPT:
            if not _has_identity(ticket):
                yield Lack.IDENTITY
        case TicketStep.SETTLE | TicketStep.END | TicketStep.FILE | TicketStep.NOT_FILE:
            yield from _unfinished(ticket)
        case TicketStep.COMPLETE:
            yield from _for_completion(ticket)
        case TicketStep.REFER | TicketStep.VOID:
            yield from _instructed(ticket)
            if step is TicketStep.VOID and ticket.has_merged:
                yield Lack.OTHERS_TAKEN_APART


def _for_registration(ticket: Ticket) -> Iterator[Lack]:
    """What the staff must write down (SAMR Order 121, Art. 10). A report may be anonymous; an enquiry is its facts."""
    if ticket.kind is TicketKind.COMPLAINT:
        party = ticket.find_party(PartyRole.COMPLAINANT)
        if party is None or party.name is None:
            yield Lack.NAME
        if party is None or not party.is_reachable:
            yield Lack.CONTACT
        if ticket.respondent is None:
            yield Lack.RESPONDENT
        if not ticket.requests:
            yield Lack.REQUESTS
    if ticket.facts is None:
        yield Lack.FACTS


def _has_identity(ticket: Ticket) -> bool:
    party = ticket.find_party(PartyRole.COMPLAINANT)
    return party is not None and party.name is not None and not party.is_anonymous and party.is_reachable


def _unfinished(ticket: Ticket) -> Iterator[Lack]:
    if ticket.is_in_test:
        yield Lack.END_OF_TEST
    if ticket.is_suspended:
        yield Lack.END_OF_SUSPENSION


def _instructed(ticket: Ticket) -> Iterator[Lack]:
    if ticket.open_instructions:
        yield Lack.INSTRUCTION_END


def _for_completion(ticket: Ticket) -> Iterator[Lack]:
    if ticket.open_flags:
        yield Lack.CASE_DECISION
    yield from _instructed(ticket)
    if not ticket.has_merchant:
        yield Lack.MERCHANT
    if ticket.kind is not TicketKind.COMPLAINT:
        return
    if ticket.state is not TicketState.NOT_ACCEPTED and not ticket.was_told(
        {NoticeKind.ACCEPTANCE}, NoticeTo.COMPLAINANT
    ):
        yield Lack.ACCEPTANCE_NOTICE
    if ticket.state is TicketState.ENDED:
        if not ticket.was_told({NoticeKind.END}, NoticeTo.COMPLAINANT):
            yield Lack.END_NOTICE_TO_COMPLAINANT
        if not ticket.was_told({NoticeKind.END}, NoticeTo.RESPONDENT):
            yield Lack.END_NOTICE_TO_RESPONDENT
