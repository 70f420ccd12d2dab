"""The SQL of the audit. Every function works in its caller's transaction and changes nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Boolean, Text, and_, case, cast, func, select, tuple_
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from callcenter.audit.comparison import HeldCall, StoredCall
from callcenter.audit.ledger_day import LONGEST_CALL
from callcenter.audit.report import AuditedCall
from callcenter.callbacks.day_lists import JOB
from callcenter.callbacks.rules import CallKey
from callcenter.callbacks.tables import DaySheet, EpisodeCall, EpisodeRow
from callcenter.calls.record_json import record_from_json
from callcenter.calls.records import Anomaly, CallRecord, Direction, Outcome, Talk, TalkKind, Witness
from callcenter.calls.tables import Call
from callcenter.disagreements.store import find_settled
from callcenter.jobs.tables import JobRun

_BOTH = frozenset(Witness)
_DIRECTIONS = {direction.value: direction for direction in Direction}
_OUTCOMES = {outcome.value: outcome for outcome in Outcome}


async def list_audited_calls(session: AsyncSession, day: date) -> list[AuditedCall]:
    """Every call that began on `day`, whatever its direction."""
    # Read from the record only where it matters: records are long, and a day has many.
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
    settled = await find_settled(session, day)
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
            witnesses=_BOTH if reported_by is None else frozenset(map(Witness, reported_by)),
            episodes=episodes[CallKey(pbx, call_id)],
            is_settled=not is_confirmed and (pbx, call_id) in settled,
        )
        for pbx, call_id, direction, started_at, ended_at, outcome, is_confirmed, is_lost, reported_by in calls
    ]


async def list_stored_calls(session: AsyncSession, day: date) -> dict[CallKey, StoredCall]:
    """The parts of the records of `day` that are compared with the ledger."""
    statement = select(
        Call.pbx,
        Call.call_id,
        Call.direction,
        Call.outcome,
        Call.record["lost_after_transfer"].as_boolean().label("is_lost_after_transfer"),
        Call.customer_key,
        Call.record["talks"].label("talks"),
        Call.is_confirmed,
    ).where(Call.business_date == day)
    return {
        (key := CallKey(row.pbx, row.call_id)): StoredCall(
            key=key,
            direction=_DIRECTIONS[row.direction],
            outcome=None if row.outcome is None else _OUTCOMES[row.outcome],
            is_lost_after_transfer=row.is_lost_after_transfer,
            customer_key=row.customer_key,
            talks=_talks(row.talks),
            is_confirmed=row.is_confirmed,
        )
        for row in await session.execute(statement)
    }


async def find_live_records(session: AsyncSession, keys: Collection[CallKey]) -> dict[CallKey, CallRecord]:
    """The live witness's records of these calls."""
    if not keys:
        return {}
    statement = select(Call.pbx, Call.call_id, Call.told_by_ami).where(
        tuple_(Call.pbx, Call.call_id).in_(_unnested(keys)), Call.told_by_ami.is_not(None)
    )
    rows = await session.execute(statement)
    return {CallKey(row.pbx, row.call_id): record_from_json(row.told_by_ami) for row in rows}


async def list_held_calls(session: AsyncSession, day: date, closing_talk: timedelta) -> list[HeldCall]:
    """The calls of `day` on the callback list, each with the state of its episode."""
    closing = aliased(Call)
    statement = (
        select(
            EpisodeCall.pbx,
            EpisodeCall.call_id,
            EpisodeRow.id,
            EpisodeRow.subject,
            EpisodeRow.caller_number,
            EpisodeRow.closed_at,
            EpisodeRow.closed_by_pbx,
            EpisodeRow.closed_by_call_id,
            EpisodeRow.decision_id,
            closing.customer_key,
            closing.record["talks"].label("talks"),
        )
        .join(EpisodeRow, EpisodeRow.id == EpisodeCall.episode_id)
        .outerjoin(
            closing, (closing.pbx == EpisodeRow.closed_by_pbx) & (closing.call_id == EpisodeRow.closed_by_call_id)
        )
        .where(EpisodeCall.business_date == day)
    )
    found = []
    for row in await session.execute(statement):
        long = [talk.from_ for talk in _talks(row.talks or []) if talk.to and talk.to - talk.from_ >= closing_talk]
        by = None if row.closed_by_call_id is None else CallKey(row.closed_by_pbx, row.closed_by_call_id)
        found.append(
            HeldCall(
                key=CallKey(row.pbx, row.call_id),
                episode_id=row.id,
                subject=row.subject,
                caller_number=row.caller_number,
                closed_at=row.closed_at,
                closed_by=by,
                is_decided=row.decision_id is not None,
                closing_customer=row.customer_key,
                closing_talk_from=max(long, default=None),
            )
        )
    return found


def _talks(talks: list[dict[str, Any]]) -> tuple[Talk, ...]:
    return tuple(
        Talk(
            with_=talk["with"],
            kind=TalkKind(talk["kind"]),
            from_=datetime.fromisoformat(talk["from"]),
            to=None if talk["to"] is None else datetime.fromisoformat(talk["to"]),
        )
        for talk in talks
    )


def _unnested(keys: Collection[CallKey]) -> Any:
    """A subquery of any number of keys in two parameters."""
    pbxs = cast([key.pbx for key in keys], ARRAY(Text))
    call_ids = cast([key.call_id for key in keys], ARRAY(Text))
    wanted = func.unnest(pbxs, call_ids).table_valued("pbx", "call_id").render_derived(name="wanted")
    return select(wanted.c.pbx, wanted.c.call_id)


async def find_earliest_up(session: AsyncSession, at: datetime) -> datetime:
    """When the earliest call began that was still up at `at`; calls longer than a day do not count."""
    was_up = Call.ended_at.is_(None) | (Call.ended_at > at)
    statement = select(func.min(Call.started_at)).where(
        Call.started_at < at, Call.started_at > at - LONGEST_CALL, was_up
    )
    began_at: datetime | None = (await session.execute(statement)).scalar_one()
    return at if began_at is None else began_at


async def find_directions(session: AsyncSession, keys: Collection[CallKey]) -> dict[CallKey, Direction]:
    """The directions of these calls, of those that are recorded."""
    if not keys:
        return {}
    statement = select(Call.pbx, Call.call_id, Call.direction).where(
        tuple_(Call.pbx, Call.call_id).in_(_unnested(keys))
    )
    return {CallKey(row.pbx, row.call_id): Direction(row.direction) for row in await session.execute(statement)}


async def list_off_trunk(session: AsyncSession, day: date) -> list[CallKey]:
    """Calls of the day whose caller has an outside number and did not come in on a trunk."""
    statement = select(Call.pbx, Call.call_id).where(
        Call.business_date == day, Call.anomalies.contains([Anomaly.OUTSIDE_CALLER_OFF_TRUNK.value])
    )
    return [CallKey(row.pbx, row.call_id) for row in await session.execute(statement)]


async def list_days_without_sheet(session: AsyncSession) -> list[date]:
    """Days that were frozen and whose sheet is missing."""
    statement = (
        select(JobRun.business_date)
        .outerjoin(DaySheet, DaySheet.business_date == JobRun.business_date)
        .where(JobRun.job == JOB, JobRun.done_at.is_not(None), DaySheet.business_date.is_(None))
        .order_by(JobRun.business_date)
    )
    return list((await session.scalars(statement)).all())
