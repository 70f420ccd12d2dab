"""What is done with a ticket, and what has to come with it. Pure."""

from __future__ import annotations

from enum import StrEnum


class TicketStep(StrEnum):
    """What somebody does with a ticket that can change its state. A closed list."""

    REGISTER = "register"
    ANSWER = "answer"
    FORWARD = "forward"
    REFER = "refer"
    GIVE_BACK = "give_back"
    ASK = "ask"
    """For proof of identity or for material, by a day; the clock goes on."""
    DISPUTE = "dispute"
    """Note that units disagree on whose matter it is (Art. 33)."""
    ACCEPT = "accept"
    REFUSE = "refuse"
    START_CHECK = "start_check"
    NEW_FACTS = "new_facts"
    """Of a report: merged with what is known, and its clock starts again (Art. 35)."""
    PAUSE = "pause"
    """A test or appraisal begins, or is entered afterwards."""
    RESUME = "resume"
    SUSPEND = "suspend"
    """Somebody asked for another mediator (Art. 21); the clock goes on."""
    LIFT_SUSPENSION = "lift_suspension"
    SETTLE = "settle"
    END = "end"
    FILE = "file"
    """A report becomes a case: by a director's signature."""
    NOT_FILE = "not_file"
    COMPLETE = "complete"
    REOPEN = "reopen"
    VOID = "void"


SIGNED_STEPS = frozenset({TicketStep.FILE, TicketStep.NOT_FILE})
"""Taken by the signature under a decision on the ticket's flags, and in no other way."""


class StepField(StrEnum):
    """What can come with a step. A closed list."""

    REASON = "reason"
    FEEDBACK = "feedback"
    """The answer, or what was done."""
    UNIT = "unit_id"
    AUTHORITY = "authority"
    """Whose matter it is instead."""
    NOTICE = "notice"
    DUE_ON = "due_on"
    GROUND = "ground"
    BEGINS_ON = "begins_on"
    ENDS_ON = "ends_on"
    EVIDENCE = "evidence"
    HOW_SETTLED = "how_settled"
    AGREEMENT = "agreement"
    MEDIATION = "mediation_id"
    """Instead of `agreement`: a mediation to whose agreement both sides said yes."""
    RECOVERED = "amount_recovered_cents"
