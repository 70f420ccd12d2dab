"""The SQL that reads calls as the rules of episodes need them. Every function works in its caller's transaction."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Text, cast, func, select, tuple_
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncSession

from callcenter.callbacks.rules import CallForEpisode, CallKey, Subject, is_missed, subject_of
from callcenter.callbacks.tables import EpisodeCall, EpisodeRow
from callcenter.calls.numbers import NumberKind
from callcenter.calls.records import Direction, Outcome, Talk, TalkKind
from callcenter.calls.tables import Call

MARGIN = timedelta(minutes=1)
"""A talk may be reported to have lasted a little longer than its call."""


@dataclass(frozen=True, kw_only=True, slots=True)
class StoredCall:
    """A call as the rules need it, whose it is, and the day it began."""

    call: CallForEpisode
    subject: Subject | None
    business_date: date


async def load_calls(session: AsyncSession, keys: Collection[CallKey]) -> list[StoredCall]:
    """Those of these calls that are over."""
    return await _load_calls(session, tuple_(Call.pbx, Call.call_id).in_(unnested(keys)))


async def load_calls_to(session: AsyncSession, subject: str, after: datetime) -> list[StoredCall]:
    """Our calls to a person that began after that moment and are over."""
    to_them = (Call.customer_key == subject) & (Call.direction == Direction.OUTBOUND.value)
    return await _load_calls(session, to_them & (Call.started_at > after))


async def find_touched_subjects(
    session: AsyncSession, keys: Collection[CallKey], calls: Collection[StoredCall]
) -> set[str]:
    """Subjects whose episodes may be others now that these calls have changed, as they now are."""
    missed = {stored.subject.key for stored in calls if stored.subject is not None and is_missed(stored.call)}
    others = {stored.subject.key for stored in calls if stored.subject is not None} - missed
    # One row of each: who floods and is answered now and then has thousands.
    other = func.unnest(cast(list(others), ARRAY(Text))).column_valued("other")
    with_episodes = select(other).where(select(EpisodeRow.id).where(EpisodeRow.subject == other).exists())
    holding = (
        select(EpisodeRow.subject)
        .join(EpisodeCall, EpisodeCall.episode_id == EpisodeRow.id)
        .where(tuple_(EpisodeCall.pbx, EpisodeCall.call_id).in_(unnested(keys)))
    )
    return missed.union((await session.scalars(with_episodes)).all(), (await session.scalars(holding)).all())


async def load_calls_of(
    session: AsyncSession, subjects: Collection[str], since: datetime | None = None
) -> list[StoredCall]:
    """Every call over of these subjects, or those that were over no earlier than a moment."""
    alone = [CallKey(pbx, call_id) for pbx, slash, call_id in (key.partition("/") for key in subjects) if slash]
    # Two statements, each by its index: one with OR reads the whole table.
    wanted = Call.customer_key == func.any(cast(list(subjects), ARRAY(Text)))
    if since is not None:
        wanted &= (Call.ended_at >= since - MARGIN) | Call.ended_at.is_(None)
    calls = await _load_calls(session, wanted)
    if alone:
        calls += await _load_calls(session, tuple_(Call.pbx, Call.call_id).in_(unnested(alone)))
    by_key = {stored.call.key: stored for stored in calls}
    return [
        stored
        for stored in by_key.values()
        if stored.subject is not None
        and stored.subject.key in subjects
        and (since is None or stored.call.lost_at >= since)
    ]


async def _load_calls(session: AsyncSession, wanted: ColumnElement[bool]) -> list[StoredCall]:
    statement = select(
        Call.pbx,
        Call.call_id,
        Call.direction,
        Call.customer_key,
        Call.number_kind,
        Call.started_at,
        Call.answered_at,
        Call.ended_at,
        Call.business_date,
        Call.outcome,
        Call.wait,
        Call.record["lost_after_transfer"].as_boolean().label("lost_after_transfer"),
        Call.record["talks"].label("talks"),
        Call.record["hangup_cause"].as_integer().label("hangup_cause"),
        Call.record["voicemail"].as_string().is_not(None).label("has_message"),
    ).where(Call.outcome.is_not(None), wanted)
    return [_stored_call(row) for row in await session.execute(statement)]


def _stored_call(row: Any) -> StoredCall:
    key, direction = CallKey(row.pbx, row.call_id), Direction(row.direction)
    talks = tuple(
        Talk(
            with_=talk["with"],
            kind=TalkKind(talk["kind"]),
            from_=datetime.fromisoformat(talk["from"]),
            to=None if talk["to"] is None else datetime.fromisoformat(talk["to"]),
        )
        for talk in row.talks
    )
    return StoredCall(
        call=CallForEpisode(
            key=key,
            direction=direction,
            started_at=row.started_at,
            answered_at=row.answered_at,
            ended_at=row.ended_at,
            outcome=Outcome(row.outcome),
            lost_after_transfer=row.lost_after_transfer,
            wait=row.wait,
            talks=talks,
            hangup_cause=row.hangup_cause,
            has_message=row.has_message,
        ),
        subject=subject_of(
            key=key, direction=direction, customer_key=row.customer_key, number_kind=NumberKind(row.number_kind)
        ),
        business_date=row.business_date,
    )


def unnested(keys: Collection[CallKey]) -> Any:
    """Any number of keys as two parameters."""
    pbxs = cast([key.pbx for key in keys], ARRAY(Text))
    call_ids = cast([key.call_id for key in keys], ARRAY(Text))
    wanted = func.unnest(pbxs, call_ids).table_valued("pbx", "call_id").render_derived(name="wanted")
    return select(wanted.c.pbx, wanted.c.call_id)
