"""The SQL of taking in the sound of calls: which are due, what was found. Works in its caller's transaction."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Row, TableValuedAlias, Text, cast, delete, func, select, tuple_
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.dialects.postgresql import insert as insert_or
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from callcenter.audio.rules import AudioKind, MissingReason, Purpose, kinds_of
from callcenter.audio.tables import AudioFile, AudioMissing
from callcenter.calls.precedence import TOLERANCE
from callcenter.calls.records import Direction, Outcome, TalkKind
from callcenter.calls.tables import Call
from callcenter.outbox import store as outbox
from callcenter.outbox.rules import Consumer, Kind
from callcenter.outbox.tables import PendingChange

Older = aliased(Call)
"""The call that another one was joined to."""

MESSAGES_CHANNEL = "messages"
"""What LISTEN has to name to hear that messages were taken in or heard."""

_FOLLOWED = {
    Purpose.RECORDING: (Consumer.RECORDINGS, Kind.CUSTOMER_CALL),
    Purpose.MESSAGE: (Consumer.MESSAGES, Kind.MESSAGE_CALL),
}
"""Which changes of calls are followed for each purpose; mediations have their own list."""


@dataclass(frozen=True, kw_only=True, slots=True)
class DueCall:
    """A call over whose sound is to be looked for."""

    pbx: str
    call_id: str
    changes: tuple[int, ...]
    """Ids of the changes after which it is looked at."""
    direction: Direction
    outcome: Outcome
    started_at: datetime
    answered_at: datetime | None
    ended_at: datetime | None
    is_in_joined: bool
    """Joined with an older call from its first word: what was said can be heard in that one's recording."""
    message_file: str | None
    mailbox: str | None


@dataclass(frozen=True, kw_only=True, slots=True)
class NewFile:
    """A file to be taken in."""

    kind: AudioKind
    pbx: str
    call_id: str
    path: str
    sha256: str
    size: int
    duration: timedelta
    is_silent: bool
    is_mended: bool
    mailbox: str | None
    started_at: datetime
    notice_at: datetime | None
    original: str | None
    refused_at: datetime | None = None


def is_due_for(purpose: Purpose) -> ColumnElement[bool]:
    """The changes of calls, `PendingChange`, after which the sound was not looked for yet."""
    return outbox.is_pending(*_FOLLOWED[purpose])


async def list_due(session: AsyncSession, purpose: Purpose, pbx: str, limit: int) -> list[DueCall]:
    """Calls to look at now, the longest waiting first; of all calls together at most so many changes."""
    statement = (
        select(
            PendingChange.id,
            Call.pbx,
            Call.call_id,
            Call.direction,
            Call.outcome,
            Call.started_at,
            Call.answered_at,
            Call.ended_at,
            Older.record["talks"].label("older_talks"),
            Call.record["voicemail"]["file"].as_string().label("message_file"),
            Call.record["voicemail"]["mailbox"].as_string().label("mailbox"),
        )
        .join(Call, (Call.pbx == PendingChange.pbx) & (Call.call_id == PendingChange.key))
        .outerjoin(Older, (Older.pbx == Call.pbx) & (Older.call_id == Call.joined))
        .where(is_due_for(purpose), PendingChange.pbx == pbx, PendingChange.due_at <= func.now())
        .order_by(PendingChange.due_at, PendingChange.id)
        .limit(limit)
    )
    changes: dict[tuple[str, str], list[Row[Any]]] = {}
    for row in await session.execute(statement):
        changes.setdefault((row.pbx, row.call_id), []).append(row)
    return [_due_call(rows) for rows in changes.values()]


def _due_call(rows: Sequence[Row[Any]]) -> DueCall:
    values = dict(rows[0]._mapping)
    del values["id"]
    is_in_joined = _is_heard_in(values.pop("older_talks") or (), values["answered_at"])
    enums = {"direction": Direction(values["direction"]), "outcome": Outcome(values["outcome"])}
    return DueCall(**{**values, **enums, "is_in_joined": is_in_joined, "changes": tuple(row.id for row in rows)})


