"""Taking the persons out of matters whose time is over: certified first, the files removed after that."""

from __future__ import annotations

import asyncio
from datetime import datetime
from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncSession

from callcenter.accounts.rights import SignedIn
from callcenter.casework.attachments import store as kept_files
from callcenter.casework.attachments.folder import remove_kept
from callcenter.casework.retention import store
from callcenter.casework.retention.rules import closed_before, make_certificate
from callcenter.casework.tickets import log_store
from callcenter.casework.tickets.dossier import open_dossier
from callcenter.casework.tickets.fields import Place
from callcenter.casework.tickets.log_store import TicketEventKind, event_values
from callcenter.casework.tickets.rules import TicketState
from callcenter.casework.tickets.search import grams_of
from callcenter.error_codes import ErrorCode
from callcenter.errors import ConflictError
from callcenter.postgres.database import Database

AT_ONCE = 200
"""Tickets on one certificate, and files that are removed in one transaction."""

STAYS = ("respondent", "brand")
"""Texts about the merchant, by which an archived ticket is still found."""


async def archive_some(session: AsyncSession, *, place: Place, now: datetime) -> int:
    """The next ones that are due, with what is merged into them, on one certificate; how many."""
    await store.lock_deletions(session)
    today = now.astimezone(place.timezone).date()
    limits = closed_before(await store.list_rules(session), today, place.timezone)
    due = await store.list_due(session, limits, AT_ONCE)
    if not due:
        return 0
    ids = [row.id for row in due]
    rows = [*due, *await store.list_merged_into(session, ids)]
    before = {row.id: row.state for row in due}
    grams = {row.id: grams_of({name: getattr(row, name) for name in STAYS}) for row in rows}
    await store.archive(session, ids)
    await store.forget(session, grams.keys(), grams)
    files = await store.drop_files(session, grams.keys())
    await log_store.add_events(
        session,
        [
            event_values(
                ticket_id,
                TicketEventKind.ARCHIVED,
                state=TicketState.ARCHIVED,
                from_state=TicketState(before[ticket_id]),
                by=None,
                at=now,
            )
            for ticket_id in ids
        ],
    )
    numbers = [row.number for row in rows]
    await store.add_certificate(session, make_certificate(numbers, files, issued_at=now), files)
    return len(ids)


async def remove_files(database: Database, folder: Path, now: datetime) -> int:
    """Remove from the disk what a certificate names; how many. May be stopped anywhere: it is done again."""
    removed = 0
    while True:
        async with database.sessions.begin() as session:
            hashes = await kept_files.list_to_remove(session, AT_ONCE)
            for sha256 in hashes:
                await asyncio.to_thread(remove_kept, folder, sha256)
            await kept_files.note_removed(session, hashes, now)
        removed += len(hashes)
        if len(hashes) < AT_ONCE:
            return removed


async def place_hold(session: AsyncSession, number: str, reason: str, *, user: SignedIn, now: datetime) -> None:
    """Protect the ticket. Raises NotFoundError, ConflictError where it is archived or protected already."""
    await store.lock_deletions(session)
    dossier = await open_dossier(session, number, user, is_locked=True)
    if dossier.ticket.state is TicketState.ARCHIVED:
        raise ConflictError("The ticket is archived: it has lost its persons.", code=ErrorCode.TICKET_CLOSED)
    await store.place_hold(session, dossier.row.id, by=user.user_id, reason=reason, at=now)


async def release_hold(session: AsyncSession, number: str, reason: str, *, user: SignedIn, now: datetime) -> None:
    """Let it go when its time has come. Raises NotFoundError."""
    dossier = await open_dossier(session, number, user, is_locked=True)
    await store.release_hold(session, dossier.row.id, by=user.user_id, reason=reason, at=now)
