"""The states of a ticket: one table of what can happen in which, to which kinds, and what must come with it. Pure.

SAMR Order 121 says what there is to decide: accept or refuse (Art. 15, 16), settle or end (Art. 20, 23), tests (Art.
22), recusal (Art. 21), give back what is not the unit's (Art. 41). Who decides is the office's own rule.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from callcenter.accounts.rights import Right
from callcenter.casework.tickets.merge_rules import check_not_merged
from callcenter.casework.tickets.preconditions import Lack, list_lacks
from callcenter.casework.tickets.rules import (
    ANSWERED_KINDS,
    LAWFUL_KINDS,
    Ticket,
    TicketKind,
    TicketState,
)
from callcenter.casework.tickets.steps import StepField, TicketStep
from callcenter.error_codes import ErrorCode
from callcenter.errors import ConflictError


@dataclass(frozen=True, kw_only=True, slots=True)
class Rule:
    """A line of the table. `target` is None where the state stays."""

    step: TicketStep
    sources: frozenset[TicketState]
    target: TicketState | None
    right: Right
    kinds: frozenset[TicketKind] = frozenset(TicketKind)
    needs: tuple[StepField, ...] = ()
    takes: tuple[StepField, ...] = ()
    """Beside what it needs."""


def _rule(
    step: TicketStep,
    sources: TicketState | Collection[TicketState],
    target: TicketState | None,
    right: Right,
    *,
    kinds: TicketKind | Collection[TicketKind] = frozenset(TicketKind),
    needs: tuple[StepField, ...] = (),
    takes: tuple[StepField, ...] = (),
) -> Rule:
    return Rule(
        step=step,
        sources=frozenset([sources] if isinstance(sources, TicketState) else sources),
        target=target,
        right=right,
        kinds=frozenset([kinds] if isinstance(kinds, TicketKind) else kinds),
        needs=needs,
        takes=takes,
    )


_S, _K, _G = TicketState, TicketKind, StepField
_HANDLED = (_S.ACCEPTED, _S.CHECKING)
_DECIDED = (_S.SETTLED, _S.ENDED, _S.NOT_ACCEPTED, _S.FILED, _S.NOT_FILED)

RULES: tuple[Rule, ...] = (
    _rule(TicketStep.REGISTER, _S.DRAFT, _S.REGISTERED, Right.REGISTER_TICKETS),
    _rule(
        TicketStep.ANSWER,
        _S.REGISTERED,
        _S.COMPLETED,
        Right.REGISTER_TICKETS,
        kinds=ANSWERED_KINDS,
        needs=(_G.FEEDBACK,),
    ),
    _rule(TicketStep.FORWARD, _S.REGISTERED, _S.FORWARDED, Right.FORWARD_TICKETS, kinds=LAWFUL_KINDS, needs=(_G.UNIT,)),
    _rule(
        TicketStep.REFER,
        _S.REGISTERED,
        _S.REFERRED,
        Right.FORWARD_TICKETS,
        kinds=LAWFUL_KINDS,
        needs=(_G.AUTHORITY, _G.NOTICE),
    ),
    _rule(TicketStep.GIVE_BACK, _S.FORWARDED, _S.REGISTERED, Right.HANDLE_TICKETS, needs=(_G.REASON,)),
    _rule(TicketStep.ASK, _S.FORWARDED, None, Right.HANDLE_TICKETS, needs=(_G.REASON, _G.DUE_ON), takes=(_G.NOTICE,)),
    _rule(TicketStep.DISPUTE, _S.FORWARDED, None, Right.HANDLE_TICKETS, needs=(_G.REASON,)),
    _rule(TicketStep.ACCEPT, _S.FORWARDED, _S.ACCEPTED, Right.HANDLE_TICKETS, kinds=_K.COMPLAINT, takes=(_G.NOTICE,)),
    _rule(
        TicketStep.REFUSE,
        _S.FORWARDED,
        _S.NOT_ACCEPTED,
        Right.HANDLE_TICKETS,
        kinds=_K.COMPLAINT,
        needs=(_G.GROUND, _G.REASON, _G.NOTICE),
    ),
    _rule(TicketStep.START_CHECK, _S.FORWARDED, _S.CHECKING, Right.HANDLE_TICKETS, kinds=_K.REPORT),
    _rule(TicketStep.NEW_FACTS, _S.CHECKING, None, Right.HANDLE_TICKETS, kinds=_K.REPORT, needs=(_G.REASON,)),
    _rule(
        TicketStep.PAUSE, _HANDLED, None, Right.HANDLE_TICKETS, needs=(_G.BEGINS_ON, _G.EVIDENCE), takes=(_G.ENDS_ON,)
    ),
    _rule(TicketStep.RESUME, _HANDLED, None, Right.HANDLE_TICKETS, needs=(_G.ENDS_ON, _G.EVIDENCE)),
    _rule(TicketStep.SUSPEND, _S.ACCEPTED, None, Right.HANDLE_TICKETS, needs=(_G.REASON,)),
    _rule(TicketStep.LIFT_SUSPENSION, _S.ACCEPTED, None, Right.HANDLE_TICKETS, needs=(_G.REASON,)),
    _rule(
        TicketStep.SETTLE,
        _S.ACCEPTED,
        _S.SETTLED,
        Right.HANDLE_TICKETS,
        needs=(_G.HOW_SETTLED,),
        takes=(_G.AGREEMENT, _G.MEDIATION, _G.RECOVERED),
    ),
    _rule(
        TicketStep.END, _S.ACCEPTED, _S.ENDED, Right.HANDLE_TICKETS, needs=(_G.GROUND, _G.REASON), takes=(_G.NOTICE,)
    ),
    _rule(TicketStep.FILE, _S.CHECKING, _S.FILED, Right.SIGN_CASES, kinds=_K.REPORT),
    _rule(TicketStep.NOT_FILE, _S.CHECKING, _S.NOT_FILED, Right.SIGN_CASES, kinds=_K.REPORT),
    _rule(TicketStep.COMPLETE, _DECIDED, _S.COMPLETED, Right.HANDLE_TICKETS, needs=(_G.FEEDBACK,)),
    _rule(TicketStep.REOPEN, _S.COMPLETED, _S.ACCEPTED, Right.LEAD_TICKETS, kinds=_K.COMPLAINT, needs=(_G.REASON,)),
    _rule(TicketStep.REOPEN, _S.COMPLETED, _S.CHECKING, Right.LEAD_TICKETS, kinds=_K.REPORT, needs=(_G.REASON,)),
    _rule(TicketStep.VOID, (_S.DRAFT, _S.REGISTERED), _S.VOID, Right.LEAD_TICKETS, needs=(_G.REASON,)),
)


@dataclass(frozen=True, kw_only=True, slots=True)
class PossibleStep:
    """A step that the ticket's state allows, and what the ticket still lacks for it."""

    rule: Rule
    lacks: tuple[Lack, ...]


