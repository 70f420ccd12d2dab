"""Making a ticket: once for each Idempotency-Key, prefilled from where it came, with a number that leaves no gap."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from callcenter.accounts.rights import SignedIn
from callcenter.casework.thresholds.store import read_thresholds
from callcenter.casework.tickets import log_store, party_store, store
from callcenter.casework.tickets.clock_service import refresh_clocks
from callcenter.casework.tickets.dossier import open_dossier, read_dossier
from callcenter.casework.tickets.fields import Place, check_fields, known_of, normalise_party
from callcenter.casework.tickets.given import StepGiven
from callcenter.casework.tickets.log_store import TicketEventKind
from callcenter.casework.tickets.origins import Origin, Prefilled, prefill
from callcenter.casework.tickets.priorities import propose_priority
from callcenter.casework.tickets.rules import IntakeChannel, Party, PartyRole, TicketKind, TicketState
from callcenter.casework.tickets.search import grams_of
from callcenter.casework.tickets.step_service import take_step_locked
from callcenter.casework.tickets.steps import TicketStep
from callcenter.casework.tickets.tables import TicketRow
from callcenter.error_codes import ErrorCode
from callcenter.errors import ConflictError, InputError

PREFIX = "12315"

EMPTY: Mapping[str, Any] = {
    **{"requests": [], "ill": 0, "injured": 0, "open_flags": 0, "open_instructions": 0},
    **{"endangers_life": False, "is_of_group": False},
}


@dataclass(frozen=True, kw_only=True, slots=True)
class NewTicket:
    """A ticket that is to be made. `fields` are columns, by name; `hash` is of the whole request."""

    kind: TicketKind
    origin: Origin
    channel: IntakeChannel | None
    received_at: datetime | None
    part_of: str | None
    """The number of another ticket of the same submission."""
    fields: Mapping[str, Any]
    party: Party | None
    is_registered: bool
    key: str
    hash: str


async def create(session: AsyncSession, new: NewTicket, *, user: SignedIn, place: Place, now: datetime) -> str:
    """The number of the ticket; the same again for the same key.

    Raises NotFoundError, InputError, ConflictError where the key was used for another request, or where it is to be
    registered and lacks something.
    """
    known = await store.find_by_key(session, user.user_id, new.key)
    if known is not None:
        return _same(known, new)
    taken_over = await prefill(session, new.origin)
    received_at = new.received_at or taken_over.received_at or now
    if received_at > now:
        raise InputError("A matter is not received later than now.")
    channel = new.channel or taken_over.channel
    if channel is None:
        raise InputError("Say how the matter came, or from which call, message, episode or mediation.")
    fields = {**taken_over.fields, **new.fields}
    await check_fields(session, fields, received_at=received_at, place=place, now=now)
    part_of = None if new.part_of is None else (await open_dossier(session, new.part_of, user)).row
    try:
        async with session.begin_nested():
            row = await _add(session, new, fields, channel, received_at, part_of, user=user, place=place, now=now)
    except _MadeMeanwhile:  # the same request came twice at once
        known = await store.find_by_key(session, user.user_id, new.key)
        if known is None:
            raise
        return _same(known, new)
    await log_store.add_event(
        session,
        row.id,
        TicketEventKind.CREATED,
        state=TicketState.DRAFT,
        by=user.user_id,
        at=now,
        body={"channel": channel},
    )
    await _add_origin(session, row, taken_over, new, user=user, place=place, now=now)
    if new.is_registered:
        dossier = await read_dossier(session, row)
        await take_step_locked(
            session, dossier, TicketStep.REGISTER, StepGiven(), user=user, timezone=place.timezone, now=now
        )
    else:
        await refresh_clocks(session, row, timezone=place.timezone, now=now)
    return row.number


class _MadeMeanwhile(ConflictError):
    """Another request with the same key has made the ticket."""


async def _add(
    session: AsyncSession,
    new: NewTicket,
    fields: Mapping[str, Any],
    channel: IntakeChannel,
    received_at: datetime,
    part_of: TicketRow | None,
    *,
    user: SignedIn,
    place: Place,
    now: datetime,
) -> TicketRow:
    priority, reason = propose_priority(known_of(new.kind, fields), await read_thresholds(session, now))
    year = now.astimezone(place.timezone).year
    row = await store.add_ticket(
        session,
        {
            **EMPTY,
            **fields,
            "number": f"{PREFIX}-{year}-{await store.take_number(session, year):05d}",
            "kind": new.kind.value,
            "submission_id": None if part_of is None else part_of.submission_id or part_of.id,
            "state": TicketState.DRAFT.value,
            "version": 1,
            "channel": channel.value,
            "received_at": received_at,
            "created_at": now,
            "created_by": user.user_id,
            "idempotency_key": new.key,
            "request_hash": new.hash,
            "search_grams": grams_of(fields),
            "priority": priority.value,
            "priority_reason": reason,
        },
    )
    if row is None:
        raise _MadeMeanwhile
    return row


async def _add_origin(
    session: AsyncSession,
    row: TicketRow,
    taken_over: Prefilled,
    new: NewTicket,
    *,
    user: SignedIn,
    place: Place,
    now: datetime,
) -> None:
    for link in taken_over.links:
        await store.add_link(
            session,
            row.id,
            link.what,
            pbx=link.pbx,
            call_id=link.call_id,
            ref_id=link.ref_id,
            by=user.user_id,
            at=now,
        )
    role = PartyRole.REPORTER if new.kind is TicketKind.REPORT else PartyRole.COMPLAINANT
    known = Party(
        role=role,
        name=taken_over.name,
        phone=taken_over.phone,
        subject=taken_over.subject,
        address=taken_over.address,
    )
    party = new.party
    if party is None:
        if known.name is not None or known.is_reachable:
            await party_store.put_party(session, row.id, known)
        return
    if not party.is_anonymous:
        party = replace(
            party,
            name=party.name or known.name,
            phone=party.phone or known.phone,
            address=party.address or known.address,
        )
    await party_store.put_party(session, row.id, normalise_party(party, known, place.area_code))


def _same(known: TicketRow, new: NewTicket) -> str:
    if known.request_hash != new.hash:
        raise ConflictError("The Idempotency-Key was used for another request.", code=ErrorCode.KEY_REUSED)
    return known.number
