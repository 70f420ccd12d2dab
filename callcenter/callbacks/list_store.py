"""The callback list: rows in the shape that is shown, exported and frozen, and the SQL that finds them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any, NamedTuple, TypedDict

from sqlalchemy import BigInteger, ColumnElement, cast, func, select, tuple_
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncSession

from callcenter.accounts.tables import User
from callcenter.callbacks.rules import EpisodeState
from callcenter.callbacks.tables import EpisodeCall, EpisodeDecision, EpisodePromise, EpisodeRow
from callcenter.calls.records import Outcome, QueueExit, seconds
from callcenter.calls.tables import Call
from callcenter.json_values import moment_to_json


class EpisodeKind(StrEnum):
    """Whether the caller can be rung back."""

    CALLER = "caller"
    NO_NUMBER = "no_number"
    """Withheld, a gateway's, a service's or a machine's number: one episode for each call."""


class KeptPlace(TypedDict):
    """The place in a queue that a caller asked to be kept, with key 1."""

    queue: str
    position: int | None
    joined_at: str | None


class LostCall(TypedDict):
    """One lost call of an episode; an answered one was lost in a transfer."""

    pbx: str
    call_id: str
    business_date: str
    started_at: str | None
    ended_at: str | None
    outcome: str
    short: bool
    wait_seconds: float | None
    caller_number: str | None
    """As shown: where nobody can be rung back it may still say whom to ask, such as 12345."""
    caller_name: str | None
    kept_place: KeptPlace | None


class ClosingCall(TypedDict):
    pbx: str
    call_id: str


class SignedDecision(TypedDict):
    at: str | None
    by: str
    reason: str


class CallbackRow(TypedDict):
    """One line of the list. Moments are UTC with milliseconds; calls are the lost ones, oldest first."""

    episode_id: int
    kind: str
    state: str
    caller_number: str | None
    opened_at: str | None
    last_lost_at: str | None
    due_at: str | None
    is_calendar_missing: bool
    is_overdue: bool
    promised_at: str | None
    is_put_off: bool
    kept_place: KeptPlace | None
    has_message: bool
    tries: int
    tries_within_10_minutes: int
    longest_wait_seconds: float | None
    attempts: int
    attempts_counted: int
    is_emergency: bool
    first_attempt_at: str | None
    closed_at: str | None
    closed_by: ClosingCall | None
    decision: SignedDecision | None
    reopens: int | None
    priority: list[int]
    calls: list[LostCall]


class Place(NamedTuple):
    """A row's place in the list, the most urgent first."""

    priority: tuple[int, ...]
    episode_id: int


@dataclass(frozen=True, kw_only=True, slots=True)
class ListFilter:
    """Which rows are wanted; what is not set does not matter."""

    states: tuple[EpisodeState, ...] = ()
    kind: EpisodeKind | None = None
    caller_number: str | None = None
    episode_ids: frozenset[int] | None = None
    is_overdue: bool = False
    has_message: bool = False


async def list_open(
    session: AsyncSession, wanted: ListFilter, *, now: datetime, after: Place | None, limit: int | None
) -> list[CallbackRow]:
    """Everybody who waits for a call back now, the most urgent first."""
    is_open = EpisodeRow.closed_at.is_(None)
    return await _list(session, [is_open, *_conditions(wanted, now)], now=now, after=after, limit=limit)


async def list_day(
    session: AsyncSession, day: date, wanted: ListFilter, *, now: datetime, after: Place | None, limit: int | None
) -> list[CallbackRow]:
    """Everybody of whom a call that began on `day` was lost, and what has become of them."""
    on_day = EpisodeRow.id.in_(select(EpisodeCall.episode_id).where(EpisodeCall.business_date == day))
    return await _list(session, [on_day, *_conditions(wanted, now)], now=now, after=after, limit=limit)


async def list_episode(session: AsyncSession, episode_id: int, *, now: datetime) -> list[CallbackRow]:
    """The one row, or none."""
    return await _list(session, [EpisodeRow.id == episode_id], now=now, after=None, limit=None)


async def count_open(session: AsyncSession, *, now: datetime) -> tuple[int, int, int]:
    """How many wait for a call back now, how many of them are overdue, and of how many that is not known."""
    overdue = func.count().filter(_is_overdue(now))
    unknown = func.count().filter(EpisodeRow.first_attempt_at.is_(None), EpisodeRow.due_at.is_(None))
    statement = select(func.count(), overdue, unknown).where(EpisodeRow.closed_at.is_(None))
    waiting, late, unclear = (await session.execute(statement)).one()
    return waiting, late, unclear


def place_of(row: CallbackRow) -> Place:
    """Where the row stands."""
    return Place(tuple(row["priority"]), row["episode_id"])


def list_subject(day: date | None, rows: Sequence[CallbackRow]) -> str:
    """What the access log says of those who were shown unmasked."""
    return f"callbacks/{day or 'live'}: {','.join(str(row['episode_id']) for row in rows) or 'nobody'}"


def losses_of(row: CallbackRow) -> list[str]:
    """How the caller was lost, each way once, in order."""
    return list(dict.fromkeys(map(_way_of, row["calls"])))


def _way_of(call: LostCall) -> str:
    if call.get("kept_place") is not None:
        return QueueExit.CALLBACK_REQUESTED.value
    return "lost_after_transfer" if call["outcome"] == Outcome.ANSWERED else call["outcome"]


