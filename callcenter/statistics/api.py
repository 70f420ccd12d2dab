"""Statistics over HTTP."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response

from callcenter.accounts.api import SignedInUser, require
from callcenter.accounts.rights import Right
from callcenter.calls.masked_records import mask_device
from callcenter.http.cursors import value_cursors
from callcenter.http.dependencies import AreaCode, Now, Snapshot, Timezone
from callcenter.http.downloads import FILES, answer_file, days_in_name, one_page
from callcenter.http.pages import PageQuery, cut_whole
from callcenter.kpis.definitions import DEFINITIONS, VERSION, agent_ratios
from callcenter.kpis.schemas import FiguresView, RatioView
from callcenter.kpis.tallies import Ratio
from callcenter.kpis.views import show_figures, show_ratio
from callcenter.statistics import service
from callcenter.statistics.export import (
    AGENTS,
    CALLS,
    HEAT_MAP,
    STAFFING,
    agent_rows,
    call_rows,
    heat_rows,
    staffing_rows,
)
from callcenter.statistics.intervals import check_days
from callcenter.statistics.schemas import (
    AgentFiguresView,
    AgentStatistics,
    CallStatistics,
    CallStatisticsQuery,
    CompletenessView,
    DefinitionPage,
    DefinitionView,
    ForecastView,
    HeatCellView,
    HeatMap,
    IntervalView,
    OfferedLoadView,
    OwnDayView,
    RangeQuery,
    StaffingQuery,
    StaffingView,
)
from callcenter.statistics.service import AgentFigures, IntervalFigures
from callcenter.table_files import Row, Shape, Table

router = APIRouter(tags=["statistics"])

_DEFINITIONS = value_cursors("metric-definitions", int)


@router.get("/metric-definitions", dependencies=[require(Right.SEE_DEFINITIONS)])
async def get_definitions(query: Annotated[PageQuery, Query()]) -> DefinitionPage:
    """What every figure of the wallboard and the statistics means."""
    page, following = cut_whole(enumerate(DEFINITIONS), query, _DEFINITIONS, lambda row: row[0])
    items = [DefinitionView.model_validate(definition) for _, definition in page]
    return DefinitionPage(items=items, next=following, version=VERSION)


@router.get(
    "/statistics/calls", response_model=CallStatistics, responses=FILES, dependencies=[require(Right.SEE_STATISTICS)]
)
async def get_call_statistics(
    query: Annotated[CallStatisticsQuery, Query()], session: Snapshot, now: Now, timezone: Timezone, request: Request
) -> CallStatistics | Response:
    """Figures by interval, in all, of one queue or of the calls that one agent talked in."""
    intervals, total = await service.count_intervals(
        session,
        check_days(query.from_day, query.to_day),
        query.interval,
        timezone=timezone,
        now=now,
        queue=query.queue,
        agent=query.agent,
    )
    shown = CallStatistics(
        metrics_version=VERSION,
        interval=query.interval,
        intervals=[_interval(one) for one in intervals],
        total=_interval(total),
    )
    if query.format is Shape.JSON:
        return shown
    return await _file(request, CALLS, call_rows(shown, query.language), query)


@router.get(
    "/statistics/heat-map", response_model=HeatMap, responses=FILES, dependencies=[require(Right.SEE_STATISTICS)]
)
async def get_heat_map(
    query: Annotated[RangeQuery, Query()], session: Snapshot, now: Now, timezone: Timezone, request: Request
) -> HeatMap | Response:
    """Peaks and troughs: calls offered and missed by hour and day of the week."""
    cells = await service.count_heat(session, check_days(query.from_day, query.to_day), timezone=timezone, now=now)
    shown = HeatMap(
        metrics_version=VERSION,
        cells=[
            HeatCellView(
                weekday=cell.weekday,
                hour=cell.hour,
                offered=_ratio(Ratio(numerator=cell.offered, denominator=cell.times)),
                missed=_ratio(Ratio(numerator=cell.missed, denominator=cell.times)),
            )
            for cell in cells
        ],
    )
    if query.format is Shape.JSON:
        return shown
    return await _file(request, HEAT_MAP, heat_rows(shown, query.language), query)


@router.get(
    "/statistics/agents", response_model=AgentStatistics, responses=FILES, dependencies=[require(Right.SEE_STATISTICS)]
)
async def get_agent_statistics(
    query: Annotated[RangeQuery, Query()],
    session: Snapshot,
    now: Now,
    timezone: Timezone,
    area_code: AreaCode,
    request: Request,
) -> AgentStatistics | Response:
    """What each seat did: time in each state, calls, rings. A seat that is a telephone number is masked."""
    found = await service.count_by_agent(session, check_days(query.from_day, query.to_day), timezone=timezone, now=now)
    shown = AgentStatistics(metrics_version=VERSION, seats=[_agent(figures, area_code) for figures in found])
    if query.format is Shape.JSON:
        return shown
    return await _file(request, AGENTS, agent_rows(shown), query)


@router.get("/statistics/me", dependencies=[require(Right.TAKE_CALLS)])
async def get_own_day(user: SignedInUser, session: Snapshot, now: Now, timezone: Timezone) -> OwnDayView:
    """Your own business day as it stands: calls, talk time, and how many of the rings you answered."""
    day = now.astimezone(timezone).date()
    own = await service.count_own_day(session, user.user_id, day, timezone=timezone, now=now)
    rings = own.rings_answered + own.rings_unanswered
    return OwnDayView(
        metrics_version=VERSION,
        day=day,
        calls=own.calls,
        talked_seconds=own.talked.total_seconds(),
        answered=_ratio(Ratio(numerator=own.rings_answered, denominator=rings)),
    )


@router.get(
    "/statistics/staffing", response_model=StaffingView, responses=FILES, dependencies=[require(Right.SEE_STATISTICS)]
)
async def get_staffing(
    query: Annotated[StaffingQuery, Query()], session: Snapshot, now: Now, timezone: Timezone, request: Request
) -> StaffingView | Response:
    """How many seats the measured load needs in its busy hour, or one that is asked about."""
    found = await service.advise_staffing(
        session,
        check_days(query.from_day, query.to_day),
        timezone=timezone,
        now=now,
        within_seconds=query.within_seconds,
        target=query.target,
        shrinkage=query.shrinkage,
        patience_seconds=query.patience_seconds,
        calls_an_hour=query.calls_an_hour,
        aht_seconds=query.aht_seconds,
    )
    advice = found.advice
    shown = StaffingView(
        metrics_version=VERSION,
        busy_hour=found.busy_hour,
        days=found.days,
        offered_in_busy_hour=found.offered_in_busy_hour,
        measured_talk_seconds=found.talk_seconds,
        measured_wrap_up_seconds=found.wrap_up_seconds,
        measured_patience_seconds=found.patience_seconds,
        load=None if found.load is None else OfferedLoadView.model_validate(found.load),
        seats=None if advice is None else advice.seats,
        people=None if advice is None else advice.people,
        forecasts=[] if advice is None else [ForecastView.model_validate(one) for one in advice.forecasts],
    )
    if query.format is Shape.JSON:
        return shown
    return await _file(request, STAFFING, staffing_rows(shown), query)


async def _file(request: Request, table: Table, rows: list[Row], query: RangeQuery) -> Response:
    return await answer_file(request, table, one_page(rows), query, of=days_in_name(query.from_day, query.to_day))


def _interval(of: IntervalFigures) -> IntervalView:
    figures = of.figures
    view: dict[str, Any] = {"from": of.span.from_at, "to": of.span.to_at}
    return IntervalView(
        **view,
        figures=FiguresView.model_validate(show_figures(figures.tally, longest_wait=figures.longest_wait)),
        completeness=CompletenessView(
            unconfirmed=figures.unconfirmed,
            settled=figures.settled,
            still_up=figures.still_up,
            blind_seconds=_seconds(of.blind),
        ),
    )


def _agent(figures: AgentFigures, area_code: str) -> AgentFiguresView:
    tally = figures.tally()
    device, interface = mask_device(figures.device, area_code=area_code), figures.interface
    return AgentFiguresView(
        device=device,
        pbx=figures.pbx,
        interface=None if interface is None else interface.replace(figures.device, device),
        users=figures.users,
        state_seconds=_seconds(figures.states),
        pause_seconds=_seconds(figures.pauses),
        calls=tally.calls,
        talked_seconds=tally.talked.total_seconds(),
        rings=tally.rings,
        rings_unanswered=tally.rings_unanswered,
        ratios={name: None if ratio is None else _ratio(ratio) for name, ratio in agent_ratios(tally).items()},
    )


def _ratio(ratio: Ratio) -> RatioView:
    return RatioView.model_validate(show_ratio(ratio))


def _seconds(durations: Mapping[str, timedelta]) -> dict[str, float]:
    return {name: duration.total_seconds() for name, duration in durations.items()}
