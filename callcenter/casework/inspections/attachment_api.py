"""Files about the items of patrols over HTTP: taken as plain bytes, given as downloads and never shown in the page."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Header, Path, Request
from fastapi.responses import StreamingResponse

from callcenter.accounts.api import require
from callcenter.accounts.rights import Right
from callcenter.casework.attachments.names import disposition_of, read_name
from callcenter.casework.inspections import attachment_service
from callcenter.casework.inspections.schemas import InspectionFile, ItemNumber
from callcenter.casework.inspections.views import view_file
from callcenter.casework.tickets.api import AskedFrom
from callcenter.casework.tickets.attachment_api import ANSWERS, SANDBOX, AskedFolder
from callcenter.http.dependencies import LoggedSnapshot, OpenDatabase, RowId
from callcenter.http.downloads import read_pieces
from callcenter.http.uploads import BYTES, receive_file

router = APIRouter(tags=["inspections"])


@router.post(
    "/inspections/{inspection_id}/items/{item}/attachments",
    status_code=201,
    openapi_extra=BYTES,
    dependencies=[require(Right.HANDLE_TICKETS)],
)
async def attach_to_item(
    inspection_id: RowId,
    item: Annotated[ItemNumber, Path()],
    request: Request,
    database: OpenDatabase,
    viewpoint: AskedFrom,
    folder: AskedFolder,
    x_file_name: Annotated[
        str, Header(min_length=1, max_length=2000, description="Of any language, as percent-encoded UTF-8.")
    ],
) -> InspectionFile:
    """Attach a JPEG, PNG, PDF, DOCX, XLSX, MP4 or WAV of at most 20 MiB. The same bytes again change nothing."""
    name = read_name(x_file_name)
    async with receive_file(request) as upload:
        attached = await attachment_service.attach(
            database, inspection_id, item, upload, name, folder=folder, viewpoint=viewpoint
        )
    return view_file(attached, viewpoint)


@router.get(
    "/inspections/{inspection_id}/attachments/{attachment_id}",
    response_class=StreamingResponse,
    responses={200: {"description": "The file, as it was attached.", "content": ANSWERS}},
    dependencies=[require(Right.SEE_TICKETS)],
)
async def get_inspection_attachment(
    inspection_id: RowId, attachment_id: RowId, session: LoggedSnapshot, viewpoint: AskedFrom, folder: AskedFolder
) -> StreamingResponse:
    """The file as a download, for the unit and for who may see whole numbers; every reading is logged."""
    found, kind, file = await attachment_service.open_attachment(
        session, inspection_id, attachment_id, folder=folder, viewpoint=viewpoint
    )
    headers = {
        "Content-Disposition": disposition_of(found.row.name, kind, plain=f"attachment-{attachment_id}"),
        "Content-Length": str(found.file.size),
        "Content-Security-Policy": SANDBOX,
    }
    return StreamingResponse(read_pieces(file), media_type=kind.media_type, headers=headers)
