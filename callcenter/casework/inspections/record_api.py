"""The record of a patrol over HTTP, as a page to print."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

from fastapi import APIRouter, Response
from sqlalchemy.ext.asyncio import AsyncSession

from callcenter.accounts.api import require
from callcenter.accounts.rights import Right
from callcenter.accounts.store import log_access
from callcenter.casework.inspections import store
from callcenter.casework.inspections.printed_record import Print, Replaced, print_record
from callcenter.casework.inspections.tables import InspectionRow
from callcenter.casework.inspections.views import view_inspection
from callcenter.casework.tickets.api import AskedFrom
from callcenter.casework.tickets.views import Viewpoint
from callcenter.http.dependencies import AskedSettings, LoggedSnapshot, RowId
from callcenter.languages import Language
from callcenter.mediation.printed_record import find_chinese_font

router = APIRouter(tags=["inspections"])

_PDF: dict[int | str, dict[str, Any]] = {
    200: {"content": {"application/pdf": {"schema": {"type": "string", "format": "binary"}}}}
}


@router.get(
    "/inspections/{inspection_id}/record",
    response_class=Response,
    responses=_PDF,
    dependencies=[require(Right.SEE_TICKETS)],
)
async def get_inspection_record(
    inspection_id: RowId,
    session: LoggedSnapshot,
    viewpoint: AskedFrom,
    settings: AskedSettings,
    language: Language = Language.CHINESE,
) -> Response:
    """The patrol to print, free text masked, for whoever may read it; a draft says that it is one. It is logged."""
    row = await store.get_inspection(session, inspection_id, await store.may_see(session, viewpoint.user))
    view = await view_inspection(session, row, viewpoint)
    replaced = await _list_replaced(session, row, viewpoint)
    what = f"inspection record ({language.value})"
    await log_access(session, viewpoint.user, what, f"inspections/{inspection_id}", viewpoint.now)
    printed = Print(
        office=settings.office_name,
        language=language,
        timezone=settings.timezone,
        font=find_chinese_font(),
        at=viewpoint.now,
    )
    page = await asyncio.to_thread(print_record, view, replaced, printed)
    headers = {"Content-Disposition": f'attachment; filename="inspection-{inspection_id}-{language.value}.pdf"'}
    return Response(page, media_type="application/pdf", headers=headers)


async def _list_replaced(session: AsyncSession, row: InspectionRow, viewpoint: Viewpoint) -> Sequence[Replaced]:
    """Newest first; why each was corrected stands in the one after it."""
    older = await store.list_replaced(session, row)
    names = await store.names_of(session, {one.finished_by for one in older if one.finished_by is not None})
    return [
        Replaced(
            id=one.id,
            finished_by=names[one.finished_by][0],
            finished_at=one.finished_at,
            reason=viewpoint.mask(newer.correction_reason) or "",
        )
        for newer, one in zip([row, *older], older, strict=False)
        if one.finished_by is not None and one.finished_at is not None
    ]
