"""Comparisons with the national platform over HTTP."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query

from callcenter.accounts.api import SignedInUser, require
from callcenter.accounts.rights import Right
from callcenter.casework.reconciliations import service, store
from callcenter.casework.reconciliations.schemas import (
    DiscrepancyView,
    NewReconciliation,
    ReconciliationDays,
    ReconciliationPage,
    ReconciliationQuery,
    ReconciliationView,
)
from callcenter.casework.tickets.api import HotlinePlace
from callcenter.http.cursors import pair_cursors, value_cursors
from callcenter.http.dependencies import LoggedSnapshot, Now, Snapshot
from callcenter.http.pages import PageQuery, cut_page

router = APIRouter(tags=["reconciliations"])

_DAYS = value_cursors("reconciliation-days", date)
_LINES = pair_cursors("reconciliations", int, int)


@router.get("/reconciliations", dependencies=[require(Right.SEE_AUDIT)])
async def list_reconciliations(query: Annotated[PageQuery, Query()], session: Snapshot) -> ReconciliationDays:
    """Which days were compared with the national platform, and what was found last."""
    found = await store.list_days(session, before=query.after(_DAYS), limit=query.limit + 1)
    page, following = cut_page(found, query, _DAYS, lambda one: one[0].day)
    return ReconciliationDays(items=[ReconciliationView(**_values(one)) for one in page], next=following)


@router.put("/reconciliations/{day}", dependencies=[require(Right.IMPORT_TICKETS)])
async def compare_with_platform(
    day: Annotated[date, Path()],
    new: NewReconciliation,
    user: SignedInUser,
    session: LoggedSnapshot,
    place: HotlinePlace,
    now: Now,
) -> ReconciliationView:
    """Compare the register with an uploaded export. An earlier comparison of the day is kept as it is."""
    since = new.since or day
    await service.compare(session, day, since, new.import_id, user=user, place=place, now=now)
    return ReconciliationView(**_values(await store.get_comparison(session, day, None)))


@router.get("/reconciliations/{day}", dependencies=[require(Right.SEE_AUDIT)])
async def get_reconciliation(
    day: Annotated[date, Path()], query: Annotated[ReconciliationQuery, Query()], session: Snapshot
) -> ReconciliationPage:
    """What the register and the national platform disagree about; pages go on in the comparison in which they began."""
    comparison_id, after = query.after(_LINES) or (None, 0)
    found = await store.get_comparison(session, day, comparison_id)
    lines = await store.list_lines(session, found[0].id, query.what, after=after, limit=query.limit + 1)
    page, following = cut_page(lines, query, _LINES, lambda line: (line.reconciliation_id, line.position))
    items = [
        DiscrepancyView(
            what=line.what,  # type: ignore[arg-type]
            platform_number=line.platform_number,
            ticket=line.ticket_number,
            fields=line.fields,
        )
        for line in page
    ]
    return ReconciliationPage(items=items, next=following, **_values(found))


def _values(found: store.Found) -> dict[str, Any]:
    row, name, sha256, count = found
    of_row = {field: getattr(row, field) for field in ReconciliationView.model_fields if hasattr(row, field)}
    return of_row | {"compared_by": name, "sha256": sha256, "comparisons": count}
