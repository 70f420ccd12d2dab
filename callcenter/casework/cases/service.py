"""Raising flags by hand and deciding on them; a decision on a report is its next step too."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from callcenter.accounts.rights import Right, SignedIn
from callcenter.casework.cases import store
from callcenter.casework.cases.rules import Flag, FlagCounts, FlagEvent, Proposal, check_event, check_proposal
from callcenter.casework.thresholds.store import read_thresholds
from callcenter.casework.tickets import log_store
from callcenter.casework.tickets.clock_service import refresh_clocks
from callcenter.casework.tickets.dossier import may_see, open_dossier, read_dossier
from callcenter.casework.tickets.fields import Place
from callcenter.casework.tickets.flag_rules import UNDECIDED, FlagState, Trigger
from callcenter.casework.tickets.flags import count_undecided, raise_flag
from callcenter.casework.tickets.given import StepGiven
from callcenter.casework.tickets.log_store import TicketEventKind
from callcenter.casework.tickets.merge_service import lock_with_target
from callcenter.casework.tickets.rules import TicketKind, TicketState
from callcenter.casework.tickets.step_service import take_step_locked
from callcenter.casework.tickets.steps import TicketStep
from callcenter.casework.tickets.store import get_ticket
from callcenter.casework.tickets.tables import TicketRow
from callcenter.error_codes import ErrorCode
from callcenter.errors import ConflictError, InputError
from callcenter.http.versions import check_version

RIGHTS: Mapping[FlagEvent, Right] = {
    FlagEvent.PROPOSE: Right.HANDLE_TICKETS,
    FlagEvent.SIGN: Right.SIGN_CASES,
    FlagEvent.SEND_BACK: Right.SIGN_CASES,
    FlagEvent.WITHDRAW: Right.SIGN_CASES,
    FlagEvent.EXTEND: Right.SIGN_CASES,
    FlagEvent.RESULT: Right.HANDLE_TICKETS,
}
"""Who does what: a signature is a director's alone."""


async def raise_by_hand(
    session: AsyncSession,
    number: str,
    trigger: Trigger,
    *,
    discovered_on: date,
    remark: str,
    user: SignedIn,
    place: Place,
    now: datetime,
) -> int:
    """The id of the flag. Raises NotFoundError, InputError, ConflictError where the ticket has one of this trigger."""
    dossier = await open_dossier(session, number, user, is_locked=True)
    today = now.astimezone(place.timezone).date()
    if not dossier.row.received_at.astimezone(place.timezone).date() <= discovered_on <= today:
        raise InputError("A clue is found after the matter was received, and not later than today.")
    flag_id = await raise_flag(
        session, dossier.row, trigger, discovered_on=discovered_on, by=user.user_id, now=now, remark=remark
    )
    if flag_id is None:
        raise ConflictError("The ticket has such a flag already.", code=ErrorCode.FLAGGED_ALREADY)
    await refresh_clocks(session, await get_ticket(session, number), timezone=place.timezone, now=now)
    return flag_id


async def change(
    session: AsyncSession,
    flag_id: int,
    event: FlagEvent,
    *,
    proposal: Proposal | None = None,
    reason: str | None = None,
    version: int,
    user: SignedIn,
    place: Place,
    now: datetime,
) -> None:
    """Raises NotFoundError, RefusedError, StaleVersionError, ConflictError, InputError."""
    seen = await may_see(session, user)
    row, ticket = await store.get_flag(session, flag_id, seen)
    ticket, target = await lock_with_target(session, ticket.number, user)
    row, _ = await store.get_flag(session, flag_id, seen)
    flag = store.to_flag(row, (await store.list_clocks(session, [row])).get(row.id))
    check_version(version, flag.version)
    user.check(RIGHTS[event])
    check_event(flag, event, user.user_id)
    if proposal is not None:
        check_proposal(proposal, (await read_thresholds(session, now)).case_officers)
    values, kind, body = _effect(flag, event, proposal, reason, user=user, now=now)
    await store.change_flag(session, flag, values)
    for one in (ticket, target):
        if one is not None:
            await count_undecided(session, one.id)
    state = TicketState(ticket.state)
    await log_store.add_event(
        session, ticket.id, kind, state=state, by=user.user_id, at=now, body={"flag": flag.id, **body}
    )
    counted = await get_ticket(session, (target or ticket).number)
    if event in (FlagEvent.SIGN, FlagEvent.WITHDRAW):
        await _decide_report(session, counted, user=user, place=place, now=now)
    await refresh_clocks(session, await get_ticket(session, counted.number), timezone=place.timezone, now=now)


