"""Attachments of tickets over HTTP: taken as plain bytes, given as downloads and never shown in the page's origin."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Depends, Header, Query, Request
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, Field

from callcenter.accounts.api import SignedInUser, require
from callcenter.accounts.rights import Right
from callcenter.casework.attachments.folder import kept_folder
from callcenter.casework.attachments.kinds import FileKind
from callcenter.casework.attachments.names import disposition_of, read_description, read_name
from callcenter.casework.tickets import attachment_service, attachment_store
from callcenter.casework.tickets.api import AskedFrom, AskedTicket
from callcenter.casework.tickets.attachment_store import Attached
from callcenter.casework.tickets.dossier import open_dossier
from callcenter.casework.tickets.tables import TicketRow
from callcenter.casework.tickets.views import Viewpoint
from callcenter.http.cursors import value_cursors
from callcenter.http.dependencies import LoggedSnapshot, OpenDatabase, RowId, Snapshot
from callcenter.http.downloads import read_pieces
from callcenter.http.fields import Moment
from callcenter.http.pages import Page, PageQuery, cut_page
from callcenter.http.uploads import BYTES, receive_file

router = APIRouter(tags=["tickets"])

_ATTACHMENTS = value_cursors("ticket-attachments", int)

SANDBOX = "default-src 'none'; frame-ancestors 'none'; sandbox"
"""Whatever a browser does with the file, it runs nothing and knows nothing of us."""

ANSWERS = {
    kind.media_type: {"schema": {"type": "string", "format": "binary"}}
    for kind in sorted(FileKind, key=lambda kind: kind.media_type)
}


class AttachmentView(BaseModel):
    """A file that belongs to a ticket."""

    id: int
    name: str | None = Field(description="As it was given, masked; null where the user may not know who reported.")
    description: str | None = Field(description="What it shows, masked; null as with the name, or where nobody said.")
    kind: FileKind = Field(description="Told by the content.")
    bytes: int
    sha256: str
    attached_at: Moment
    attached_by: str


class AttachmentPage(Page[AttachmentView]):
    """Oldest first."""


def get_folder(request: Request) -> Path:
    """Where kept files lie."""
    return kept_folder(request.app.state.settings)


AskedFolder = Annotated[Path, Depends(get_folder)]


@router.post(
    "/tickets/{ticket}/attachments",
    status_code=201,
    openapi_extra=BYTES,
    dependencies=[require(Right.CHANGE_TICKETS)],
)
async def attach_file(
    ticket: AskedTicket,
    request: Request,
    database: OpenDatabase,
    viewpoint: AskedFrom,
    folder: AskedFolder,
    x_file_name: Annotated[
        str, Header(min_length=1, max_length=2000, description="Of any language, as percent-encoded UTF-8.")
    ],
    x_file_description: Annotated[
        str | None, Header(max_length=6000, description="What it shows, as percent-encoded UTF-8.")
    ] = None,
) -> AttachmentView:
    """Attach a JPEG, PNG, PDF, DOCX, XLSX, MP4 or WAV of at most 20 MiB. The same bytes again change nothing."""
    name, description = read_name(x_file_name), read_description(x_file_description)
    async with receive_file(request) as upload:
        attached = await attachment_service.attach(
            database, ticket, upload, name, description=description, folder=folder, viewpoint=viewpoint
        )
    async with database.snapshots.begin() as session:
        return _view(attached, (await open_dossier(session, ticket, viewpoint.user)).row, viewpoint)


@router.get("/tickets/{ticket}/attachments", dependencies=[require(Right.SEE_TICKETS)])
async def list_attachments(
    ticket: AskedTicket,
    query: Annotated[PageQuery, Query()],
    user: SignedInUser,
    session: Snapshot,
    viewpoint: AskedFrom,
) -> AttachmentPage:
    """What is attached, without the files."""
    row = (await open_dossier(session, ticket, user)).row
    after = query.after(_ATTACHMENTS) or 0
    found = await attachment_store.list_attachments(session, row.id, after=after, limit=query.limit + 1)
    page, following = cut_page(found, query, _ATTACHMENTS, lambda one: one.row.id)
    return AttachmentPage(items=[_view(one, row, viewpoint) for one in page], next=following)


@router.get(
    "/tickets/{ticket}/attachments/{attachment_id}",
    response_class=StreamingResponse,
    responses={200: {"description": "The file, as it was attached.", "content": ANSWERS}},
    dependencies=[require(Right.SEE_TICKETS)],
)
async def get_attachment(
    ticket: AskedTicket, attachment_id: RowId, session: LoggedSnapshot, viewpoint: AskedFrom, folder: AskedFolder
) -> StreamingResponse:
    """The file as a download, for who may see the ticket whole; every reading is logged."""
    found, kind, file = await attachment_service.open_attachment(
        session, ticket, attachment_id, folder=folder, viewpoint=viewpoint
    )
    headers = {
        "Content-Disposition": disposition_of(found.row.name, kind, plain=f"attachment-{attachment_id}"),
        "Content-Length": str(found.file.size),
        "Content-Security-Policy": SANDBOX,
    }
    return StreamingResponse(read_pieces(file), media_type=kind.media_type, headers=headers)


def _view(attached: Attached, row: TicketRow, viewpoint: Viewpoint) -> AttachmentView:
    is_shown = viewpoint.sees_reporter(row)
    return AttachmentView(
        id=attached.row.id,
        name=viewpoint.mask(attached.row.name) if is_shown else None,
        description=viewpoint.mask(attached.row.description) if is_shown else None,
        kind=FileKind(attached.file.kind),
        bytes=attached.file.size,
        sha256=attached.file.sha256,
        attached_at=attached.row.attached_at,
        attached_by=attached.by,
    )
