"""The SQL that keeps episodes in step with calls and decisions. Every function works in its caller's transaction."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Text, cast, delete, func, insert, select, tuple_, update
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.dialects.postgresql import insert as insert_or
from sqlalchemy.ext.asyncio import AsyncSession

from callcenter.callbacks.rules import CallForEpisode, CallKey, Decision, Subject, is_missed, subject_of
from callcenter.callbacks.tables import EpisodeCall, EpisodeDecision, EpisodeRow
from callcenter.calls.numbers import NumberKind
from callcenter.calls.records import Direction, Outcome, Talk, TalkKind
from callcenter.calls.tables import Call
from callcenter.errors import NotFoundError

CHANNEL = "callbacks"
"""What LISTEN has to name to hear that episodes have changed, or who works on them."""

MARGIN = timedelta(minutes=1)
"""A talk may be reported to have lasted a little longer than its call."""


async def notify(session: AsyncSession) -> None:
    """Tell who listens that the list has changed, once the transaction is committed."""
    await session.execute(select(func.pg_notify(CHANNEL, "")))


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


async def load_decisions(session: AsyncSession, subjects: Collection[str]) -> dict[str, list[Decision]]:
    """What was signed about these subjects."""
    statement = select(EpisodeDecision).where(EpisodeDecision.subject == func.any(cast(list(subjects), ARRAY(Text))))
    found: dict[str, list[Decision]] = {}
    for row in await session.scalars(statement):
        calls = frozenset(CallKey(pbx, call_id) for pbx, call_id in row.calls)
        decision = Decision(decision_id=row.id, decided_at=row.decided_at, calls=calls)
        found.setdefault(row.subject, []).append(decision)
    return found


async def add_decision(
    session: AsyncSession,
    *,
    subject: str,
    calls: Sequence[CallKey],
    decided_by: int,
    decided_at: datetime,
    reason: str,
) -> None:
    values = {
        "decided_at": decided_at,
        "decided_by": decided_by,
        "reason": reason,
        "calls": [list(key) for key in calls],
    }
    await session.execute(insert(EpisodeDecision).values(subject=subject, **values))


@dataclass(frozen=True, kw_only=True, slots=True)
class StoredEpisodes:
    """Episodes as they are stored: rows by id, and which episode holds a call."""

    rows: Mapping[int, Mapping[str, Any]]
    holders: Mapping[CallKey, Mapping[str, Any]]
    """The whole row of each call held."""


async def load_episodes(
    session: AsyncSession, subjects: Collection[str], since: datetime | None = None
) -> StoredEpisodes:
    """The stored episodes of these subjects, or those that are open or were closed later than a moment."""
    of_subjects = EpisodeRow.subject == func.any(cast(list(subjects), ARRAY(Text)))
    if since is not None:
        of_subjects &= (EpisodeRow.closed_at > since) | EpisodeRow.closed_at.is_(None)
    columns = EpisodeRow.__table__.columns
    rows = {row["id"]: dict(row) for row in (await session.execute(select(*columns).where(of_subjects))).mappings()}
    statement = (
        select(*EpisodeCall.__table__.columns)
        .join(EpisodeRow, EpisodeRow.id == EpisodeCall.episode_id)
        .where(of_subjects)
    )
    return StoredEpisodes(rows=rows, holders=_by_key(await session.execute(statement)))


async def load_holders(session: AsyncSession, keys: Collection[CallKey]) -> dict[CallKey, Mapping[str, Any]]:
    """The rows of those of these calls that an episode holds."""
    wanted = tuple_(EpisodeCall.pbx, EpisodeCall.call_id).in_(unnested(keys))
    return _by_key(await session.execute(select(*EpisodeCall.__table__.columns).where(wanted)))


def _by_key(rows: Any) -> dict[CallKey, Mapping[str, Any]]:
    return {CallKey(row["pbx"], row["call_id"]): dict(row) for row in rows.mappings()}


async def take_episode_ids(session: AsyncSession, count: int) -> list[int]:
    """Ids that nobody else will get."""
    sequence = func.pg_get_serial_sequence(EpisodeRow.__tablename__, "id")
    statement = select(func.nextval(sequence)).select_from(func.generate_series(1, count))
    return list((await session.scalars(statement)).all())


async def save_episodes(
    session: AsyncSession,
    before: StoredEpisodes,
    *,
    rows: Iterable[Mapping[str, Any]],
    holders: Mapping[CallKey, Mapping[str, Any]],
) -> None:
    """Make the stored episodes of the subjects of `before` these, writing only what differs, and say so on CHANNEL."""
    by_id = {row["id"]: dict(row) for row in rows}
    gone = [key for key in before.holders if key not in holders]
    if gone:
        await session.execute(
            delete(EpisodeCall).where(tuple_(EpisodeCall.pbx, EpisodeCall.call_id).in_(unnested(gone)))
        )
    changed = [row for episode_id, row in by_id.items() if before.rows.get(episode_id) != row]
    if changed:
        upsert = insert_or(EpisodeRow)
        new = {name: upsert.excluded[name] for name in changed[0] if name != "id"}
        await session.execute(upsert.on_conflict_do_update(index_elements=["id"], set_=new), changed)
    moved = [row for key, row in holders.items() if before.holders.get(key) != row]
    await hold_calls(session, moved)
    orphans = [episode_id for episode_id in before.rows if episode_id not in by_id]
    if orphans:
        await session.execute(delete(EpisodeRow).where(EpisodeRow.id.in_(orphans)))
    if gone or changed or moved or orphans:
        await notify(session)


async def hold_calls(session: AsyncSession, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write down which episode holds these calls, and what they add to it."""
    if rows:
        hold = insert_or(EpisodeCall)
        new = {name: hold.excluded[name] for name in rows[0] if name not in ("pbx", "call_id")}
        await session.execute(hold.on_conflict_do_update(index_elements=["pbx", "call_id"], set_=new), rows)


