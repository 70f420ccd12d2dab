"""Applying the rules to a month that was frozen, and what people do with the signals: one transaction each."""

from __future__ import annotations

from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession

from callcenter.accounts.rights import SignedIn
from callcenter.analysis.periods import DAY, Period, PeriodKind, count_workdays, whole_months
from callcenter.analysis.signals import store
from callcenter.analysis.signals.cells import Complaint, Tally, list_complaints, tally
from callcenter.analysis.signals.findings import Finding
from callcenter.analysis.signals.rules import MONTHS, GroupSize, find_all
from callcenter.analysis.signals.states import SignalEventGiven, SignalEventKind, SignalState, next_state
from callcenter.analysis.signals.tables import SignalRow
from callcenter.analysis.signals.trends import BASE_WEEKS, LEFT_OUT, WEEK, find_weeks
from callcenter.analysis.snapshots.store import Snapshot, find_snapshot, list_snapshots, read_rows
from callcenter.casework.thresholds.store import read_thresholds
from callcenter.casework.tickets.rules import TicketKind
from callcenter.hours.store import load_calendar

SUNDAY = 6


async def find_signals(session: AsyncSession, month: Snapshot, *, timezone: ZoneInfo, now: datetime) -> list[Finding]:
    """Apply the rules to a frozen month, once, and keep what they find; nothing where that was done before.

    The months before it count as far as they are frozen without a gap. Raises CalendarMissing.
    """
    if await store.has_run(session, month.id):
        return []
    tallies, complaints = await _read_months(session, month, timezone)
    first = tallies[0].period.first
    flagged = await store.list_flagged(session, first, month.period.last)
    last_day = datetime.combine(month.period.last, time(), timezone)
    thresholds = await read_thresholds(session, last_day)
    group = GroupSize(people=thresholds.group_people, within=thresholds.group_within)
    findings = find_all(tallies, complaints, flagged, group)
    if not await store.claim_run(session, month.id, len(findings), now):
        return []
    await store.add_findings(session, month.id, findings, now)
    return findings


async def find_weekly(session: AsyncSession, week: Snapshot, *, timezone: ZoneInfo, now: datetime) -> list[Finding]:
    """Apply the weekly rule to a frozen week, once; its base are the frozen months and the weeks since the last one."""
    if await store.has_run(session, week.id):
        return []
    begin = week.period.first - (BASE_WEEKS + LEFT_OUT + 1) * WEEK
    known = [
        *await list_snapshots(session, kind=PeriodKind.MONTH, first=begin.replace(day=1), last=week.period.last),
        *await list_snapshots(session, kind=PeriodKind.CUSTOM, first=begin, last=week.period.last),
    ]
    complaints: dict[str, Complaint] = {}
    for snapshot in known:
        rows = await read_rows(session, snapshot.id, kind=TicketKind.COMPLAINT)
        complaints |= {one.number: one for one in list_complaints(rows, snapshot.period, timezone)}
    flagged = await store.list_flagged(session, begin, week.period.last)
    findings = find_weeks(list(complaints.values()), week.period.last, week.period.last, flagged)
    if not await store.claim_run(session, week.id, len(findings), now):
        return []
    await store.add_findings(session, week.id, findings, now)
    return findings


async def review(
    session: AsyncSession,
    signal_id: int,
    event: SignalEventKind,
    given: SignalEventGiven,
    *,
    version: int,
    user: SignedIn,
    now: datetime,
) -> SignalRow:
    """Raises NotFoundError, ConflictError, InputError, StaleVersionError."""
    row = await store.get_signal(session, signal_id)
    following = next_state(SignalState(row.state), event, given)
    reason = given.reason if event is SignalEventKind.DISMISS else None
    await store.put_state(session, row, following, version=version, reason=reason)
    await store.add_event(session, row.id, event, given, state=following, by=user.user_id, at=now)
    return await store.get_signal(session, signal_id)


async def _read_months(
    session: AsyncSession, month: Snapshot, timezone: ZoneInfo
) -> tuple[list[Tally], list[Complaint]]:
    frozen, day = [month], month.period.first - DAY
    while len(frozen) < MONTHS:
        found = await find_snapshot(session, whole_months(PeriodKind.MONTH, day))
        if found is None:
            break
        frozen.append(found)
        day = found.period.first - DAY
    frozen.reverse()
    calendar = await load_calendar(session, frozen[0].period.first, month.period.last)
    tallies, complaints = [], []
    for snapshot in frozen:
        rows = await read_rows(session, snapshot.id, kind=TicketKind.COMPLAINT)
        those = list_complaints(rows, snapshot.period, timezone)
        tallies.append(tally(those, snapshot.period, count_workdays(snapshot.period, calendar)))
        complaints += those
    return tallies, complaints


def week_of(day: date) -> Period | None:
    """The week that ends on this day; None for any day but a Sunday."""
    if day.weekday() != SUNDAY:
        return None
    return Period(kind=PeriodKind.CUSTOM, first=day - 6 * DAY, last=day)


def month_of(day: date) -> Period | None:
    """The month that ends on this day; None for any other day."""
    month = whole_months(PeriodKind.MONTH, day)
    return month if month.last == day else None
