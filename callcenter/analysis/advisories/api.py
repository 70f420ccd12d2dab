"""Advisories over HTTP: drafted, written, signed, sent, answered, measured. Whoever writes or signs them sees them."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Iterator
from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Header, Path, Query, Response
from sqlalchemy import ColumnElement
from sqlalchemy.ext.asyncio import AsyncSession

from callcenter.accounts.api import require
from callcenter.accounts.rights import Right
from callcenter.accounts.store import log_access
from callcenter.analysis.advisories import service, store
from callcenter.analysis.advisories.effect import COUNTED, RESTS
from callcenter.analysis.advisories.printed_advisory import Print, PrintedText, print_advisory
from callcenter.analysis.advisories.schemas import (
    AdvisoriesQuery,
    AdvisoryChange,
    AdvisoryEntryPage,
    AdvisoryEventBody,
    AdvisoryPage,
    AdvisoryView,
    NewAdvisoryBody,
)
from callcenter.analysis.advisories.states import AdvisoryEvent, AdvisoryKind, AdvisoryState
from callcenter.analysis.advisories.tables import AdvisoryRow
from callcenter.analysis.advisories.views import printed_number, summarise, view_advisory, view_entry
from callcenter.casework.tickets.api import AskedFrom
from callcenter.casework.tickets.views import Viewpoint
from callcenter.dialling.schemas import IdempotencyKey
from callcenter.hours.rules import DAY
from callcenter.http.cursors import value_cursors
from callcenter.http.dependencies import AskedSettings, LoggedSnapshot, RowId, Snapshot, Transaction
from callcenter.http.pages import PageQuery, cut_page
from callcenter.http.versions import AskedVersion
from callcenter.mediation.printed_record import find_chinese_font

router = APIRouter(tags=["advisories"])

_ADVISORIES = value_cursors("advisories", int)
_HISTORY = value_cursors("advisory-history", int)
_PDF: dict[int | str, dict[str, Any]] = {
    200: {"content": {"application/pdf": {"schema": {"type": "string", "format": "binary"}}}}
}
_KEPT = frozenset({"title", "body", "signal_ids", "tickets", "verified_facts", "may_name"})
"""Fields that null leaves as they are."""
_MEASURED = [state.value for state in (AdvisoryState.PUBLISHED, AdvisoryState.REPLIED, AdvisoryState.OVERDUE)]

Key = Annotated[IdempotencyKey, Header(alias="Idempotency-Key")]


@router.get("/advisories", dependencies=[require(Right.WRITE_ADVISORIES)])
async def list_advisories(
    query: Annotated[AdvisoriesQuery, Query()], session: Snapshot, viewpoint: AskedFrom
) -> AdvisoryPage:
    """Newest first."""
    today = viewpoint.now.astimezone(viewpoint.place.timezone).date()
    conditions = list(_conditions(query, today))
    found = await store.list_advisories(session, *conditions, before=query.after(_ADVISORIES), limit=query.limit + 1)
    page, following = cut_page(found, query, _ADVISORIES, lambda row: row.id)
    return AdvisoryPage(items=await summarise(session, page, viewpoint), next=following)


@router.post("/advisories", status_code=201, dependencies=[require(Right.WRITE_ADVISORIES)])
async def draft_advisory(body: NewAdvisoryBody, key: Key, session: Transaction, viewpoint: AskedFrom) -> AdvisoryView:
    """A draft, from the template where no text is given. The same key again gives the same draft."""
    new = service.NewAdvisory(
        kind=body.kind,
        fields=body.model_dump(mode="json", exclude={"kind"}),
        key=key,
        hash=hashlib.sha256(body.model_dump_json(exclude_unset=True).encode()).hexdigest(),
    )
    advisory_id = await service.draft(
        session, new, user=viewpoint.user, timezone=viewpoint.place.timezone, now=viewpoint.now
    )
    return await _view(session, advisory_id, viewpoint)


@router.get("/advisories/{advisory_id}", dependencies=[require(Right.WRITE_ADVISORIES)])
async def get_advisory(advisory_id: RowId, session: Snapshot, viewpoint: AskedFrom) -> AdvisoryView:
    """One advisory, with what is against its text and what the user may do with it now."""
    return await _view(session, advisory_id, viewpoint)


@router.patch("/advisories/{advisory_id}", dependencies=[require(Right.WRITE_ADVISORIES)])
async def write_advisory(
    advisory_id: RowId, body: AdvisoryChange, version: AskedVersion, session: Transaction, viewpoint: AskedFrom
) -> AdvisoryView:
    """Other fields of a draft. Whoever writes in it does not sign it."""
    given = body.model_dump(mode="json", exclude_unset=True)
    changes = {name: value for name, value in given.items() if value is not None or name not in _KEPT}
    await service.write(
        session,
        advisory_id,
        changes,
        version=version,
        user=viewpoint.user,
        timezone=viewpoint.place.timezone,
        now=viewpoint.now,
    )
    return await _view(session, advisory_id, viewpoint)


@router.post("/advisories/{advisory_id}/events/{event}", dependencies=[require(Right.WRITE_ADVISORIES)])
async def step_advisory(
    advisory_id: RowId,
    event: Annotated[AdvisoryEvent, Path()],
    body: AdvisoryEventBody,
    version: AskedVersion,
    session: Transaction,
    viewpoint: AskedFrom,
) -> AdvisoryView:
    """Submit, sign, send, note what came of it. Directors sign, and never what they wrote."""
    await service.take_step(
        session,
        advisory_id,
        event,
        body.to_given(),
        version=version,
        user=viewpoint.user,
        timezone=viewpoint.place.timezone,
        now=viewpoint.now,
    )
    return await _view(session, advisory_id, viewpoint)


@router.get("/advisories/{advisory_id}/history", dependencies=[require(Right.WRITE_ADVISORIES)])
async def get_advisory_history(
    advisory_id: RowId, query: Annotated[PageQuery, Query()], session: Snapshot, viewpoint: AskedFrom
) -> AdvisoryEntryPage:
    """All that was done with it, with the texts of each moment."""
    row = await store.get_advisory(session, advisory_id)
    found = await store.list_events(session, row.id, after=query.after(_HISTORY) or 0, limit=query.limit + 1)
    page, following = cut_page(found, query, _HISTORY, lambda one: one[0].id)
    return AdvisoryEntryPage(items=[view_entry(entry, by, viewpoint) for entry, by in page], next=following)


@router.get(
    "/advisories/{advisory_id}/pdf",
    response_class=Response,
    responses=_PDF,
    dependencies=[require(Right.WRITE_ADVISORIES)],
)
async def get_advisory_pdf(
    advisory_id: RowId, session: LoggedSnapshot, viewpoint: AskedFrom, settings: AskedSettings
) -> Response:
    """The page to send: the same for ever once it was signed; before, it says that it is a draft. It is logged."""
    row = await store.get_advisory(session, advisory_id)
    await log_access(session, viewpoint.user, "advisory", f"advisories/{advisory_id}", viewpoint.now)
    text = PrintedText(
        kind=AdvisoryKind(row.kind),
        state=AdvisoryState(row.state),
        number=printed_number(row),
        title=row.title,
        body=row.body,
        addressee=row.addressee,
        signed_at=row.approved_at,
    )
    printed = Print(office=settings.office_name, timezone=settings.timezone, font=find_chinese_font(), at=viewpoint.now)
    page = await asyncio.to_thread(print_advisory, text, printed)
    headers = {"Content-Disposition": f'attachment; filename="advisory-{advisory_id}.pdf"'}
    return Response(page, media_type="application/pdf", headers=headers)


def _conditions(query: AdvisoriesQuery, today: date) -> Iterator[ColumnElement[bool]]:
    for name in ("kind", "state", "merchant_id"):
        value = getattr(query, name)
        if value is not None:
            yield getattr(AdvisoryRow, name) == value
    if query.effect_due:
        yield AdvisoryRow.sent_on <= today - (RESTS + COUNTED) * DAY
        yield AdvisoryRow.state.in_(_MEASURED)


async def _view(session: AsyncSession, advisory_id: int, viewpoint: Viewpoint) -> AdvisoryView:
    return await view_advisory(session, await store.get_advisory(session, advisory_id), viewpoint)
