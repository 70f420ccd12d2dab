"""The SQL of what must stay and what is deleted: legal holds, certificates. Works in its caller's transaction."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, exists, func, insert, or_, select, update
from sqlalchemy.dialects.postgresql import insert as insert_or
from sqlalchemy.ext.asyncio import AsyncSession

from callcenter.accounts.rights import SignedIn
from callcenter.audio.rules import (
    AudioKind,
    DeletableFile,
    DeletionRule,
    Purpose,
    hash_certificate,
    kinds_of,
    make_certificate,
)
from callcenter.audio.tables import AudioFile, DeletionCertificate, LegalHold
from callcenter.calls.tables import Call, CallNote
from callcenter.error_codes import ErrorCode
from callcenter.errors import ConflictError, NotFoundError


async def lock_deletions(session: AsyncSession) -> None:
    """Let nobody else place holds or choose what is deleted until this transaction ends."""
    await session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended("deletion certificates", 0))))


async def place_hold(
    session: AsyncSession, *, pbx: str, call_id: str, user: SignedIn, reason: str, now: datetime
) -> None:
    """Protect every file of the call. Raises ConflictError where a hold protects them already."""
    await lock_deletions(session)
    values = {"pbx": pbx, "call_id": call_id, "placed_at": now, "placed_by": user.user_id, "reason": reason}
    placed = await session.execute(insert_or(LegalHold).values(values).on_conflict_do_nothing().returning(LegalHold.id))
    if placed.first() is None:
        raise ConflictError("The call is under a legal hold already.", code=ErrorCode.UNDER_LEGAL_HOLD)


async def release_hold(
    session: AsyncSession, *, pbx: str, call_id: str, user: SignedIn, reason: str, now: datetime
) -> None:
    """Raises NotFoundError where there is no hold."""
    statement = (
        update(LegalHold)
        .where(LegalHold.pbx == pbx, LegalHold.call_id == call_id, LegalHold.released_at.is_(None))
        .values(released_at=now, released_by=user.user_id, release_reason=reason)
        .returning(LegalHold.id)
    )
    if (await session.execute(statement)).first() is None:
        raise NotFoundError("The call is under no legal hold.")


async def list_deletable(
    session: AsyncSession,
    *,
    started_before: datetime,
    purpose: Purpose | None = None,
    pbx: str | None = None,
    limit: int,
) -> list[DeletableFile]:
    """Files that no hold protects, the oldest first."""
    held = exists().where(
        LegalHold.pbx == AudioFile.pbx, LegalHold.call_id == AudioFile.call_id, LegalHold.released_at.is_(None)
    )
    statement = (
        select(AudioFile)
        .where(AudioFile.certificate_id.is_(None), AudioFile.started_at < started_before, ~held)
        .order_by(AudioFile.started_at, AudioFile.id)
        .limit(limit)
    )
    if purpose is not None:
        statement = statement.where(AudioFile.kind.in_(kinds_of(purpose)))
    if pbx is not None:
        statement = statement.where(AudioFile.pbx == pbx)
    return [
        DeletableFile(
            file_id=file.id,
            kind=AudioKind(file.kind),
            pbx=file.pbx,
            call_id=file.call_id,
            path=file.path,
            sha256=file.sha256,
            size=file.size,
            started_at=file.started_at,
        )
        for file in await session.scalars(statement)
    ]


async def delete_notes(session: AsyncSession, *, started_before: datetime) -> int:
    """Of what agents wrote down about calls all that no hold protects; how many notes."""
    held = exists().where(
        LegalHold.pbx == CallNote.pbx, LegalHold.call_id == CallNote.call_id, LegalHold.released_at.is_(None)
    )
    is_old = (Call.pbx == CallNote.pbx) & (Call.call_id == CallNote.call_id) & (Call.started_at < started_before)
    gone = await session.scalars(delete(CallNote).where(is_old, ~held).returning(CallNote.user_id))
    return len(gone.all())


async def certify(session: AsyncSession, files: Sequence[DeletableFile], *, rule: DeletionRule, now: datetime) -> int:
    """Write the certificate and take the files out of use; whoever removes them comes after the commit.

    The caller holds the lock.
    """
    newest = select(DeletionCertificate.sha256).order_by(DeletionCertificate.id.desc()).limit(1)
    previous = (await session.scalars(newest)).one_or_none()
    certificate = make_certificate(files, rule=rule, issued_at=now)
    values = {
        "certificate": certificate,
        "previous_sha256": previous,
        "sha256": hash_certificate(certificate, previous),
    }
    written = await session.execute(insert(DeletionCertificate).values(values).returning(DeletionCertificate.id))
    certificate_id = written.scalar_one()
    chosen = [file.file_id for file in files]
    await session.execute(update(AudioFile).where(AudioFile.id.in_(chosen)).values(certificate_id=certificate_id))
    return certificate_id


async def list_certificates(
    session: AsyncSession, *, before: int | None = None, limit: int | None = None
) -> Sequence[DeletionCertificate]:
    """Newest first."""
    statement = select(DeletionCertificate).order_by(DeletionCertificate.id.desc()).limit(limit)
    if before is not None:
        statement = statement.where(DeletionCertificate.id < before)
    return (await session.scalars(statement)).all()


async def list_not_removed(session: AsyncSession, certificate_ids: Sequence[int]) -> dict[int, list[int]]:
    """Of each certificate the files that are still on the disk."""
    statement = select(AudioFile.certificate_id, AudioFile.id).where(
        AudioFile.certificate_id.in_(certificate_ids), AudioFile.removed_at.is_(None)
    )
    left: dict[int, list[int]] = {}
    for row in await session.execute(statement.order_by(AudioFile.id)):
        left.setdefault(row.certificate_id, []).append(row.id)
    return left


async def list_to_remove(session: AsyncSession, pbx: str, *, after: int, limit: int) -> Sequence[AudioFile]:
    """Files of a PBX with a certificate that are still there, and messages whose original is; by id."""
    is_certified = AudioFile.certificate_id.is_not(None) & AudioFile.removed_at.is_(None)
    is_there = or_(AudioFile.original.is_not(None), is_certified)
    statement = select(AudioFile).where(is_there, AudioFile.pbx == pbx, AudioFile.id > after)
    return (await session.scalars(statement.order_by(AudioFile.id).limit(limit))).all()


async def note_removed(session: AsyncSession, file_id: int, now: datetime) -> None:
    await session.execute(update(AudioFile).where(AudioFile.id == file_id).values(removed_at=now))


async def forget_original(session: AsyncSession, file_id: int) -> None:
    """The PBX's own copy is gone."""
    await session.execute(update(AudioFile).where(AudioFile.id == file_id).values(original=None))
