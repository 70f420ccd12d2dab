"""The callback list over HTTP.

Who may see whose number: supervisors see the numbers of the list, since handing it out is their work; agents see them
masked and unmask one episode at a time, with a reason. Whatever is shown unmasked is written to the access log.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from sqlalchemy.ext.asyncio import AsyncSession

from callcenter.accounts.api import Agent, Supervisor
from callcenter.accounts.rules import Role, SignedIn
from callcenter.accounts.store import log_access
from callcenter.callbacks import service
from callcenter.callbacks.deadlines import describe_deadline
from callcenter.callbacks.export import CSV_MEDIA_TYPE, XLSX_MEDIA_TYPE, to_csv, to_xlsx
from callcenter.callbacks.listing import CallbackRow, place_of
from callcenter.callbacks.schemas import (
    CallbackPage,
    CallbackQuery,
    CallbackView,
    EpisodeQuery,
    NewDecision,
    Shape,
    cursor_from_place,
)
from callcenter.calls.api import AreaCode
from callcenter.calls.masking import mask_name
from callcenter.calls.numbers import mask
from callcenter.dependencies import Now, RowId, Transaction
from callcenter.errors import InputError

router = APIRouter(tags=["callbacks"])


_FILES: dict[int | str, dict[str, Any]] = {
    200: {
        "content": {
            CSV_MEDIA_TYPE.partition(";")[0]: {"schema": {"type": "string"}},
            XLSX_MEDIA_TYPE: {"schema": {"type": "string", "format": "binary"}},
        }
    }
}


@router.get("/callbacks", response_model=CallbackPage, responses=_FILES)
async def get_callbacks(
    query: Annotated[CallbackQuery, Query()],
    user: Agent,
    session: Transaction,
    now: Now,
    area_code: AreaCode,
    request: Request,
) -> CallbackPage | Response:
    """Everybody who waits for a call back now, or with `day` everybody of whom a call was lost that day."""
    is_page = query.format is Shape.JSON
    found = await service.list_callbacks(
        session,
        query.to_filter(area_code=area_code),
        now=now,
        day=query.day,
        is_current=query.current,
        after=query.after if is_page else None,
        limit=query.limit if is_page else None,
    )
    rows = found.rows
    if user.role.includes(Role.SUPERVISOR):
        if rows:
            subject = f"callbacks/{query.day or 'live'} ({len(rows)} callers)"
            await log_access(session, user, "caller_number (callback list)", subject, now)
    else:
        rows = [_masked(row, area_code) for row in rows]
    if not is_page:
        return _file(rows, query, request)
    is_last = len(found.rows) < query.limit
    return CallbackPage(
        items=[CallbackView.model_validate(row) for row in rows],
        next_cursor=None if is_last else cursor_from_place(place_of(rows[-1])),
        business_date=query.day,
        frozen_at=found.frozen_at,
        sha256=found.sha256,
        deadline_rule=describe_deadline(request.app.state.settings.calling_hours),
    )


@router.get("/callbacks/{episode_id:int}")
async def get_callback(
    episode_id: RowId,
    query: Annotated[EpisodeQuery, Query()],
    user: Agent,
    session: Transaction,
    now: Now,
    area_code: AreaCode,
) -> CallbackView:
    """One episode as it stands."""
    row = await service.get_callback(session, episode_id, now=now)
    is_supervisor = user.role.includes(Role.SUPERVISOR)
    if query.unmask and query.reason is None and not is_supervisor:
        raise InputError("Seeing a number unmasked needs a reason.")
    if query.unmask or is_supervisor:
        await _log_number(session, user, row, reason=query.reason or "callback list", at=now)
        return CallbackView.model_validate(row)
    return CallbackView.model_validate(_masked(row, area_code))


@router.post("/callbacks/{episode_id:int}/decision", status_code=201)
async def sign_decision(
    episode_id: RowId,
    decision: NewDecision,
    user: Supervisor,
    session: Transaction,
    now: Now,
    request: Request,
) -> CallbackView:
    """Sign that the caller cannot be reached. A new lost call opens a new episode."""
    row = await service.decide_unreachable(
        session, episode_id, user=user, reason=decision.reason, now=now, settings=request.app.state.settings
    )
    await _log_number(session, user, row, reason="decision", at=now)
    return CallbackView.model_validate(row)


async def _log_number(session: AsyncSession, user: SignedIn, row: CallbackRow, *, reason: str, at: datetime) -> None:
    await log_access(session, user, f"caller_number ({reason})", f"callbacks/{row['episode_id']}", at)


def _masked(row: CallbackRow, area_code: str) -> CallbackRow:
    return {
        **row,
        "caller_number": mask(row["caller_number"], area_code=area_code),
        "calls": [
            {
                **call,
                "caller_number": mask(call["caller_number"], area_code=area_code),
                "caller_name": mask_name(call["caller_name"]),
            }
            for call in row["calls"]
        ],
    }


def _file(rows: list[CallbackRow], query: CallbackQuery, request: Request) -> Response:
    timezone = request.app.state.settings.timezone
    name = f"callbacks-{query.day or 'live'}.{query.format.value}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    if query.format is Shape.CSV:
        return Response(to_csv(rows, timezone), media_type=CSV_MEDIA_TYPE, headers=headers)
    return Response(to_xlsx(rows, timezone), media_type=XLSX_MEDIA_TYPE, headers=headers)
