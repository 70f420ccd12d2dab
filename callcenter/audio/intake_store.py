"""The SQL of taking in the sound of calls: which are due, what was found. Works in its caller's transaction."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    TIMESTAMP,
    ColumnElement,
    Row,
    TableValuedAlias,
    Text,
    cast,
    delete,
    func,
    select,
    tuple_,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.dialects.postgresql import insert as insert_or
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from callcenter.audio.rules import AudioKind, MissingReason, Purpose, kinds_of
from callcenter.audio.tables import AudioDue, AudioFile, AudioMissing
from callcenter.calls.precedence import TOLERANCE
from callcenter.calls.records import Direction, Outcome, TalkKind
from callcenter.calls.tables import Call

Older = aliased(Call)
"""The call that another one was joined to."""


@dataclass(frozen=True, kw_only=True, slots=True)
class DueCall:
    """A call over whose sound is to be looked for."""

    pbx: str
    call_id: str
    look_at: datetime
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


async def list_due(session: AsyncSession, purpose: Purpose, pbx: str, limit: int) -> list[DueCall]:
    """Calls to look at now, the longest waiting first."""
    statement = (
        select(
            AudioDue.pbx,
            AudioDue.call_id,
            AudioDue.look_at,
            Call.direction,
            Call.outcome,
            Call.started_at,
            Call.answered_at,
            Call.ended_at,
            Older.record["talks"].label("older_talks"),
            Call.record["voicemail"]["file"].as_string().label("message_file"),
            Call.record["voicemail"]["mailbox"].as_string().label("mailbox"),
        )
        .join(Call, (Call.pbx == AudioDue.pbx) & (Call.call_id == AudioDue.call_id))
        .outerjoin(Older, (Older.pbx == Call.pbx) & (Older.call_id == Call.joined))
        .where(AudioDue.purpose == purpose, AudioDue.pbx == pbx, AudioDue.look_at <= func.now())
        .order_by(AudioDue.look_at)
        .limit(limit)
    )
    return [_due_call(row) for row in await session.execute(statement)]


def _due_call(row: Row[Any]) -> DueCall:
    told = dict(row._mapping)
    is_in_joined = _is_heard_in(told.pop("older_talks") or (), told["answered_at"])
    enums = {"direction": Direction(told["direction"]), "outcome": Outcome(told["outcome"])}
    return DueCall(**{**told, **enums, "is_in_joined": is_in_joined})


def _is_heard_in(talks: Iterable[dict[str, Any]], answered_at: datetime | None) -> bool:
    """Whether one of these talks with somebody from outside began as this call was answered.

    An agent's own lasting call has no talks, and a call that had its own before it was joined has its own recording.
    """
    begins = (datetime.fromisoformat(talk["from"]) for talk in talks if talk["kind"] == TalkKind.EXTERNAL)
    return answered_at is not None and any(abs(begin - answered_at) <= TOLERANCE for begin in begins)


async def count_due(session: AsyncSession, purpose: Purpose) -> int:
    """Calls not looked at yet, those of every PBX."""
    statement = select(func.count()).select_from(AudioDue).where(AudioDue.purpose == purpose)
    return (await session.execute(statement)).scalar_one()


async def finish_due(session: AsyncSession, purpose: Purpose, calls: Sequence[DueCall]) -> None:
    """The calls were looked at; those that have changed meanwhile stay due."""
    await session.execute(delete(AudioDue).where(_is_unchanged(purpose, calls)))


async def put_off(session: AsyncSession, purpose: Purpose, call: DueCall, delay: timedelta) -> None:
    """Look again later."""
    statement = update(AudioDue).where(_is_unchanged(purpose, [call])).values(look_at=func.now() + delay)
    await session.execute(statement)


def _is_unchanged(purpose: Purpose, calls: Sequence[DueCall]) -> ColumnElement[bool]:
    """Those that the recorder writes at this moment are passed over instead of waited for: they change."""
    wanted = _unnested(calls)
    free = (
        select(AudioDue.pbx, AudioDue.call_id)
        .join(
            wanted,
            (AudioDue.pbx == wanted.c.pbx)
            & (AudioDue.call_id == wanted.c.call_id)
            & (AudioDue.look_at == wanted.c.look_at),
        )
        .where(AudioDue.purpose == purpose)
        .with_for_update(of=AudioDue, skip_locked=True)
    )
    return (AudioDue.purpose == purpose) & tuple_(AudioDue.pbx, AudioDue.call_id).in_(free)


def _unnested(calls: Sequence[DueCall]) -> TableValuedAlias:
    """Any number of calls as three parameters."""
    return (
        func.unnest(
            cast([call.pbx for call in calls], ARRAY(Text)),
            cast([call.call_id for call in calls], ARRAY(Text)),
            cast([call.look_at for call in calls], ARRAY(TIMESTAMP(timezone=True))),
        )
        .table_valued("pbx", "call_id", "look_at")
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
    """Take files in; one that is taken in already stays as it is. In one order, so that no two wait for each other."""
    for file in sorted(files, key=lambda file: (file.pbx, file.call_id, file.path)):
        values = {name: getattr(file, name) for name in NewFile.__slots__}
        await session.execute(insert_or(AudioFile).values(**values, taken_in_at=now).on_conflict_do_nothing())


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
