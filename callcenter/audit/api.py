"""The audit over HTTP."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response

from callcenter.accounts.api import require
from callcenter.accounts.rights import Right
from callcenter.audit.export import AUDIT, rows_of
from callcenter.audit.render import to_json
from callcenter.audit.schemas import AuditView
from callcenter.audit.service import audit_day
from callcenter.http.dependencies import Now, OpenDatabase
from callcenter.http.downloads import FILES, FileQuery, answer_file, one_page
from callcenter.table_files import Shape

router = APIRouter(tags=["audit"])


@router.get("/audit/{day}", response_model=AuditView, responses=FILES, dependencies=[require(Right.SEE_AUDIT)])
async def get_audit(
    day: Annotated[date, Path()],
    query: Annotated[FileQuery, Query()],
    database: OpenDatabase,
    now: Now,
    request: Request,
) -> AuditView | Response:
    """Is everybody who rang that day accounted for? A file has a row for each call behind a figure."""
    report = await audit_day(database, request.app.state.settings, day, now=now)
    if query.format is not Shape.JSON:
        rows = one_page(rows_of(report, query.language))
        return await answer_file(request, AUDIT, rows, query, of=day.isoformat())
    return AuditView.model_validate(to_json(report))
