"""The SQL of what was not recorded: the answered calls of a day, and what is known of each one's recording.

Calls within the house are not recorded, and calls that nobody answered have nothing to record. A call whose files were
deleted since had a recording.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import CTE, case, exists, func, literal, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from callcenter.audio.intake_store import is_due_for
from callcenter.audio.rules import MissingReason, Purpose, kinds_of
from callcenter.audio.tables import AudioFile, AudioMissing
from callcenter.calls.list_store import CallPlace
from callcenter.calls.records import Direction, Outcome
from callcenter.calls.tables import Call
from callcenter.outbox.tables import PendingChange


@dataclass(frozen=True, kw_only=True, slots=True)
class DayOfRecordings:
    """How many answered calls a day had, and how many of them have a recording or a reason why not."""

    answered: int
    recorded: int
    by_reason: Mapping[MissingReason, int]

    @property
    def unexplained(self) -> int:
        """Those with neither."""
        return self.answered - self.recorded - sum(self.by_reason.values())


@dataclass(frozen=True, kw_only=True, slots=True)
class UnrecordedCall:
    """An answered call without a recording; no `reason` where nobody knows one."""

    pbx: str
    call_id: str
    direction: Direction
    started_at: datetime
    answered_at: datetime | None
    reason: MissingReason | None
    noted_at: datetime | None


async def count_day(session: AsyncSession, day: date) -> DayOfRecordings:
    """All answered calls of a business day, in one statement and so of one moment."""
    calls = _answered_calls(day)
    statement = select(calls.c.is_recorded, calls.c.reason, func.count()).group_by(calls.c.is_recorded, calls.c.reason)
    rows = (await session.execute(statement)).all()
    unrecorded = {reason: count for is_recorded, reason, count in rows if not is_recorded}
    return DayOfRecordings(
        answered=sum(count for _, _, count in rows),
        recorded=sum(count for is_recorded, _, count in rows if is_recorded),
        by_reason={MissingReason(reason): count for reason, count in unrecorded.items() if reason is not None},
    )


async def list_unrecorded(
    session: AsyncSession,
    day: date,
    *,
    reason: MissingReason | None,
    is_unexplained: bool,
    after: CallPlace | None,
    limit: int,
) -> Sequence[UnrecordedCall]:
    """Newest first; only those with this reason, or without any; `after` is the place of the last one seen."""
    calls = _answered_calls(day)
    place = tuple_(calls.c.started_at, calls.c.pbx, calls.c.call_id)
    statement = select(calls).where(~calls.c.is_recorded)
    if reason is not None:
        statement = statement.where(calls.c.reason == reason)
    if is_unexplained:
        statement = statement.where(calls.c.reason.is_(None))
    if after is not None:
        statement = statement.where(place < (after.started_at, after.pbx, after.call_id))
    statement = statement.order_by(calls.c.started_at.desc(), calls.c.pbx.desc(), calls.c.call_id.desc()).limit(limit)
    return [
        UnrecordedCall(
            pbx=row.pbx,
            call_id=row.call_id,
            direction=Direction(row.direction),
            started_at=row.started_at,
            answered_at=row.answered_at,
            reason=None if row.reason is None else MissingReason(row.reason),
            noted_at=row.noted_at,
        )
        for row in await session.execute(statement)
    ]


def _answered_calls(day: date) -> CTE:
    """One row a call: whether it is recorded, and the reason that was noted, or that nobody has looked yet."""
    files = exists().where(
        AudioFile.pbx == Call.pbx,
        AudioFile.call_id == Call.call_id,
        AudioFile.kind.in_(kinds_of(Purpose.RECORDING)),
    )
    due = (is_due_for(Purpose.RECORDING), PendingChange.pbx == Call.pbx, PendingChange.key == Call.call_id)
    not_looked = case((exists().where(*due), literal(MissingReason.NOT_LOOKED_YET.value)))
    missing = (AudioMissing.pbx == Call.pbx) & (AudioMissing.call_id == Call.call_id)
    return (
        select(
            *(Call.pbx, Call.call_id, Call.direction, Call.started_at, Call.answered_at),
            files.label("is_recorded"),
            func.coalesce(AudioMissing.reason, not_looked).label("reason"),
            AudioMissing.noted_at,
        )
        .outerjoin(AudioMissing, missing & (AudioMissing.purpose == Purpose.RECORDING))
        .where(
            Call.business_date == day,
            Call.outcome == Outcome.ANSWERED,
            Call.direction != Direction.INTERNAL,
        )
        .cte("answered_calls")
    )
