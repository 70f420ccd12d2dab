"""The SQL of sound files: finding them, who may hear them and who did. Works in its caller's transaction."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Text, TextClause, cast, exists, func, insert, select, true, update
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncSession

from callcenter.accounts.rights import Right, SignedIn
from callcenter.accounts.tables import User
from callcenter.audio.intake_store import MESSAGES_CHANNEL, is_due_for
from callcenter.audio.rules import MissingReason, Purpose, kinds_of
from callcenter.audio.tables import AudioFile, AudioMissing, LegalHold, Listening
from callcenter.calls.own_calls import took_part
from callcenter.calls.rows import Key
from callcenter.calls.tables import Call
from callcenter.errors import NotFoundError
from callcenter.outbox.tables import PendingChange


async def has_files(session: AsyncSession, purpose: Purpose, pbx: str, call_id: str) -> bool:
    """Whether files of the call were ever taken in."""
    of_call = (AudioFile.pbx == pbx, AudioFile.call_id == call_id, AudioFile.kind.in_(kinds_of(purpose)))
    return bool((await session.execute(select(exists().where(*of_call)))).scalar_one())


async def find_missing(session: AsyncSession, purpose: Purpose, pbx: str, call_id: str) -> MissingReason | None:
    """The reason that was noted."""
    row = await session.get(AudioMissing, (purpose, pbx, call_id))
    return None if row is None else MissingReason(row.reason)


async def is_due(session: AsyncSession, purpose: Purpose, pbx: str, call_id: str) -> bool:
    """Whether the call is still to be looked at."""
    of_call = (PendingChange.pbx == pbx, PendingChange.key == call_id)
    return bool((await session.execute(select(exists().where(is_due_for(purpose), *of_call)))).scalar_one())


@dataclass(frozen=True, kw_only=True, slots=True)
class KeptFile:
    """A file with what its call and others say of it."""

    file: AudioFile
    caller_number: str | None
    is_held: bool


_NAMES = {
    Purpose.RECORDING: "recording",
    Purpose.MESSAGE: "message",
    Purpose.MEDIATION: "recording of a mediation",
}

Condition = ColumnElement[bool] | TextClause


def may_hear(user: SignedIn) -> Condition:
    """Whether the user may hear recordings of a call: of all with the right to, else of those in which they talked."""
    return true() if user.may(Right.HEAR_ALL_RECORDINGS) else took_part(user.user_id)


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
        select(AudioFile, Call.caller_number, held.label("is_held"))
        .outerjoin(Call, (Call.pbx == AudioFile.pbx) & (Call.call_id == AudioFile.call_id))
        .where(*conditions)
        .order_by(AudioFile.id.desc())
    )
    if before is not None:
        statement = statement.where(AudioFile.id < before)
    if limit is not None:
        statement = statement.limit(limit)
    return [
        KeptFile(file=file, caller_number=number, is_held=is_held)
        for file, number, is_held in await session.execute(statement)
    ]


async def get_file(session: AsyncSession, file_id: int, purpose: Purpose, *conditions: Condition) -> KeptFile:
    """One file. Raises NotFoundError, also where the conditions do not hold: nobody learns what they may not hear."""
    files = await list_files(session, AudioFile.id == file_id, AudioFile.kind.in_(kinds_of(purpose)), *conditions)
    if not files:
        raise NotFoundError(f"There is no such {_NAMES[purpose]}.")
    return files[0]


async def list_kept_paths(session: AsyncSession, purpose: Purpose, calls: Collection[Key]) -> dict[Key, list[str]]:
    """Files of these calls that were not deleted, in order, in one statement for all of them."""
    pbxs = cast([pbx for pbx, _ in calls], ARRAY(Text))
    call_ids = cast([call_id for _, call_id in calls], ARRAY(Text))
    wanted = func.unnest(pbxs, call_ids).table_valued("pbx", "call_id").render_derived(name="wanted")
    statement = (
        select(AudioFile.pbx, AudioFile.call_id, AudioFile.path)
        .join(wanted, (AudioFile.pbx == wanted.c.pbx) & (AudioFile.call_id == wanted.c.call_id))
        .where(AudioFile.kind.in_(kinds_of(purpose)), AudioFile.certificate_id.is_(None))
        .order_by(AudioFile.path)
    )
    paths: dict[Key, list[str]] = {}
    for pbx, call_id, path in await session.execute(statement):
        paths.setdefault((pbx, call_id), []).append(path)
    return paths


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
    """Said on MESSAGES_CHANNEL, since a message may be heard now."""
    await session.execute(update(Listening).where(Listening.id == listening_id).values(bytes_sent=bytes_sent))
    await session.execute(select(func.pg_notify(MESSAGES_CHANNEL, "")))


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
