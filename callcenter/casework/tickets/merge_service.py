"""Merging tickets and taking them apart: a pointer that moves nothing, a row in both logs, and the clocks follow."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession

from callcenter.accounts.rights import Right, SignedIn
from callcenter.casework.tickets import log_store, store
from callcenter.casework.tickets.clock_service import refresh_clocks
from callcenter.casework.tickets.dossier import may_see, open_dossier, read_dossier
from callcenter.casework.tickets.flags import count_undecided
from callcenter.casework.tickets.log_store import TicketEventKind
from callcenter.casework.tickets.merge_rules import check_merge
from callcenter.casework.tickets.rules import TicketState
from callcenter.casework.tickets.tables import TicketRow
from callcenter.errors import NotFoundError, StaleVersionError
from callcenter.http.versions import check_version


async def merge(
    session: AsyncSession,
    number: str,
    into: str,
    reason: str,
    *,
    version: int,
    user: SignedIn,
    timezone: ZoneInfo,
    now: datetime,
) -> None:
    """Another ticket stands for this one from now on.

    Raises RefusedError, NotFoundError, StaleVersionError, ConflictError where one of them cannot be merged.
    """
    user.check(Right.LEAD_TICKETS)
    found = [await open_dossier(session, one, user) for one in (number, into)]
    # In the order of their ids, so that two who merge the same tickets wait and do not block each other.
    for dossier in sorted(found, key=lambda dossier: dossier.row.id):
        await store.get_by_id(session, dossier.row.id, is_locked=True)
    source, target = [await read_dossier(session, dossier.row) for dossier in found]
    check_version(version, source.ticket.version)
    check_merge(source.ticket, target.ticket)
    values = {"state": TicketState.MERGED.value, "merged_into": target.row.id, "closed_at": now, "next_due_at": None}
    await store.change_ticket(session, source.row.id, version, values)
    await log_store.add_event(
        session,
        source.row.id,
        TicketEventKind.MERGED,
        state=TicketState.MERGED,
        from_state=source.ticket.state,
        by=user.user_id,
        at=now,
        body={"into": into, "reason": reason},
    )
    await _settle(session, target.row, TicketEventKind.MERGED_HERE, number, user=user, timezone=timezone, now=now)


async def unmerge(
    session: AsyncSession,
    number: str,
    reason: str | None,
    *,
    version: int,
    user: SignedIn,
    timezone: ZoneInfo,
    now: datetime,
) -> None:
    """The ticket stands for itself again, in the state in which it was merged, with the clocks of its own log.

    Raises RefusedError, NotFoundError, also for one that is not merged, StaleVersionError.
    """
    user.check(Right.LEAD_TICKETS)
    row, target = await lock_with_target(session, number, user)
    if target is None:
        raise NotFoundError("This ticket is not merged.")
    check_version(version, row.version)
    merge = await log_store.get_merge(session, row.id)
    state = TicketState(merge.from_state)  # type: ignore[arg-type]
    await store.change_ticket(session, row.id, version, {"state": state, "merged_into": None, "closed_at": None})
    await log_store.add_event(
        session,
        row.id,
        TicketEventKind.UNMERGED,
        state=state,
        from_state=TicketState.MERGED,
        by=user.user_id,
        at=now,
        body={"from": target.number} | ({} if reason is None else {"reason": reason}),
    )
    await _settle(session, target, TicketEventKind.UNMERGED_HERE, number, user=user, timezone=timezone, now=now)
    await refresh_clocks(session, await store.get_ticket(session, number), timezone=timezone, now=now)


async def lock_with_target(session: AsyncSession, number: str, user: SignedIn) -> tuple[TicketRow, TicketRow | None]:
    """A ticket, and before it the one that it is merged into. Raises NotFoundError, StaleVersionError."""
    seen = await may_see(session, user)
    target_id = (await store.get_ticket(session, number, seen)).merged_into
    target = None if target_id is None else await store.get_by_id(session, target_id, is_locked=True)
    row = await store.get_ticket(session, number, seen, is_locked=True)
    if row.merged_into != target_id:
        raise StaleVersionError
    return row, target


async def _settle(
    session: AsyncSession,
    target: TicketRow,
    what: TicketEventKind,
    number: str,
    *,
    user: SignedIn,
    timezone: ZoneInfo,
    now: datetime,
) -> None:
    """Write it into the target's log too, and let its flags and clocks follow."""
    state = TicketState(target.state)
    await log_store.add_event(session, target.id, what, state=state, by=user.user_id, at=now, body={"ticket": number})
    await count_undecided(session, target.id)
    await refresh_clocks(session, target, timezone=timezone, now=now)