@dataclass(frozen=True, kw_only=True, slots=True)
class Waiting:
    """An open episode and its deadline, None where the calendar was missing."""

    id: int
    opened_at: datetime
    due_at: datetime | None


async def list_waiting_over(session: AsyncSession, begin: datetime, end: datetime) -> list[Waiting]:
    """Those not tried yet, between whose first loss and deadline the time from `begin` to `end` lies, or part of it.

    Those without a deadline are always among them: a calendar that comes late has few days, and settles all.
    Emergencies are left out: their deadline knows no calendar.
    """
    statement = select(EpisodeRow.id, EpisodeRow.opened_at, EpisodeRow.due_at).where(
        EpisodeRow.closed_at.is_(None),
        EpisodeRow.first_attempt_at.is_(None),
        EpisodeRow.is_emergency.is_(False),
        EpisodeRow.due_at.is_(None) | ((EpisodeRow.opened_at < end) & (EpisodeRow.due_at >= begin)),
    )
    rows = await session.execute(statement.order_by(EpisodeRow.id))
    return [Waiting(id=row.id, opened_at=row.opened_at, due_at=row.due_at) for row in rows]


async def set_due_at(session: AsyncSession, episode_id: int, due_at: datetime | None) -> None:
    """A new deadline, said on CHANNEL."""
    await session.execute(update(EpisodeRow).where(EpisodeRow.id == episode_id).values(due_at=due_at))
    await notify(session)


async def get_episode(session: AsyncSession, episode_id: int) -> EpisodeRow:
    """Raises NotFoundError."""
    row = await session.get(EpisodeRow, episode_id, populate_existing=True)
    if row is None:
        raise NotFoundError("There is no such episode.")
    return row


async def find_open_episode(session: AsyncSession, subject: str) -> EpisodeRow | None:
    """The episode in which this person waits for a call back."""
    statement = select(EpisodeRow).where(EpisodeRow.subject == subject, EpisodeRow.closed_at.is_(None))
    newest_first = statement.order_by(EpisodeRow.id.desc()).limit(1).execution_options(populate_existing=True)
    return (await session.scalars(newest_first)).one_or_none()


async def list_calls_held(session: AsyncSession, episode_id: int) -> list[CallKey]:
    """The lost calls of an episode."""
    statement = select(EpisodeCall.pbx, EpisodeCall.call_id).where(EpisodeCall.episode_id == episode_id)
    rows = await session.execute(statement.order_by(EpisodeCall.pbx, EpisodeCall.call_id))
    return [CallKey(row.pbx, row.call_id) for row in rows]
