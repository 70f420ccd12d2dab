"""The SQL of sound files: taking them in, finding them, who listened. Works in its caller's transaction."""

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
    TextClause,
    cast,
    delete,
    exists,
    func,
    insert,
    select,
    text,
    true,
    tuple_,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.dialects.postgresql import insert as insert_or
from sqlalchemy.ext.asyncio import AsyncSession

from callcenter.accounts.rules import Role, SignedIn
from callcenter.accounts.tables import User
from callcenter.audio.rules import AudioKind, MissingReason, Purpose
from callcenter.audio.tables import AudioDue, AudioFile, AudioMissing, LegalHold, Listening
from callcenter.calls.records import Direction, Outcome
from callcenter.calls.tables import Call
from callcenter.errors import NotFoundError

KINDS = {purpose: [kind.value for kind in AudioKind if kind.purpose is purpose] for purpose in Purpose}


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
    joined: str | None
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
            Call.joined,
            Call.record["voicemail"]["file"].as_string().label("message_file"),
            Call.record["voicemail"]["mailbox"].as_string().label("mailbox"),
        )
        .join(Call, (Call.pbx == AudioDue.pbx) & (Call.call_id == AudioDue.call_id))
        .where(AudioDue.purpose == purpose, AudioDue.pbx == pbx, AudioDue.look_at <= func.now())
        .order_by(AudioDue.look_at)
        .limit(limit)
    )
    return [_due_call(row) for row in await session.execute(statement)]


def _due_call(row: Row[Any]) -> DueCall:
    told = row._mapping
    return DueCall(**{**told, "direction": Direction(told["direction"]), "outcome": Outcome(told["outcome"])})


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
        .where(AudioFile.kind.in_(KINDS[purpose]))
    )
    paths: dict[tuple[str, str], set[str]] = {}
    for row in await session.execute(statement):
        paths.setdefault((row.pbx, row.call_id), set()).add(row.path)
    return paths


async def has_files(session: AsyncSession, purpose: Purpose, pbx: str, call_id: str) -> bool:
    """Whether files of the call were ever taken in."""
    of_call = (AudioFile.pbx == pbx, AudioFile.call_id == call_id, AudioFile.kind.in_(KINDS[purpose]))
    return bool((await session.execute(select(exists().where(*of_call)))).scalar_one())


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


async def find_missing(session: AsyncSession, purpose: Purpose, pbx: str, call_id: str) -> MissingReason | None:
    """The reason that was noted."""
    row = await session.get(AudioMissing, (purpose, pbx, call_id))
    return None if row is None else MissingReason(row.reason)


async def is_due(session: AsyncSession, purpose: Purpose, pbx: str, call_id: str) -> bool:
    """Whether the call is still to be looked at."""
    return await session.get(AudioDue, (purpose, pbx, call_id)) is not None


@dataclass(frozen=True, kw_only=True, slots=True)
class KeptFile:
    """A file with what its call and others say of it."""

    file: AudioFile
    caller_number: str | None
    direction: str
    is_held: bool


_TOOK_PART = """
EXISTS (SELECT FROM agent_sign_ons AS seat, jsonb_array_elements(calls.record -> 'talks') AS talk
         WHERE seat.user_id = :user_id
           AND seat.pbx = calls.pbx
           AND talk ->> 'kind' = 'agent'
           AND talk ->> 'with' = split_part(seat.interface, '/', 2)
           AND CAST(talk ->> 'from' AS timestamptz) < coalesce(seat.signed_off_at, 'infinity')
           AND coalesce(CAST(talk ->> 'to' AS timestamptz), 'infinity') > seat.signed_on_at)
"""

Condition = ColumnElement[bool] | TextClause


def may_hear(user: SignedIn) -> Condition:
    """Whether the user may hear recordings of a call: supervisors of all, agents of those in which they talked.

    An agent talked where the device at which they were signed on was in a talk of the call meanwhile.
    """
    return true() if user.role.includes(Role.SUPERVISOR) else text(_TOOK_PART).bindparams(user_id=user.user_id)


async def list_files(
    session: AsyncSession,
    *conditions: Condition,
    before: int | None = None,
    limit: int | None = None,
) -> list[KeptFile]:
    """Newest first; `before` is the id of the last one seen."""
    held = exists().where(
        LegalHold.pbx == AudioFile.pbx, LegalHold.call_id == AudioFile.call_id, LegalHold.released_at.is_(None)
    )
    statement = (
        select(AudioFile, Call.caller_number, Call.direction, held.label("is_held"))
        .join(Call, (Call.pbx == AudioFile.pbx) & (Call.call_id == AudioFile.call_id))
        .where(*conditions)
        .order_by(AudioFile.id.desc())
    )
    if before is not None:
        statement = statement.where(AudioFile.id < before)
    if limit is not None:
        statement = statement.limit(limit)
    return [
        KeptFile(file=file, caller_number=number, direction=direction, is_held=is_held)
        for file, number, direction, is_held in await session.execute(statement)
    ]


async def get_file(session: AsyncSession, file_id: int, purpose: Purpose, *conditions: Condition) -> KeptFile:
    """One file. Raises NotFoundError, also where the conditions do not hold: nobody learns what they may not hear."""
    files = await list_files(session, AudioFile.id == file_id, AudioFile.kind.in_(KINDS[purpose]), *conditions)
    if not files:
        raise NotFoundError(f"There is no such {purpose}.")
    return files[0]


async def log_listening(
    session: AsyncSession,
    *,
    file_id: int,
    user: SignedIn,
    is_download: bool,
    reason: str | None,
    at: datetime,
    first_byte: int,
    bytes_asked: int,
) -> int:
    """Somebody is about to be given these bytes; the id by which to note how many were sent."""
    values = {"first_byte": first_byte, "bytes_asked": bytes_asked, "is_download": is_download, "reason": reason}
    statement = insert(Listening).values(file_id=file_id, user_id=user.user_id, at=at, **values).returning(Listening.id)
    return (await session.execute(statement)).scalar_one()


async def note_bytes_sent(session: AsyncSession, listening_id: int, bytes_sent: int) -> None:
    await session.execute(update(Listening).where(Listening.id == listening_id).values(bytes_sent=bytes_sent))


@dataclass(frozen=True, kw_only=True, slots=True)
class Listened:
    """Who was given what."""

    listening: Listening
    file: AudioFile
    user: str


async def list_listenings(
    session: AsyncSession, *, file_id: int | None, before: int | None, limit: int
) -> list[Listened]:
    """Newest first; `before` is the id of the last one seen."""
    statement = (
        select(Listening, AudioFile, User.name)
        .join(AudioFile, AudioFile.id == Listening.file_id)
        .join(User, User.id == Listening.user_id)
        .order_by(Listening.id.desc())
        .limit(limit)
    )
    if file_id is not None:
        statement = statement.where(Listening.file_id == file_id)
    if before is not None:
        statement = statement.where(Listening.id < before)
    rows = await session.execute(statement)
    return [Listened(listening=listening, file=file, user=name) for listening, file, name in rows]
