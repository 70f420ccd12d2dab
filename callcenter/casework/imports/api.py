"""Imports over HTTP: upload a file, look at what each row would do, confirm it by another request."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from fastapi import APIRouter, Query, Request

from callcenter.accounts.api import SignedInUser, require
from callcenter.accounts.rights import Right
from callcenter.casework.imports import service, store
from callcenter.casework.imports.schemas import (
    ImportRowPage,
    ImportRowsQuery,
    ImportRowView,
    ResultCounts,
    RowCounts,
    TicketImportPage,
    TicketImportView,
)
from callcenter.casework.imports.tables import ImportedRow, ImportRow
from callcenter.casework.tickets.api import HotlinePlace
from callcenter.http.cursors import value_cursors
from callcenter.http.dependencies import Now, OpenDatabase, RowId, Snapshot, Transaction
from callcenter.http.pages import PageQuery, cut_page
from callcenter.http.uploads import BYTES, receive_file

router = APIRouter(tags=["ticket imports"], dependencies=[require(Right.IMPORT_TICKETS)])

_IMPORTS = value_cursors("ticket-imports", int)
_ROWS = value_cursors("ticket-import-rows", int)


@router.post("/ticket-imports", status_code=201, openapi_extra=BYTES)
async def upload_tickets(
    request: Request, user: SignedInUser, database: OpenDatabase, place: HotlinePlace, now: Now
) -> TicketImportView:
    """Look at an export of the national platform, CSV or Excel, of at most 20 MiB and 50,000 rows.

    Nothing changes in the register. The answer counts what the rows would do; `/rows` says it of each.
    """
    async with receive_file(request) as upload, request.app.state.file_places:
        import_id = await service.check_file(database, upload, user=user, place=place, now=now)
    async with database.snapshots.begin() as session:
        row, uploader, confirmer = await store.get_import(session, import_id)
        return _view(row, uploader, confirmer, (await store.count_rows(session, [import_id]))[import_id])


@router.get("/ticket-imports")
async def list_ticket_imports(query: Annotated[PageQuery, Query()], session: Snapshot) -> TicketImportPage:
    """Every file that was uploaded."""
    found = await store.list_imports(session, before=query.after(_IMPORTS), limit=query.limit + 1)
    page, following = cut_page(found, query, _IMPORTS, lambda one: one[0].id)
    counts = await store.count_rows(session, [row.id for row, _, _ in page])
    items = [_view(row, uploader, confirmer, counts[row.id]) for row, uploader, confirmer in page]
    return TicketImportPage(items=items, next=following)


@router.get("/ticket-imports/{import_id}")
async def get_ticket_import(import_id: RowId, session: Snapshot) -> TicketImportView:
    """One file, and how far it has come."""
    row, uploader, confirmer = await store.get_import(session, import_id)
    return _view(row, uploader, confirmer, (await store.count_rows(session, [import_id]))[import_id])


@router.get("/ticket-imports/{import_id}/rows")
async def list_ticket_import_rows(
    import_id: RowId, query: Annotated[ImportRowsQuery, Query()], session: Snapshot
) -> ImportRowPage:
    """What each row would do, or what is wrong with it, and what it has done."""
    await store.get_import(session, import_id)
    wanted = [(ImportedRow.status, query.status), (ImportedRow.result, query.result)]
    conditions = [column == value.value for column, value in wanted if value is not None]
    after = query.after(_ROWS) or 0
    rows = await store.list_rows(session, import_id, *conditions, after=after, limit=query.limit + 1)
    page, following = cut_page(rows, query, _ROWS, lambda row: row.line)
    items = [ImportRowView.model_validate(row, from_attributes=True) for row in page]
    return ImportRowPage(items=items, next=following)


@router.post("/ticket-imports/{import_id}/confirmation", status_code=202)
async def confirm_ticket_import(
    import_id: RowId, user: SignedInUser, session: Transaction, now: Now
) -> TicketImportView:
    """Take it in, once: the backend does so some rows at a time, and `results` counts them."""
    await service.confirm(session, import_id, user=user, now=now)
    row, uploader, confirmer = await store.get_import(session, import_id)
    return _view(row, uploader, confirmer, (await store.count_rows(session, [import_id]))[import_id])


def _view(row: ImportRow, uploader: str, confirmer: str | None, counts: Mapping[str, int]) -> TicketImportView:
    return TicketImportView(
        id=row.id,
        state=row.state,  # type: ignore[arg-type]
        sha256=row.sha256,
        bytes=row.bytes,
        uploaded_at=row.uploaded_at,
        uploaded_by=uploader,
        confirmed_at=row.confirmed_at,
        confirmed_by=confirmer,
        applied_at=row.applied_at,
        rows=RowCounts(**{name: counts.get(f"status {name}", 0) for name in RowCounts.model_fields}),
        results=ResultCounts(**{name: counts.get(f"result {name}", 0) for name in ResultCounts.model_fields}),
    )
