"""All SQL of retention: which matters lose their persons, what goes with them, holds and certificates.

Works in its caller's transaction.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import and_, delete, exists, false, func, insert, or_, select, update
from sqlalchemy.dialects.postgresql import insert as insert_or
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from callcenter.accounts.tables import User
from callcenter.audio.rules import hash_certificate
from callcenter.casework.attachments.tables import KeptFile
from callcenter.casework.forms.tables import IssuedForm
from callcenter.casework.imports.tables import PlatformRecord
from callcenter.casework.inspections.tables import InspectionAttachment
from callcenter.casework.retention.rules import RetentionRule
from callcenter.casework.retention.tables import RetentionRuleRow, TicketCertificate, TicketHold
from callcenter.casework.tickets.attachment_tables import TicketAttachment
from callcenter.casework.tickets.log_tables import TicketEvent, TicketNote, TicketNotice
from callcenter.casework.tickets.rules import TicketKind, TicketState
from callcenter.casework.tickets.tables import TicketParty, TicketRow
from callcenter.error_codes import ErrorCode
from callcenter.errors import ConflictError, NotFoundError

ARCHIVED_FROM = (TicketState.COMPLETED, TicketState.REFERRED, TicketState.VOID)
"""States of a matter that has ended; one that is merged goes with its target."""

_IS_HELD = exists().where(TicketHold.ticket_id == TicketRow.id, TicketHold.released_at.is_(None))


async def list_rules(session: AsyncSession) -> list[RetentionRule]:
    """All that were ever valid, by kind and day."""
    statement = select(RetentionRuleRow).order_by(RetentionRuleRow.kind, RetentionRuleRow.valid_from)
    return [
        RetentionRule(kind=TicketKind(row.kind), valid_from=row.valid_from, years=row.years, source=row.source)
        for row in await session.scalars(statement)
    ]


async def lock_deletions(session: AsyncSession) -> None:
    """Let nobody else place holds or choose what is deleted until this transaction ends."""
    await session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended("ticket certificates", 0))))


async def list_due(
    session: AsyncSession, closed_before: Mapping[TicketKind, datetime], limit: int
) -> Sequence[TicketRow]:
    """Matters that ended before that, the oldest first, locked; none that a hold protects, it or one merged into it."""
    is_old = [
        and_(TicketRow.kind == kind.value, TicketRow.closed_at < moment) for kind, moment in closed_before.items()
    ]
    merged = TicketRow.__table__.alias("merged")
    holds_merged = exists().where(
        merged.c.merged_into == TicketRow.id, TicketHold.ticket_id == merged.c.id, TicketHold.released_at.is_(None)
    )
    statement = (
        select(TicketRow)
        .where(
            or_(false(), *is_old),
            TicketRow.state.in_([state.value for state in ARCHIVED_FROM]),
            ~_IS_HELD,
            ~holds_merged,
        )
        .order_by(TicketRow.closed_at, TicketRow.id)
        .limit(limit)
        .with_for_update(of=TicketRow, skip_locked=True)
    )
    return (await session.scalars(statement)).all()


async def list_merged_into(session: AsyncSession, ticket_ids: Collection[int]) -> Sequence[TicketRow]:
    """The tickets that are merged into one of these, locked."""
    statement = select(TicketRow).where(TicketRow.merged_into.in_(ticket_ids)).order_by(TicketRow.id)
    return (await session.scalars(statement.with_for_update())).all()


async def archive(session: AsyncSession, ticket_ids: Collection[int]) -> None:
    """They have ended for good."""
    values = {"state": TicketState.ARCHIVED.value, "version": TicketRow.version + 1}
    await session.execute(update(TicketRow).where(TicketRow.id.in_(ticket_ids)).values(values))


async def forget(session: AsyncSession, ticket_ids: Collection[int], grams: Mapping[int, list[str]]) -> None:
    """Take the persons out of these tickets, and every free text in which one may stand.

    What is counted stays: kinds, codes, moments, amounts, merchants, units, and which calls became which matter, which
    the proof of their days needs. A call has its own number, and its own time to go.
    """
    texts = dict.fromkeys(("title", "facts", "feedback", "order_number", "unidentified_reason", "platform_shop"))
    for ticket_id in ticket_ids:
        values = {**texts, "search_grams": grams[ticket_id]}
        await session.execute(update(TicketRow).where(TicketRow.id == ticket_id).values(values))
    await session.execute(delete(TicketParty).where(TicketParty.ticket_id.in_(ticket_ids)))
    await session.execute(delete(TicketNote).where(TicketNote.ticket_id.in_(ticket_ids)))
    await session.execute(update(TicketNotice).where(TicketNotice.ticket_id.in_(ticket_ids)).values(proof=None))
    await session.execute(update(PlatformRecord).where(PlatformRecord.ticket_id.in_(ticket_ids)).values(values={}))
    is_said = TicketEvent.ticket_id.in_(ticket_ids) & (TicketEvent.body != {})
    await session.execute(update(TicketEvent).where(is_said).values(body={}))


async def drop_files(session: AsyncSession, ticket_ids: Collection[int]) -> list[str]:
    """Hashes of the files that nothing else needs: attached to these tickets, or forms that were issued of them.

    That there was a file stays, without its name. What was seen on a patrol is the patrol's.
    """
    named = update(TicketAttachment).where(TicketAttachment.ticket_id.in_(ticket_ids))
    nameless = named.values(name="", description=None).returning(TicketAttachment.sha256)
    hashes = set(await session.scalars(nameless))
    hashes |= set(await session.scalars(select(IssuedForm.sha256).where(IssuedForm.ticket_id.in_(ticket_ids))))
    target = aliased(TicketRow)
    archived = (
        select(TicketRow.id)
        .outerjoin(target, target.id == TicketRow.merged_into)
        .where(or_(*(one.state == TicketState.ARCHIVED.value for one in (TicketRow, target))))
    )
    is_kept = or_(
        exists().where(TicketAttachment.sha256 == KeptFile.sha256, TicketAttachment.ticket_id.not_in(archived)),
        exists().where(IssuedForm.sha256 == KeptFile.sha256, IssuedForm.ticket_id.not_in(archived)),
        exists().where(InspectionAttachment.sha256 == KeptFile.sha256),
    )
    statement = select(KeptFile.sha256).where(KeptFile.sha256.in_(hashes), ~is_kept).order_by(KeptFile.sha256)
    return list(await session.scalars(statement.with_for_update()))


async def add_certificate(session: AsyncSession, certificate: Mapping[str, Any], files: Sequence[str]) -> None:
    """Chained to the one before. The caller holds the lock; whoever removes the files comes after the commit."""
    newest = select(TicketCertificate.sha256).order_by(TicketCertificate.id.desc()).limit(1)
    previous = (await session.scalars(newest)).one_or_none()
    values = {
        "certificate": certificate,
        "previous_sha256": previous,
        "sha256": hash_certificate(certificate, previous),
    }
    written = await session.scalars(insert(TicketCertificate).values(values).returning(TicketCertificate.id))
    marked = update(KeptFile).where(KeptFile.sha256.in_(files)).values(certificate_id=written.one(), removed_at=None)
    await session.execute(marked)


async def list_certificates(
    session: AsyncSession, *, before: int | None = None, limit: int | None = None
) -> Sequence[TicketCertificate]:
    """Newest first."""
    statement = select(TicketCertificate).order_by(TicketCertificate.id.desc()).limit(limit)
    if before is not None:
        statement = statement.where(TicketCertificate.id < before)
    return (await session.scalars(statement)).all()


async def place_hold(session: AsyncSession, ticket_id: int, *, by: int, reason: str, at: datetime) -> None:
    """Raises ConflictError where a hold protects it already."""
    values = {"ticket_id": ticket_id, "placed_at": at, "placed_by": by, "reason": reason}
    placed = await session.execute(
        insert_or(TicketHold).values(values).on_conflict_do_nothing().returning(TicketHold.id)
    )
    if placed.first() is None:
        raise ConflictError("The ticket is under a legal hold already.", code=ErrorCode.UNDER_LEGAL_HOLD)


async def release_hold(session: AsyncSession, ticket_id: int, *, by: int, reason: str, at: datetime) -> None:
    """Raises NotFoundError where there is no hold."""
    statement = (
        update(TicketHold)
        .where(TicketHold.ticket_id == ticket_id, TicketHold.released_at.is_(None))
        .values(released_at=at, released_by=by, release_reason=reason)
        .returning(TicketHold.id)
    )
    if (await session.execute(statement)).first() is None:
        raise NotFoundError("The ticket is under no legal hold.")


async def find_hold(session: AsyncSession, ticket_id: int) -> tuple[TicketHold, str] | None:
    """The hold that protects it, with the login name of who placed it."""
    statement = (
        select(TicketHold, User.name)
        .join(User, User.id == TicketHold.placed_by)
        .where(TicketHold.ticket_id == ticket_id, TicketHold.released_at.is_(None))
    )
    found = (await session.execute(statement)).one_or_none()
    return None if found is None else (found[0], found[1])