async def count_flags(session: AsyncSession, user: SignedIn) -> FlagCounts:
    """Of the tickets that the user sees."""
    seen = await may_see(session, user)
    states = await store.count_states(session, seen)
    overdue = await store.count_overdue(session, seen)
    return FlagCounts(
        filed=states.get(FlagState.FILED, 0),
        refused=states.get(FlagState.REFUSED, 0),
        withdrawn=states.get(FlagState.WITHDRAWN, 0),
        open_in_time=sum(states.get(state, 0) for state in UNDECIDED) - overdue,
        open_overdue=overdue,
    )


def _effect(
    flag: Flag, event: FlagEvent, proposal: Proposal | None, reason: str | None, *, user: SignedIn, now: datetime
) -> tuple[Mapping[str, Any], TicketEventKind, Mapping[str, Any]]:
    """The columns that change, and what the log keeps."""
    said = {} if reason is None else {"reason": reason}
    match event:
        case FlagEvent.PROPOSE:
            if proposal is None:
                raise InputError("A proposal says whether a case is filed.")
            return _proposed(proposal, user, now), TicketEventKind.FLAG_PROPOSED, {"decision": proposal.decision.value}
        case FlagEvent.SIGN:
            signed = {"state": flag.proposes, "signed_by": user.user_id, "signed_at": now}
            return signed, TicketEventKind.FLAG_DECIDED, {"decision": flag.proposes}
        case FlagEvent.SEND_BACK:
            return {"state": FlagState.OPEN.value}, TicketEventKind.FLAG_SENT_BACK, said
        case FlagEvent.WITHDRAW:
            withdrawn = {"state": FlagState.WITHDRAWN.value, "signed_by": user.user_id, "signed_at": now}
            return {**withdrawn, "reason": reason}, TicketEventKind.FLAG_WITHDRAWN, said
        case FlagEvent.EXTEND:
            return {"extended_by": user.user_id, "extended_at": now}, TicketEventKind.FLAG_EXTENDED, said
        case FlagEvent.RESULT:
            return {"result": reason, "result_at": now}, TicketEventKind.CASE_RESULT, said


def _proposed(proposal: Proposal, user: SignedIn, now: datetime) -> Mapping[str, Any]:
    return {
        "state": FlagState.PROPOSED.value,
        "proposes": proposal.decision.value,
        "proposed_by": user.user_id,
        "proposed_at": now,
        "case_number": proposal.case_number,
        "officers": list(proposal.officers),
        "ground": proposal.ground,
        "reason": proposal.reason,
    }


async def _decide_report(
    session: AsyncSession, ticket: TicketRow, *, user: SignedIn, place: Place, now: datetime
) -> None:
    """The signature under the last flag of a report that is checked decides it: filed where any of them was.

    The flags of reports that are merged into it are among them.
    """
    if ticket.kind != TicketKind.REPORT or ticket.state != TicketState.CHECKING:
        return
    states = await store.list_states_of_ticket(session, ticket.id)
    decided = [state for state in states if state in (FlagState.FILED, FlagState.REFUSED)]
    if not decided or any(state in UNDECIDED for state in states):
        return
    step = TicketStep.FILE if FlagState.FILED in decided else TicketStep.NOT_FILE
    dossier = await read_dossier(session, await get_ticket(session, ticket.number))
    await take_step_locked(session, dossier, step, StepGiven(), user=user, timezone=place.timezone, now=now)
