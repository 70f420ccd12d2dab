"""Attaching files to tickets, and giving them to whoever may see what stands in them."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import BinaryIO

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from callcenter.accounts.store import log_access
from callcenter.casework.attachments.folder import keep_file, open_kept
from callcenter.casework.attachments.kinds import FileKind, tell_kind
from callcenter.casework.attachments.store import lock_file
from callcenter.casework.tickets import attachment_store, log_store
from callcenter.casework.tickets.attachment_store import Attached
from callcenter.casework.tickets.dossier import open_dossier
from callcenter.casework.tickets.log_store import TicketEventKind
from callcenter.casework.tickets.rules import TicketState
from callcenter.casework.tickets.views import Viewpoint
from callcenter.error_codes import ErrorCode
from callcenter.errors import ConflictError, NotFoundError
from callcenter.http.uploads import Upload
from callcenter.postgres.database import Database

log = structlog.stdlib.get_logger(__name__)

TAKES_NOTHING = frozenset({TicketState.MERGED, TicketState.VOID, TicketState.ARCHIVED})
"""A ticket that is completed still takes a proof that comes late; one of these is no matter of its own any more."""


async def attach(
    database: Database,
    number: str,
    upload: Upload,
    name: str,
    *,
    description: str | None,
    folder: Path,
    viewpoint: Viewpoint,
) -> Attached:
    """Keep the file and attach it to the ticket, once; the same bytes again are the same attachment.

    Raises InputError for a kind that is not taken, NotFoundError, ConflictError, UnavailableError without room. The
    file is on the disk before its row is committed: a row without a file is a fault, a file without a row is none yet.
    """
    kind = await asyncio.to_thread(tell_kind, upload.file)
    user, now = viewpoint.user, viewpoint.now
    async with database.sessions.begin() as session:
        dossier = await open_dossier(session, number, user, is_locked=True)
        state = dossier.ticket.state
        if state in TAKES_NOTHING:
            raise ConflictError(f"The ticket is {state}: it takes no file.", code=ErrorCode.TICKET_CLOSED)
        await lock_file(session, upload.sha256, kind, size=upload.size, at=now)
        await asyncio.to_thread(keep_file, folder, upload.file, upload.sha256)
        attachment_id = await attachment_store.add_attachment(
            session,
            dossier.row.id,
            sha256=upload.sha256,
            name=name,
            description=description,
            by=user.user_id,
            at=now,
        )
        if attachment_id is not None:
            body = {"attachment": attachment_id, "kind": kind, "sha256": upload.sha256}
            await log_store.add_event(
                session, dossier.row.id, TicketEventKind.ATTACHED, state=state, by=user.user_id, at=now, body=body
            )
        return await attachment_store.get_by_hash(session, dossier.row.id, upload.sha256)


async def open_attachment(
    session: AsyncSession, number: str, attachment_id: int, *, folder: Path, viewpoint: Viewpoint
) -> tuple[Attached, FileKind, BinaryIO]:
    """The attachment and its open file, as it was attached, to the byte; the reading stands in the access log.

    Nothing in a file is masked: it is for who may see the ticket's fields whole, and of a report for who may know who
    reported. Raises NotFoundError, RefusedError.
    """
    dossier = await open_dossier(session, number, viewpoint.user)
    viewpoint.check_sees_whole(dossier.row)
    found = await attachment_store.get_attachment(session, dossier.row.id, attachment_id)
    file = await asyncio.to_thread(open_kept, folder, found.row.sha256)
    if file is None:
        log.error("kept_file_gone", attachment=attachment_id)
        raise NotFoundError("The file is not on the disk as it was attached.", code=ErrorCode.FILE_MISSING)
    subject = f"tickets/{number}/attachments/{attachment_id}"
    await log_access(session, viewpoint.user, "attachment of a ticket", subject, viewpoint.now)
    return found, FileKind(found.file.kind), file