def _conditions(wanted: ListFilter, now: datetime) -> Iterator[ColumnElement[bool]]:
    if wanted.states:
        yield EpisodeRow.state.in_(wanted.states)
    if wanted.kind is not None:
        has_number = EpisodeRow.caller_number.is_not(None)
        yield has_number if wanted.kind is EpisodeKind.CALLER else ~has_number
    if wanted.caller_number is not None:
        yield EpisodeRow.caller_number == wanted.caller_number
    if wanted.episode_ids is not None:
        yield EpisodeRow.id == func.any(cast(sorted(wanted.episode_ids), ARRAY(BigInteger)))
    if wanted.is_overdue:
        yield _is_overdue(now)
    if wanted.has_message:
        yield EpisodeRow.has_message.is_(True)


def _is_overdue(now: datetime) -> ColumnElement[bool]:
    return EpisodeRow.closed_at.is_(None) & EpisodeRow.first_attempt_at.is_(None) & (EpisodeRow.due_at < now)


async def _list(
    session: AsyncSession,
    conditions: Sequence[ColumnElement[bool]],
    *,
    now: datetime,
    after: Place | None,
    limit: int | None,
) -> list[CallbackRow]:
    statement = (
        select(
            *EpisodeRow.__table__.columns,
            EpisodeDecision.decided_at,
            EpisodeDecision.reason,
            User.name,
            EpisodePromise.promised_at,
        )
        .outerjoin(EpisodePromise, EpisodePromise.episode_id == EpisodeRow.id)
        .outerjoin(EpisodeDecision, EpisodeDecision.id == EpisodeRow.decision_id)
        .outerjoin(User, User.id == EpisodeDecision.decided_by)
        .where(*conditions)
        .order_by(EpisodeRow.priority, EpisodeRow.id)
        .limit(limit)
    )
    if after is not None:
        place = tuple_(cast(list(after.priority), ARRAY(BigInteger)), cast(after.episode_id, BigInteger))
        statement = statement.where(tuple_(EpisodeRow.priority, EpisodeRow.id) > place)
    episodes = (await session.execute(statement)).all()
    calls = await _list_calls(session, [episode.id for episode in episodes])
    return [_row(episode, calls[episode.id], now) for episode in episodes]


async def _list_calls(session: AsyncSession, episode_ids: list[int]) -> dict[int, list[LostCall]]:
    statement = (
        select(
            EpisodeCall.episode_id,
            Call.pbx,
            Call.call_id,
            Call.business_date,
            Call.started_at,
            Call.ended_at,
            Call.outcome,
            Call.short,
            Call.wait,
            Call.customer_number,
            Call.record["caller_name"].as_string().label("caller_name"),
            Call.record[("queue_visits", "-1")].label("last_visit"),
        )
        .join(Call, (Call.pbx == EpisodeCall.pbx) & (Call.call_id == EpisodeCall.call_id))
        .where(EpisodeCall.episode_id == func.any(cast(episode_ids, ARRAY(BigInteger))))
        .order_by(Call.started_at, Call.pbx, Call.call_id)
    )
    calls: dict[int, list[LostCall]] = {episode_id: [] for episode_id in episode_ids}
    for call in await session.execute(statement):
        calls[call.episode_id].append(
            {
                "pbx": call.pbx,
                "call_id": call.call_id,
                "business_date": call.business_date.isoformat(),
                "started_at": moment_to_json(call.started_at),
                "ended_at": moment_to_json(call.ended_at),
                "outcome": call.outcome,
                "short": call.short,
                "wait_seconds": seconds(call.wait),
                "caller_number": call.customer_number,
                "caller_name": call.caller_name,
                "kept_place": _kept_place(call.last_visit),
            }
        )
    return calls


def _kept_place(visit: dict[str, Any] | None) -> KeptPlace | None:
    if visit is None or visit["exit"] != QueueExit.CALLBACK_REQUESTED:
        return None
    return {"queue": visit["queue"], "position": visit["position"], "joined_at": visit["joined_at"]}


def _row(episode: Any, calls: list[LostCall], now: datetime) -> CallbackRow:
    is_waiting = episode.closed_at is None and episode.first_attempt_at is None
    closed_by: ClosingCall | None = None
    if episode.closed_by_call_id is not None:
        closed_by = {"pbx": episode.closed_by_pbx, "call_id": episode.closed_by_call_id}
    decision: SignedDecision | None = None
    if episode.decision_id is not None:
        decision = {"at": moment_to_json(episode.decided_at), "by": episode.name, "reason": episode.reason}
    return {
        "episode_id": episode.id,
        "kind": EpisodeKind.NO_NUMBER.value if episode.caller_number is None else EpisodeKind.CALLER.value,
        "state": episode.state,
        "caller_number": episode.caller_number,
        "opened_at": moment_to_json(episode.opened_at),
        "last_lost_at": moment_to_json(episode.last_lost_at),
        "due_at": moment_to_json(episode.due_at),
        "is_calendar_missing": episode.due_at is None,
        "is_overdue": is_waiting and episode.due_at is not None and episode.due_at < now,
        "promised_at": moment_to_json(episode.promised_at),
        "is_put_off": episode.closed_at is None and episode.promised_at is not None and episode.promised_at > now,
        "kept_place": calls[-1]["kept_place"] if calls else None,
        "has_message": episode.has_message,
        "tries": len(calls),
        "tries_within_10_minutes": episode.tries_within_window,
        "longest_wait_seconds": seconds(episode.longest_wait),
        "attempts": episode.attempts,
        "attempts_counted": episode.attempts_counted,
        "is_emergency": episode.is_emergency,
        "first_attempt_at": moment_to_json(episode.first_attempt_at),
        "closed_at": moment_to_json(episode.closed_at),
        "closed_by": closed_by,
        "decision": decision,
        "reopens": episode.reopens,
        "priority": list(episode.priority),
        "calls": calls,
    }