def list_possible(ticket: Ticket, now: datetime) -> list[PossibleStep]:
    """The steps that the state allows, as the table has them, whoever asks."""
    return [
        PossibleStep(rule=rule, lacks=tuple(list_lacks(rule.step, ticket)))
        for rule in RULES
        if _fits(rule, ticket, now)
    ]


def check_step(ticket: Ticket, step: TicketStep, now: datetime) -> Rule:
    """The line of the table for this step.

    Raises ConflictError: the ticket is merged; the state does not allow the step, with those it allows; or the ticket
    lacks something, with what it lacks.
    """
    check_not_merged(ticket)
    possible = {one.rule.step: one for one in list_possible(ticket, now)}
    found = possible.get(step)
    if found is None:
        allowed = ", ".join(possible) or "nothing"
        raise ConflictError(
            f"A {ticket.kind} that is {ticket.state} does not allow {step}. It allows: {allowed}.",
            code=ErrorCode.STEP_NOT_ALLOWED,
            params={"step": step, "state": ticket.state, "allowed": ",".join(possible)},
        )
    if found.lacks:
        has_flag = Lack.CASE_DECISION in found.lacks
        raise ConflictError(
            f"For {step} the ticket lacks: {', '.join(found.lacks)}.",
            code=ErrorCode.CASE_FLAG_OPEN if has_flag else ErrorCode.TICKET_LACKS,
            params={"step": step, "lacks": ",".join(found.lacks)},
        )
    return found.rule


def _fits(rule: Rule, ticket: Ticket, now: datetime) -> bool:
    if ticket.state not in rule.sources or ticket.kind not in rule.kinds:
        return False
    match rule.step:
        case TicketStep.RESUME:
            return ticket.is_in_test
        case TicketStep.SUSPEND:
            return not ticket.is_suspended
        case TicketStep.LIFT_SUSPENSION:
            return ticket.is_suspended
        case TicketStep.REOPEN:
            return ticket.reopened_until is not None and now <= ticket.reopened_until
        case _:
            return True
