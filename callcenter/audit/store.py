"""The SQL of the audit. Every function works in its caller's transaction and changes nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from datetime import date

from sqlalchemy import Boolean, Text, and_, case, cast, func, select, tuple_
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncSession

from callcenter.audit.rules import AuditedCall
from callcenter.callbacks.nightly import JOB
from callcenter.callbacks.rules import CallKey
from callcenter.callbacks.tables import DaySheet, EpisodeCall
from callcenter.calls.records import Direction, Outcome, Witness
from callcenter.calls.tables import Call
from callcenter.jobs.tables import JobRun

_BOTH = frozenset(Witness)
_DIRECTIONS = {direction.value: direction for direction in Direction}
_OUTCOMES = {outcome.value: outcome for outcome in Outcome}


async def list_audited_calls(session: AsyncSession, day: date) -> list[AuditedCall]:
    """Every call that began on `day`, whatever its direction."""
    # Only where it matters: the record is long, and a day has many.
    is_lost_after_transfer = case(
        (
            and_(Call.direction == Direction.INBOUND, Call.outcome == Outcome.ANSWERED),
            cast(Call.record["lost_after_transfer"].as_string(), Boolean),
        ),
        else_=False,
    )
    witnesses = case((Call.is_confirmed, None), else_=Call.record["witnesses"])
    statement = select(
        Call.pbx,
        Call.call_id,
        Call.direction,
        Call.started_at,
        Call.ended_at,
        Call.outcome,
        Call.is_confirmed,
        is_lost_after_transfer.label("is_lost_after_transfer"),
        witnesses.label("witnesses"),
    ).where(Call.business_date == day)
    held = select(EpisodeCall.pbx, EpisodeCall.call_id).where(EpisodeCall.business_date == day)
    episodes = Counter(CallKey(pbx, call_id) for pbx, call_id in await session.execute(held))
    calls = await session.execute(statement)
    return [
        AuditedCall(
            key=CallKey(pbx, call_id),
            direction=_DIRECTIONS[direction],
            started_at=started_at,
            ended_at=ended_at,
            outcome=None if outcome is None else _OUTCOMES[outcome],
            is_lost_after_transfer=is_lost,
            is_confirmed=is_confirmed,
            witnesses=_BOTH if told_by is None else frozenset(map(Witness, told_by)),
            episodes=episodes[CallKey(pbx, call_id)],
        )
        for pbx, call_id, direction, started_at, ended_at, outcome, is_confirmed, is_lost, told_by in calls
    ]


async def find_directions(session: AsyncSession, keys: Collection[CallKey]) -> dict[CallKey, Direction]:
    """As what these calls are recorded, those that are."""
    if not keys:
        return {}
    pbxs = cast([key.pbx for key in keys], ARRAY(Text))
    call_ids = cast([key.call_id for key in keys], ARRAY(Text))
    wanted = func.unnest(pbxs, call_ids).table_valued("pbx", "call_id").render_derived(name="wanted")
    statement = select(Call.pbx, Call.call_id, Call.direction).where(
        tuple_(Call.pbx, Call.call_id).in_(select(wanted.c.pbx, wanted.c.call_id))
    )
    return {CallKey(row.pbx, row.call_id): Direction(row.direction) for row in await session.execute(statement)}


async def list_days_without_sheet(session: AsyncSession) -> list[date]:
    """Days that were frozen, and whose sheet is gone."""
    statement = (
        select(JobRun.business_date)
        .outerjoin(DaySheet, DaySheet.business_date == JobRun.business_date)
        .where(JobRun.job == JOB, JobRun.done_at.is_not(None), DaySheet.business_date.is_(None))
        .order_by(JobRun.business_date)
    )
    return list((await session.scalars(statement)).all())
