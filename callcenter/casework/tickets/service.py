"""Changing what a ticket says: fields, parties, priority, notes, notices and links."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession

from callcenter.accounts.rights import Right, SignedIn
from callcenter.casework.deadlines.rules import Priority
from callcenter.casework.thresholds.store import read_thresholds
from callcenter.casework.tickets import log_store, party_store, store
from callcenter.casework.tickets.clock_service import refresh_clocks
from callcenter.casework.tickets.dossier import Dossier, open_dossier
from callcenter.casework.tickets.fields import (
    KEPT_IN_LOG,
    OF_PRIORITY,
    Place,
    check_fields,
    known_of,
    known_of_row,
    normalise_party,
)
from callcenter.casework.tickets.flags import flag_by_rule
from callcenter.casework.tickets.given import NoticeGiven, check_notice
from callcenter.casework.tickets.log_store import TicketEventKind
from callcenter.casework.tickets.merge_rules import check_not_merged
from callcenter.casework.tickets.origins import check_linked
from callcenter.casework.tickets.priorities import propose_priority
from callcenter.casework.tickets.rules import CLOSED_STATES, Linked, NoticeKind, Party, TicketKind, TicketState
from callcenter.casework.tickets.search import SEARCHED, grams_of
from callcenter.casework.tickets.step_service import write_notice
from callcenter.casework.tickets.tables import TicketRow
from callcenter.error_codes import ErrorCode
from callcenter.errors import ConflictError
from callcenter.http.versions import check_version

BY_HAND = "by_hand: "
"""Before the reason of a priority that somebody has set: no rule changes it any more."""


async def change(
    session: AsyncSession,
    number: str,
    fields: Mapping[str, Any],
    *,
    version: int,
    user: SignedIn,
    place: Place,
    now: datetime,
) -> None:
    """Correct what a ticket says. Raises NotFoundError, StaleVersionError, ConflictError once it is closed."""
    dossier = await _open_to_change(session, number, version, user)
    row = dossier.row
    if "kind" in fields and row.state != TicketState.DRAFT:
        raise ConflictError("Only a draft becomes another kind.", code=ErrorCode.TICKET_NOT_A_DRAFT)
    changed = {name: value for name, value in fields.items() if getattr(row, name) != value}
    if not changed:
        return
    await check_fields(session, changed, received_at=row.received_at, place=place, now=now)
    values = dict(changed)
    if changed.keys() & set(SEARCHED):
        values["search_grams"] = grams_of({name: changed.get(name, getattr(row, name)) for name in SEARCHED})
    if "platform_number" in changed:
        values["platform_number_at"] = None if changed["platform_number"] is None else now
    if OF_PRIORITY & changed.keys() and not row.priority_reason.startswith(BY_HAND):
        kind = TicketKind(changed.get("kind", row.kind))
        after = {name: changed.get(name, getattr(row, name)) for name in OF_PRIORITY}
        priority, reason = propose_priority(known_of(kind, after), await read_thresholds(session, now))
        values |= {"priority": priority.value, "priority_reason": reason}
    kept = {name: [getattr(row, name), changed[name]] if name in KEPT_IN_LOG else None for name in sorted(changed)}
    await store.change_ticket(session, row.id, row.version, values)
    await _log(session, dossier, TicketEventKind.CHANGED, user, now, {"fields": kept})
    current = await store.get_ticket(session, number)
    await flag_by_rule(session, current, known_of_row(current), timezone=place.timezone, now=now)
    await _refresh(session, number, place, now)


async def mark_group(session: AsyncSession, row: TicketRow, *, timezone: ZoneInfo, now: datetime) -> None:
    """Many people complain of the same: as urgent as that is, unless somebody has set it. The ticket is locked."""
    values: dict[str, Any] = {"is_of_group": True}
    if not row.priority_reason.startswith(BY_HAND):
        known = replace(known_of_row(row), is_of_group=True)
        priority, reason = propose_priority(known, await read_thresholds(session, now))
        values |= {"priority": priority.value, "priority_reason": reason}
    await store.change_ticket(session, row.id, row.version, values)
    state, body = TicketState(row.state), {"fields": {"is_of_group": [False, True]}}
    await log_store.add_event(session, row.id, TicketEventKind.CHANGED, state=state, by=None, at=now, body=body)
    await refresh_clocks(session, await store.get_by_id(session, row.id), timezone=timezone, now=now)


async def set_priority(
    session: AsyncSession,
    number: str,
    priority: Priority,
    reason: str,
    *,
    version: int,
    user: SignedIn,
    place: Place,
    now: datetime,
) -> None:
    """Raise it, or lower it with the right to lead. Raises NotFoundError, RefusedError, StaleVersionError."""
    dossier = await _open_to_change(session, number, version, user)
    row = dossier.row
    # P1 is the highest.
    user.check(Right.FORWARD_TICKETS if priority <= Priority(row.priority) else Right.LEAD_TICKETS)
    values = {"priority": priority.value, "priority_reason": BY_HAND + reason}
    await store.change_ticket(session, row.id, row.version, values)
    await _log(session, dossier, TicketEventKind.PRIORITY_SET, user, now, {"from": row.priority, "to": priority})
    await _refresh(session, number, place, now)


async def put_party(
    session: AsyncSession,
    number: str,
    party: Party,
    *,
    keeps_id_number: bool = False,
    version: int,
    user: SignedIn,
    place: Place,
    now: datetime,
) -> None:
    """Who complains, reports, or acts for somebody. Raises NotFoundError, StaleVersionError, ConflictError."""
    dossier = await _open_to_change(session, number, version, user)
    known = dossier.ticket.find_party(party.role)
    if keeps_id_number and known is not None:
        party = replace(
            party,
            id_type=known.id_type,
            id_number_masked=known.id_number_masked,
            id_number_sealed=known.id_number_sealed,
        )
    await party_store.put_party(session, dossier.row.id, normalise_party(party, known, place.area_code))
    await store.change_ticket(session, dossier.row.id, dossier.row.version, {})
    await _log(session, dossier, TicketEventKind.PARTY_PUT, user, now, {"role": party.role})


async def add_note(session: AsyncSession, number: str, note: str, *, user: SignedIn, now: datetime) -> None:
    """Raises NotFoundError, ConflictError once the ticket is merged, as the functions below do."""
    dossier = await open_dossier(session, number, user, is_locked=True)
    check_not_merged(dossier.ticket)
    await log_store.add_note(session, dossier.row.id, note=note, by=user.user_id, at=now)


async def add_notice(
    session: AsyncSession,
    number: str,
    kind: NoticeKind,
    notice: NoticeGiven,
    *,
    user: SignedIn,
    place: Place,
    now: datetime,
) -> None:
    """Write down that somebody was told. Raises NotFoundError, InputError, ConflictError once the ticket is closed."""
    dossier = await open_dossier(session, number, user, is_locked=True)
    _check_open(dossier)
    check_notice(notice.at, dossier.row.received_at, now)
    await write_notice(session, dossier.row.id, kind, notice, by=user.user_id, now=now)
    await store.change_ticket(session, dossier.row.id, dossier.row.version, {})
    body = {"kind": kind, "to": notice.to, "by": notice.by}
    await _log(session, dossier, TicketEventKind.NOTICE_ADDED, user, now, body)
    await _refresh(session, number, place, now)


async def add_link(
    session: AsyncSession,
    number: str,
    what: Linked,
    *,
    call: tuple[str, str] | None,
    ref_id: int | None,
    user: SignedIn,
    now: datetime,
) -> None:
    """Link it with a call, an episode, a message or a mediation; once, however often. Raises NotFoundError."""
    dossier = await open_dossier(session, number, user, is_locked=True)
    check_not_merged(dossier.ticket)
    await check_linked(session, what, call=call, ref_id=ref_id)
    pbx, call_id = call or (None, None)
    is_new = await store.add_link(
        session, dossier.row.id, what, pbx=pbx, call_id=call_id, ref_id=ref_id, by=user.user_id, at=now
    )
    if is_new:
        await _log(session, dossier, TicketEventKind.LINKED, user, now, {"what": what, "call": call, "ref_id": ref_id})


async def remove_link(session: AsyncSession, number: str, link_id: int, *, user: SignedIn, now: datetime) -> None:
    """Raises NotFoundError."""
    dossier = await open_dossier(session, number, user, is_locked=True)
    check_not_merged(dossier.ticket)
    await store.delete_link(session, dossier.row.id, link_id)
    await _log(session, dossier, TicketEventKind.UNLINKED, user, now, {"link": link_id})


async def _open_to_change(session: AsyncSession, number: str, version: int, user: SignedIn) -> Dossier:
    dossier = await open_dossier(session, number, user, is_locked=True)
    check_version(version, dossier.ticket.version)
    _check_open(dossier)
    return dossier


def _check_open(dossier: Dossier) -> None:
    check_not_merged(dossier.ticket)
    if dossier.ticket.state in CLOSED_STATES:
        raise ConflictError("The ticket is closed: reopen it first.", code=ErrorCode.TICKET_CLOSED)


async def _log(
    session: AsyncSession,
    dossier: Dossier,
    what: TicketEventKind,
    user: SignedIn,
    now: datetime,
    body: Mapping[str, Any],
) -> None:
    await log_store.add_event(
        session, dossier.row.id, what, state=dossier.ticket.state, by=user.user_id, at=now, body=body
    )


async def _refresh(session: AsyncSession, number: str, place: Place, now: datetime) -> None:
    row = await store.get_ticket(session, number)
    await refresh_clocks(session, row, timezone=place.timezone, now=now)