def _is_heard_in(talks: Iterable[dict[str, Any]], answered_at: datetime | None) -> bool:
    """Whether one of these talks with somebody from outside began as this call was answered.

    An agent's own lasting call has no talks, and a call that had its own before it was joined has its own recording.
    """
    begins = (datetime.fromisoformat(talk["from"]) for talk in talks if talk["kind"] == TalkKind.EXTERNAL)
    return answered_at is not None and any(abs(begin - answered_at) <= TOLERANCE for begin in begins)


async def count_due(session: AsyncSession, purpose: Purpose) -> dict[str, int]:
    """Calls not looked at yet, by PBX: those of one that nobody looks after included."""
    calls = select(PendingChange.pbx, PendingChange.key).where(is_due_for(purpose)).distinct().subquery()
    rows = await session.execute(select(calls.c.pbx, func.count().label("calls")).group_by(calls.c.pbx))
    return {row.pbx: row.calls for row in rows}


async def finish_due(session: AsyncSession, purpose: Purpose, calls: Sequence[DueCall]) -> None:
    """The calls were looked at; those that have changed meanwhile stay due."""
    await outbox.finish(session, *_FOLLOWED[purpose], [change for call in calls for change in call.changes])


async def put_off(session: AsyncSession, purpose: Purpose, call: DueCall, delay: timedelta) -> None:
    """Look again later."""
    await outbox.postpone(session, *_FOLLOWED[purpose], call.changes, delay)


def _unnested(calls: Sequence[DueCall]) -> TableValuedAlias:
    """Any number of calls as two parameters."""
    pbxs, call_ids = [call.pbx for call in calls], [call.call_id for call in calls]
    return (
        func.unnest(cast(pbxs, ARRAY(Text)), cast(call_ids, ARRAY(Text)))
        .table_valued("pbx", "call_id")
        .render_derived(name="wanted")
    )


async def find_paths(
    session: AsyncSession, purpose: Purpose, calls: Sequence[DueCall]
) -> dict[tuple[str, str], set[str]]:
    """Paths of the calls' files that are taken in, those deleted since included; by pbx and call id."""
    wanted = _unnested(calls)
    statement = (
        select(AudioFile.pbx, AudioFile.call_id, AudioFile.path)
        .join(wanted, (AudioFile.pbx == wanted.c.pbx) & (AudioFile.call_id == wanted.c.call_id))
        .where(AudioFile.kind.in_(kinds_of(purpose)))
    )
    paths: dict[tuple[str, str], set[str]] = {}
    for row in await session.execute(statement):
        paths.setdefault((row.pbx, row.call_id), set()).add(row.path)
    return paths


async def add_files(session: AsyncSession, files: Iterable[NewFile], now: datetime) -> None:
    """Take files in; one that is taken in already stays as it is. In one order, so that no two wait for each other.

    Messages are said on MESSAGES_CHANNEL.
    """
    ordered = sorted(files, key=lambda file: (file.pbx, file.call_id, file.path))
    for file in ordered:
        values = {name: getattr(file, name) for name in NewFile.__slots__}
        await session.execute(insert_or(AudioFile).values(**values, taken_in_at=now).on_conflict_do_nothing())
    if any(file.kind is AudioKind.MESSAGE for file in ordered):
        await session.execute(select(func.pg_notify(MESSAGES_CHANNEL, "")))


async def note_missing(
    session: AsyncSession, purpose: Purpose, reasons: Mapping[tuple[str, str], MissingReason], now: datetime
) -> None:
    """Why calls, by pbx and call id, have no file."""
    for (pbx, call_id), reason in sorted(reasons.items()):
        values = {"reason": reason, "noted_at": now}
        statement = insert_or(AudioMissing).values(purpose=purpose, pbx=pbx, call_id=call_id, **values)
        await session.execute(
            statement.on_conflict_do_update(
                index_elements=["purpose", "pbx", "call_id"], set_=values, where=AudioMissing.reason != reason
            )
        )


async def forget_missing(session: AsyncSession, purpose: Purpose, calls: Sequence[DueCall]) -> None:
    """Nothing is missing of these calls, whatever was noted before."""
    wanted = _unnested(calls)
    keys = select(wanted.c.pbx, wanted.c.call_id)
    statement = delete(AudioMissing).where(
        AudioMissing.purpose == purpose, tuple_(AudioMissing.pbx, AudioMissing.call_id).in_(keys)
    )
    await session.execute(statement)
