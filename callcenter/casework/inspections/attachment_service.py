"""Attaching files to the items of patrols, and giving them to whoever may see what is on them."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import BinaryIO

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from callcenter.accounts.rights import Right, Role
from callcenter.accounts.store import log_access
from callcenter.casework.attachments.folder import keep_file, open_kept
from callcenter.casework.attachments.kinds import FileKind, tell_kind
from callcenter.casework.attachments.store import lock_file
from callcenter.casework.inspections import attachment_store, store, template_store
from callcenter.casework.inspections.attachment_store import Attached
from callcenter.casework.tickets.views import Viewpoint
from callcenter.error_codes import ErrorCode
from callcenter.errors import ConflictError, NotFoundError
from callcenter.http.uploads import Upload
from callcenter.postgres.database import Database

log = structlog.stdlib.get_logger(__name__)


async def attach(
    database: Database,
    inspection_id: int,
    item: int,
    upload: Upload,
    name: str,
    *,
    folder: Path,
    viewpoint: Viewpoint,
) -> Attached:
    """Keep the file and attach it to the item, once; the same bytes again are the same attachment.

    Raises InputError for a kind that is not taken, NotFoundError, ConflictError for a patrol that is finished, of which
    bytes that it has are taken as sent twice, UnavailableError without room. The file is on the disk before its row is
    committed: a row without a file is a fault, a file without a row is none yet.
    """
    kind = await asyncio.to_thread(tell_kind, upload.file)
    user, now = viewpoint.user, viewpoint.now
    async with database.sessions.begin() as session:
        row = await store.get_inspection(session, inspection_id, await store.may_see(session, user), is_locked=True)
        template = await template_store.get_template(session, row.template_code, row.template_version)
        if not 1 <= item <= len(template.checks):
            raise NotFoundError("The template has no such item.")
        if not store.is_finished(row):
            await lock_file(session, upload.sha256, kind, size=upload.size, at=now)
            await asyncio.to_thread(keep_file, folder, upload.file, upload.sha256)
            await attachment_store.add_attachment(
                session, row.id, item, sha256=upload.sha256, name=name, by=user.user_id, at=now
            )
        try:
            return await attachment_store.get_by_hash(session, row.id, item, upload.sha256)
        except NotFoundError:
            raise ConflictError("The patrol is finished.", code=ErrorCode.INSPECTION_FINISHED) from None


async def open_attachment(
    session: AsyncSession, inspection_id: int, attachment_id: int, *, folder: Path, viewpoint: Viewpoint
) -> tuple[Attached, FileKind, BinaryIO]:
    """The attachment and its open file, as it was attached, to the byte; the reading stands in the access log.

    Nothing in a file is masked: it is for the unit, and for who may see whole numbers. Raises NotFoundError,
    RefusedError.
    """
    user = viewpoint.user
    row = await store.get_inspection(session, inspection_id, await store.may_see(session, user))
    if user.role is not Role.OFFICER:
        user.check(Right.UNMASK_NUMBERS)
    found = await attachment_store.get_attachment(session, row.id, attachment_id)
    file = await asyncio.to_thread(open_kept, folder, found.row.sha256)
    if file is None:
        log.error("kept_file_gone", inspection_attachment=attachment_id)
        raise NotFoundError("The file is not on the disk as it was attached.", code=ErrorCode.FILE_MISSING)
    subject = f"inspections/{inspection_id}/attachments/{attachment_id}"
    await log_access(session, user, "attachment of a patrol", subject, viewpoint.now)
    return found, FileKind(found.file.kind), file
