"""Statistics and staffing for the busy hour, from the same call records and definitions as the wallboard."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession

from callcenter.agents.rules import SeatState
from callcenter.agents.state_times import SeatStateTime, list_state_times
from callcenter.calls.blind_times import Gap
from callcenter.calls.witness_store import list_gaps_of
from callcenter.disagreements.store import find_settled
from callcenter.kpis.definitions import count_agents, count_call, ratios
from callcenter.kpis.tallies import NOTHING, AgentTally, Counted, Tally
from callcenter.pbx.channel_names import device_of_interface
from callcenter.statistics import store
from callcenter.statistics.erlang import Advice, Load, advise
from callcenter.statistics.intervals import Days, Interval, Span, count_hours, covered, cut, find_span
from callcenter.statistics.own_day import OwnDay, count_own

WRAP_UP_SECONDS = 60.0
"""Work after a call, taken for granted where no seat shows how long it takes."""


@dataclass(slots=True)
class Figures:
    """The calls of one interval."""

    tally: Tally = NOTHING
    longest_wait: timedelta | None = None
    unconfirmed: int = 0
    settled: int = 0
    """Unconfirmed, and a supervisor has said why they stand: in `unconfirmed` they are not."""
    still_up: int = 0

    def add(self, counted: Counted) -> None:
        self.tally = self.tally.plus(counted)
        self.longest_wait = max(counted.waited, self.longest_wait or timedelta())


@dataclass(frozen=True, kw_only=True, slots=True)
class IntervalFigures:
    """An interval, its calls, and for how long each witness (`pbx/witness`) was blind in it."""

    span: Span
    figures: Figures
    blind: Mapping[str, timedelta]


async def count_intervals(
    session: AsyncSession,
    days: Days,
    interval: Interval,
    *,
    timezone: ZoneInfo,
    now: datetime,
    queue: str | None,
    agent: str | None,
) -> tuple[list[IntervalFigures], IntervalFigures]:
    """Every interval of the range, and the range as a whole. With `agent` only calls that this agent talked in."""
    spans = cut(days, interval, timezone)
    by_span = [Figures() for _ in spans]
    total = Figures()
    settled = await find_settled(session, days.first, days.last)
    async for found in store.stream_calls(session, days, agent=agent):
        for call in found:
            number = find_span(spans, call.record.started_at)
            places = [total] if number is None else [total, by_span[number]]
            counted = count_call(call.record).get(queue)
            for figures in places:
                if counted is not None:
                    figures.add(counted)
                figures.still_up += call.record.outcome is None
                is_unconfirmed = call.record.outcome is not None and not call.is_confirmed
                is_settled = (call.record.pbx, call.record.call_id) in settled
                figures.settled += is_unconfirmed and is_settled
                figures.unconfirmed += is_unconfirmed and not is_settled
        await asyncio.sleep(0)
    whole = days.span(timezone)
    gaps = await list_gaps_of(session, whole.from_at, whole.to_at)
    return (
        [
            IntervalFigures(span=span, figures=figures, blind=_blind(span, gaps, now))
            for span, figures in zip(spans, by_span, strict=True)
        ],
        IntervalFigures(span=whole, figures=total, blind=_blind(whole, gaps, now)),
    )


def _blind(span: Span, gaps: Sequence[Gap], now: datetime) -> dict[str, timedelta]:
    times: dict[str, list[Span]] = {}
    for gap in gaps:
        blind = Span(from_at=gap.from_at, to_at=gap.to_at or max(now, gap.from_at))
        times.setdefault(f"{gap.pbx}/{gap.witness.value}", []).append(blind)
    found = {name: covered(span, blind) for name, blind in sorted(times.items())}
    return {name: duration for name, duration in found.items() if duration}


@dataclass(slots=True)
class HeatCell:
    """One hour of one day of the week; `times` is how often it came on the days of the range that have begun."""

    weekday: int
    hour: int
    times: float
    offered: int = 0
    missed: int = 0


async def count_heat(session: AsyncSession, days: Days, *, timezone: ZoneInfo, now: datetime) -> list[HeatCell]:
    """Peaks and troughs: hours by days of the week (Monday is 1), days without any call included."""
    times = count_hours(_days_begun(days, timezone, now), timezone)
    cells = {
        (weekday, hour): HeatCell(weekday=weekday, hour=hour, times=count) for (weekday, hour), count in times.items()
    }
    async for found in store.stream_calls(session, days):
        for call in found:
            counted = count_call(call.record).get(None)
            if counted is not None:
                began_at = call.record.started_at.astimezone(timezone)
                cell = cells[began_at.isoweekday(), began_at.hour]
                one = NOTHING.plus(counted)
                cell.offered += one.offered
                cell.missed += one.offered - one.answered
        await asyncio.sleep(0)
    return list(cells.values())


def _days_begun(days: Days, timezone: ZoneInfo, now: datetime) -> Days:
    """The days of the range that have begun; none of them, if the range lies ahead, so that its last is in front."""
    return Days(first=days.first, last=min(days.last, now.astimezone(timezone).date()))


@dataclass(slots=True)
class AgentFigures:
    """A seat: who sat there, how long in which state and why, and its calls."""

    device: str
    pbx: str | None = None
    interface: str | None = None
    users: list[str] = field(default_factory=list)
    states: dict[str, timedelta] = field(default_factory=dict)
    pauses: dict[str, timedelta] = field(default_factory=dict)
    calls: AgentTally = field(default_factory=AgentTally)

    def tally(self) -> AgentTally:
        """Calls and times together; without any state reported, the times are not known."""
        if not self.states:
            return self.calls

        def of(state: SeatState) -> timedelta:
            return self.states.get(state, timedelta())

        return replace(
            self.calls,
            talking=of(SeatState.TALKING),
            on_hold=of(SeatState.ON_HOLD),
            wrap_up=of(SeatState.WRAP_UP),
            ringing=of(SeatState.RINGING),
            available=of(SeatState.AVAILABLE),
        )


async def count_by_agent(session: AsyncSession, days: Days, *, timezone: ZoneInfo, now: datetime) -> list[AgentFigures]:
    """Every seat that was in a state or had a call in the range, by device."""
    found = by_seat(await _list_state_times(session, days, timezone, now))
    by_device = {figures.device: figures for figures in reversed(found)}
    async for calls in store.stream_calls(session, days):
        for call in calls:
            for device, more in count_agents(call.record).items():
                if device not in by_device:
                    by_device[device] = AgentFigures(device=device)
                    found.append(by_device[device])
                by_device[device].calls = by_device[device].calls.plus(more)
        await asyncio.sleep(0)
    return sorted(found, key=lambda figures: (figures.device, figures.pbx or ""))


async def count_own_day(session: AsyncSession, user_id: int, day: date, *, timezone: ZoneInfo, now: datetime) -> OwnDay:
    """What one user did with the calls of a business day."""
    sittings = await store.list_sittings(session, user_id, Days(first=day, last=day).span(timezone), now)
    return count_own(await store.list_calls_at(session, day, sittings), sittings)


async def _list_state_times(
    session: AsyncSession, days: Days, timezone: ZoneInfo, now: datetime
) -> list[SeatStateTime]:
    span = days.span(timezone)
    return await list_state_times(session, span.from_at, span.to_at, now=now)


def by_seat(times: Sequence[SeatStateTime]) -> list[AgentFigures]:
    """The times of each seat, by the device under which call records know it."""
    seats: dict[tuple[str, str], AgentFigures] = {}
    for time in times:
        seat = seats.setdefault(
            (time.pbx, time.interface),
            AgentFigures(device=device_of_interface(time.interface), pbx=time.pbx, interface=time.interface),
        )
        if time.user is not None and time.user not in seat.users:
            seat.users.append(time.user)
        seat.states[time.state] = seat.states.get(time.state, timedelta()) + time.duration
        if time.state == SeatState.PAUSED:
            reason = time.reason or ""
            seat.pauses[reason] = seat.pauses.get(reason, timedelta()) + time.duration
    return list(seats.values())


@dataclass(frozen=True, kw_only=True, slots=True)
class Staffing:
    """Advice from what was measured. Each mean is None where there was nothing to measure it by.

    `busy_hour` is the hour of the day with the most calls offered on average whenever the clock showed it.
    """

    busy_hour: int
    days: int
    offered_in_busy_hour: int
    talk_seconds: float | None
    wrap_up_seconds: float | None
    patience_seconds: float | None
    load: Load | None
    advice: Advice | None


async def advise_staffing(
    session: AsyncSession,
    days: Days,
    *,
    timezone: ZoneInfo,
    now: datetime,
    within_seconds: float,
    target: float,
    shrinkage: float,
    patience_seconds: float,
    calls_an_hour: float | None = None,
    aht_seconds: float | None = None,
) -> Staffing:
    """Seats for the mean busy hour of the range; `patience_seconds` is used where nobody hung up in a queue.

    `calls_an_hour` and `aht_seconds` take the place of what was measured; of a load given whole, the patience is the
    given one too.
    """
    total = NOTHING
    by_hour = [0] * 24
    async for found in store.stream_calls(session, days):
        for call in found:
            counted = count_call(call.record).get(None)
            if counted is not None:
                total = total.plus(counted)
                by_hour[call.record.started_at.astimezone(timezone).hour] += 1
        await asyncio.sleep(0)
    seats = by_seat(await _list_state_times(session, days, timezone, now))
    wrapped_up = sum((seat.states.get(SeatState.WRAP_UP, timedelta()) for seat in seats), timedelta())
    begun = _days_begun(days, timezone, now)
    days_begun = max(0, (begun.last - begun.first).days + 1)
    times = [0.0] * 24
    for (_, hour), count in count_hours(begun, timezone).items():
        times[hour] += count
    a_time = [calls / count if count else 0.0 for calls, count in zip(by_hour, times, strict=True)]
    busy_hour = max(range(24), key=lambda hour: (a_time[hour], -hour))
    measured = ratios(total)
    talk, patience = measured["talk_seconds"].value, measured["patience_seconds"].value or None
    wrap_up = wrapped_up.total_seconds() / total.handled if total.handled and wrapped_up else None
    is_given = calls_an_hour is not None and aht_seconds is not None
    if calls_an_hour is None and talk is not None and times[busy_hour]:
        calls_an_hour = a_time[busy_hour]
    if aht_seconds is None and talk is not None:
        aht_seconds = talk + (WRAP_UP_SECONDS if wrap_up is None else wrap_up)
    load: Load | None = None
    if calls_an_hour is not None and aht_seconds is not None:
        load = Load(
            calls_an_hour=calls_an_hour,
            aht_seconds=aht_seconds,
            patience_seconds=patience_seconds if is_given or patience is None else patience,
        )
    return Staffing(
        busy_hour=busy_hour,
        days=days_begun,
        offered_in_busy_hour=by_hour[busy_hour],
        talk_seconds=talk,
        wrap_up_seconds=wrap_up,
        patience_seconds=patience,
        load=load,
        advice=None
        if load is None
        else advise(load, within_seconds=within_seconds, target=target, shrinkage=shrinkage),
    )
