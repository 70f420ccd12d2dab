"""The figures of casework over HTTP."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, Query

from callcenter.accounts.api import require
from callcenter.accounts.rights import Right
from callcenter.casework.metrics.definitions import RATIOS, VERSION, ratios
from callcenter.casework.metrics.schemas import CaseworkCountsView, CaseworkQuery, CaseworkStatistics
from callcenter.casework.metrics.store import Asked, count_casework
from callcenter.casework.units.store import get_unit
from callcenter.http.dependencies import Now, Snapshot, Timezone
from callcenter.kpis.schemas import RatioView
from callcenter.kpis.views import show_ratio
from callcenter.statistics.intervals import check_days
from callcenter.statistics.schemas import DefinitionView

router = APIRouter(tags=["statistics"])


@router.get("/statistics/casework", dependencies=[require(Right.SEE_STATISTICS)])
async def get_casework_statistics(
    query: Annotated[CaseworkQuery, Query()], session: Snapshot, now: Now, timezone: Timezone
) -> CaseworkStatistics:
    """What became of the matters of some days, of all units or of one; each figure with what it was made of."""
    days = check_days(query.from_day, query.to_day)
    if query.unit_id is not None:
        await get_unit(session, query.unit_id)
    span = days.span(timezone)
    asked = Asked(first=days.first, last=days.last, since=span.from_at, until=span.to_at, unit_id=query.unit_id)
    counts = await count_casework(session, asked)
    return CaseworkStatistics(
        metrics_version=VERSION,
        from_day=days.first,
        to_day=days.last,
        cut_off=now,
        unit_id=query.unit_id,
        counts=CaseworkCountsView.model_validate(asdict(counts)),
        ratios={
            name: None if ratio is None else RatioView.model_validate(show_ratio(ratio))
            for name, ratio in ratios(counts).items()
        },
        definitions=[DefinitionView.model_validate(ratio) for ratio in RATIOS],
    )
