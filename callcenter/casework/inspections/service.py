"""What is done with a patrol: items are answered, it is finished, and it is corrected by another one."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from callcenter.accounts.rights import SignedIn
from callcenter.casework.dispatch.service import note_patrol
from callcenter.casework.inspections import attachment_store, store, template_store
from callcenter.casework.inspections.header import same
from callcenter.casework.inspections.rules import (
    Answer,
    InspectionState,
    check_answer,
    check_finish,
    check_times,
    list_lacks,
)
from callcenter.casework.inspections.tables import InspectionRow
from callcenter.casework.tickets import log_store
from callcenter.casework.tickets.clock_service import refresh_clocks
from callcenter.casework.tickets.fields import Place
from callcenter.casework.tickets.flag_rules import FlagState, Trigger
from callcenter.casework.tickets.flags import list_flags, raise_flag
from callcenter.casework.tickets.log_store import TicketEventKind
from callcenter.casework.tickets.rules import TicketState
from callcenter.casework.tickets.store import get_by_id, get_ticket
from callcenter.casework.tickets.tables import TicketRow
from callcenter.error_codes import ErrorCode
from callcenter.errors import ConflictError, StaleVersionError

_COPIED = (
    *("template_code", "template_version", "unit_id", "merchant_id", "unidentified_reason", "ticket_id"),
    *("instruction_id", "officers", "place", "started_at", "ended_at"),
)
"""What a correction says too, until somebody changes it."""


async def answer(session: AsyncSession, inspection_id: int, given: Answer, *, user: SignedIn, now: datetime) -> None:
    """Keep what was said of an item, once for each key; of an item the latest moment counts, whatever came first.

    Raises NotFoundError, InputError, ConflictError for a patrol that is finished, unless it has this answer, or for a
    key of another answer.
    """
    row = await store.get_inspection(session, inspection_id, await store.may_see(session, user), is_locked=True)
    template = await template_store.get_template(session, row.template_code, row.template_version)
    check_answer(given, len(template.checks), now)
    if store.is_finished(row) and await store.find_answer(session, row.id, given.key) is None:
        raise _finished()
    if store.is_finished(row):
        return
    await store.add_answer(session, row.id, given, by=user.user_id, at=now)


async def finish(
    session: AsyncSession,
    inspection_id: int,
    *,
    ended_at: datetime | None,
    offence: str | None,
    key: str,
    user: SignedIn,
    place: Place,
    now: datetime,
) -> None:
    """Nobody changes the patrol any more; `offence` is what was found of one, which flags its matter.

    The same key again changes nothing. Raises NotFoundError, InputError, ConflictError where something is missing, or
    where it is finished.
    """
    row = await store.get_inspection(session, inspection_id, await store.may_see(session, user), is_locked=True)
    if store.is_finished(row):
        if row.finish_key == key:
            return
        raise _finished()
    template = await template_store.get_template(session, row.template_code, row.template_version)
    answers = [store.to_answer(one) for one, _ in await store.list_answers(session, [row.id])]
    files = await attachment_store.list_attachments(session, [row.id])
    lacks = list_lacks(len(template.checks), answers, {attached.row.item for attached in files})
    check_finish(lacks, has_offence=offence is not None, has_ticket=row.ticket_id is not None)
    end = ended_at or row.ended_at or max(now, row.started_at)
    check_times(row.started_at, end, now)
    ticket = None if row.ticket_id is None else await _lock_counting(session, row.ticket_id)
    values: dict[str, Any] = {
        "state": InspectionState.FINISHED.value,
        "ended_at": end,
        "finish_key": key,
        "finished_by": user.user_id,
        "finished_at": now,
    }
    if offence is not None and ticket is not None:
        flag_id = await _flag(session, ticket, offence, end, user=user, place=place, now=now)
        values |= {"offence_found": True, "offence_remark": offence, "flag_id": flag_id}
    await store.change_inspection(session, row, values)
    await _tell(session, row, ticket, user=user, place=place, now=now)


async def correct(
    session: AsyncSession, inspection_id: int, reason: str, *, key: str, user: SignedIn, now: datetime
) -> int:
    """The id of a new patrol with all that the finished one says, which takes its place once it is finished too.

    The same again for the same key. Raises NotFoundError, ConflictError for one that is not finished, or is corrected.
    """
    row = await store.get_inspection(session, inspection_id, await store.may_see(session, user))
    request_hash = f"correction of {row.id}: {reason}"
    known = await store.find_by_key(session, user.user_id, key)
    if known is not None:
        return same(known, request_hash)
    if not store.is_finished(row):
        raise ConflictError("Only a finished patrol is corrected.", code=ErrorCode.INSPECTION_NOT_FINISHED)
    values = {name: getattr(row, name) for name in _COPIED} | {
        "version": 1,
        "state": InspectionState.DRAFT.value,
        "created_by": user.user_id,
        "created_at": now,
        "idempotency_key": key,
        "request_hash": request_hash,
        "offence_found": False,
        "corrects": row.id,
        "correction_reason": reason,
    }
    made = await store.add_inspection(session, values)
    if made is None:
        # the same request came twice at once, or somebody else corrects it
        known = await store.find_by_key(session, user.user_id, key)
        if known is not None:
            return same(known, request_hash)
        raise ConflictError("The patrol has a correction already.", code=ErrorCode.INSPECTION_CORRECTED)
    await store.copy_answers(session, [one for one, _ in await store.list_answers(session, [row.id])], made.id, now)
    await attachment_store.copy_attachments(
        session, await attachment_store.list_attachments(session, [row.id]), made.id
    )
    return made.id


def _finished() -> ConflictError:
    return ConflictError("The patrol is finished.", code=ErrorCode.INSPECTION_FINISHED)


async def _lock_counting(session: AsyncSession, ticket_id: int) -> TicketRow:
    """The ticket, locked, or the one that stands for it, where its flags count. Raises StaleVersionError."""
    row = await get_by_id(session, ticket_id)
    locked = await get_by_id(session, row.merged_into or row.id, is_locked=True)
    if locked.merged_into is not None:
        raise StaleVersionError
    return locked


async def _flag(
    session: AsyncSession, ticket: TicketRow, remark: str, end: datetime, *, user: SignedIn, place: Place, now: datetime
) -> int:
    """The flag that the offence raises; where the ticket has one of it, that one."""
    flag_id = await raise_flag(
        session,
        ticket,
        Trigger.OFFENCE_FOUND,
        discovered_on=end.astimezone(place.timezone).date(),
        by=user.user_id,
        now=now,
        remark=remark,
    )
    if flag_id is not None:
        return flag_id
    return next(
        flag.id
        for flag in await list_flags(session, ticket.id)
        if flag.ticket_id == ticket.id
        and flag.trigger == Trigger.OFFENCE_FOUND.value
        and flag.state != FlagState.WITHDRAWN.value
    )


async def _tell(
    session: AsyncSession, row: InspectionRow, ticket: TicketRow | None, *, user: SignedIn, place: Place, now: datetime
) -> None:
    """The logs of the ticket and of the instruction, whose clocks follow."""
    if ticket is None:
        return
    if row.instruction_id is not None:
        await note_patrol(session, row.instruction_id, row.id, by=user.user_id, now=now)
    current = await get_ticket(session, ticket.number)
    await log_store.add_event(
        session,
        current.id,
        TicketEventKind.PATROLLED,
        state=TicketState(current.state),
        by=user.user_id,
        at=now,
        body={"inspection": row.id},
    )
    await refresh_clocks(session, current, timezone=place.timezone, now=now)
