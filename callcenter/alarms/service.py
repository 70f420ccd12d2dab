"""Alarms from every room that has some."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, time
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession

from callcenter.accounts.rights import SignedIn
from callcenter.alarms.rules import ACKNOWLEDGED, Alarm, AlarmCall, AlarmKind, FailedPart, parse_id
from callcenter.callbacks import work_service
from callcenter.casework.broadcasts.drills import MissingDrill
from callcenter.casework.broadcasts.service import find_drill_due
from callcenter.casework.dispatch import store as dispatch
from callcenter.casework.dispatch.tables import InstructionRow
from callcenter.duty import service as duty_service
from callcenter.duty import store as duty
from callcenter.error_codes import ErrorCode
from callcenter.errors import ConflictError, NotFoundError
from callcenter.hours import service as hours
from callcenter.http.cursors import LARGEST_ID
from callcenter.process_alarms import store as process_alarms
from callcenter.process_alarms.tables import ProcessAlarm
from callcenter.settings import Settings


async def count_open(session: AsyncSession, settings: Settings, now: datetime) -> dict[AlarmKind, int]:
    """How many of each kind somebody still has to look after, for who may see them all; kinds without one are left
    out."""
    found = await list_alarms(session, settings, now, is_whole=True)
    return dict(Counter(alarm.kind for alarm in found if alarm.is_open))


async def list_alarms(session: AsyncSession, settings: Settings, now: datetime, *, is_whole: bool) -> list[Alarm]:
    """Emergencies and the calendar, which go with the roster; all others where the list is to be whole."""
    found = [_emergency(alarm) for alarm in await duty.list_alarms(session)]
    for warning in await hours.list_warnings(session, now=now, settings=settings):
        kind = AlarmKind(warning.kind.value)
        key = warning.pbx or str(warning.year)
        found.append(Alarm(kind=kind, key=key, since=warning.pushed_at, message=warning.message))
    if is_whole:
        found += [_part(*row) for row in await process_alarms.list_alarms(session)]
        found += await _list_late_callbacks(session, settings, now)
        found += [_instruction(*row) for row in await dispatch.list_unanswered(session)]
        missing = await find_drill_due(session, now, settings.timezone)
        found += [] if missing is None else [_drill(missing, settings.timezone)]
    return found


async def acknowledge(session: AsyncSession, alarm_id: str, *, user: SignedIn, now: datetime) -> Alarm:
    """A user has taken it in hand.

    Raises NotFoundError, ConflictError where somebody has already or where it goes only with its cause.
    """
    kind, key = parse_id(alarm_id)
    if kind not in ACKNOWLEDGED:
        raise ConflictError(
            "This alarm goes when its cause goes; it cannot be acknowledged.", code=ErrorCode.ALARM_ENDS_WITH_CAUSE
        )
    number = int(key) if key.isascii() and key.isdecimal() and len(key) < 20 else 0
    if not 1 <= number <= LARGEST_ID:
        raise NotFoundError("There is no such alarm.")
    if kind is AlarmKind.EMERGENCY_UNANSWERED:
        return _emergency(await duty_service.acknowledge_alarm(session, number, user=user, now=now))
    await process_alarms.acknowledge(session, number, user_id=user.user_id, at=now)
    (row,) = await process_alarms.list_alarms(session, alarm_id=number)
    return _part(*row)


async def _list_late_callbacks(session: AsyncSession, settings: Settings, now: datetime) -> list[Alarm]:
    late = await work_service.list_alarms(session, settings, now)
    of_kind = {
        AlarmKind.FIRST_ATTEMPT_OVERDUE: late.first_attempts_overdue,
        AlarmKind.FIRST_ATTEMPT_UNKNOWN: late.first_attempts_unknown,
        AlarmKind.CONTACT_OVERDUE: late.contacts_overdue,
        AlarmKind.CONTACT_UNKNOWN: late.contacts_unknown,
        AlarmKind.PROMISE_DUE: late.promises_due,
        AlarmKind.PROMISE_LATE: late.promises_late,
        AlarmKind.DIAL_UNKNOWN: late.dials_unknown,
    }
    return [
        Alarm(
            kind=kind,
            key=str(alarm.episode_id if alarm.dial_id is None else alarm.dial_id),
            since=alarm.since,
            episode_id=alarm.episode_id,
            dial_id=alarm.dial_id,
        )
        for kind, alarms in of_kind.items()
        for alarm in alarms
    ]


def _emergency(alarm: duty.Alarm) -> Alarm:
    return Alarm(
        kind=AlarmKind.EMERGENCY_UNANSWERED,
        key=str(alarm.id),
        since=alarm.raised_at,
        acknowledged_by=alarm.acknowledged_by,
        acknowledged_at=alarm.acknowledged_at,
        call=AlarmCall(
            pbx=alarm.pbx, call_id=alarm.call_id, started_at=alarm.started_at, caller_number=alarm.caller_number
        ),
    )


def _instruction(row: InstructionRow, unit: str) -> Alarm:
    return Alarm(
        kind=AlarmKind.INSTRUCTION_UNANSWERED,
        key=str(row.id),
        since=row.unanswered_at,
        message=f"Nobody of {unit} acknowledges {row.number}.",
    )


def _drill(missing: MissingDrill, timezone: ZoneInfo) -> Alarm:
    return Alarm(
        kind=AlarmKind.DRILL_DUE,
        key=missing.name,
        since=datetime.combine(missing.since, time(), timezone),
        message=f"No drill was held in quarter {missing.quarter} of {missing.year}.",
    )


def _part(alarm: ProcessAlarm, acknowledged_by: str | None) -> Alarm:
    return Alarm(
        kind=AlarmKind.PART_FAILED,
        key=str(alarm.id),
        since=alarm.failed_at,
        ended_at=alarm.back_at,
        acknowledged_by=acknowledged_by,
        acknowledged_at=alarm.acknowledged_at,
        part=FailedPart(host=alarm.host, part=alarm.part, failures=alarm.failures, reason=alarm.reason),
    )
