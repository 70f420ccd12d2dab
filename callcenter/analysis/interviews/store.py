"""All SQL of interviews. Works in its caller's transaction."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, exists, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from callcenter.accounts.tables import User
from callcenter.analysis.advisories.states import AdvisoryState
from callcenter.analysis.advisories.tables import AdvisoryRow
from callcenter.analysis.interviews.states import Interview, InterviewState, NewCommitment
from callcenter.analysis.interviews.tables import CommitmentRow, InterviewEventRow, InterviewRow
from callcenter.errors import NotFoundError, StaleVersionError


async def find_by_key(session: AsyncSession, user_id: int, key: str) -> InterviewRow | None:
    """The interview that the user proposed with this Idempotency-Key."""
    statement = select(InterviewRow).where(InterviewRow.proposed_by == user_id, InterviewRow.idempotency_key == key)
    return (await session.scalars(statement)).one_or_none()


async def add_interview(session: AsyncSession, values: Mapping[str, Any]) -> InterviewRow | None:
    """None where the same user has proposed one with this key meanwhile, or there is one about the letter."""
    statement = insert(InterviewRow).values(**values).on_conflict_do_nothing()
    return (await session.scalars(statement.returning(InterviewRow))).one_or_none()


async def get_interview(session: AsyncSession, interview_id: int, *, is_locked: bool = False) -> InterviewRow:
    """Raises NotFoundError."""
    statement = select(InterviewRow).where(InterviewRow.id == interview_id)
    if is_locked:
        statement = statement.with_for_update()
    found = (await session.scalars(statement.execution_options(populate_existing=True))).one_or_none()
    if found is None:
        raise NotFoundError("There is no such interview.")
    return found


async def list_interviews(
    session: AsyncSession, *conditions: ColumnElement[bool], before: int | None, limit: int
) -> Sequence[InterviewRow]:
    """Newest first; `before` is the id of the last one seen."""
    statement = select(InterviewRow).where(*conditions).order_by(InterviewRow.id.desc()).limit(limit)
    if before is not None:
        statement = statement.where(InterviewRow.id < before)
    return (await session.scalars(statement)).all()


async def change_interview(session: AsyncSession, row: InterviewRow, values: Mapping[str, Any]) -> None:
    """Raises StaleVersionError where somebody has changed it since; nothing is changed then."""
    statement = update(InterviewRow).where(InterviewRow.id == row.id, InterviewRow.version == row.version)
    changed = statement.values(**values, version=row.version + 1).returning(InterviewRow.id)
    if (await session.execute(changed)).first() is None:
        raise StaleVersionError


async def add_event(
    session: AsyncSession,
    interview_id: int,
    what: str,
    state: InterviewState,
    *,
    by: int | None,
    at: datetime,
    body: Mapping[str, Any],
) -> None:
    """`what` is an InterviewEvent, or `propose`, `done` and `check`; `state` the one after it."""
    values = {"interview_id": interview_id, "what": what, "to_state": state.value, "at": at, "by": by, "body": body}
    await session.execute(insert(InterviewEventRow).values(**values))


async def list_events(
    session: AsyncSession, interview_id: int, *, after: int, limit: int
) -> Sequence[tuple[InterviewEventRow, str | None]]:
    """As they came, each with the login name of who did it; `after` is the id of the last one seen."""
    statement = (
        select(InterviewEventRow, User.name)
        .outerjoin(User, User.id == InterviewEventRow.by)
        .where(InterviewEventRow.interview_id == interview_id, InterviewEventRow.id > after)
        .order_by(InterviewEventRow.id)
        .limit(limit)
    )
    return [(row, name) for row, name in await session.execute(statement)]


async def add_commitments(session: AsyncSession, interview_id: int, commitments: Sequence[NewCommitment]) -> None:
    """In their order."""
    rows = [
        {"interview_id": interview_id, "text": one.text, "owner": one.owner, "due_on": one.due_on}
        for one in commitments
    ]
    if rows:
        await session.execute(insert(CommitmentRow), rows)


async def list_commitments(session: AsyncSession, interview_ids: Collection[int]) -> Sequence[CommitmentRow]:
    """In their order."""
    statement = select(CommitmentRow).where(CommitmentRow.interview_id.in_(interview_ids)).order_by(CommitmentRow.id)
    return (await session.scalars(statement.execution_options(populate_existing=True))).all()


async def get_commitment(session: AsyncSession, interview_id: int, commitment_id: int) -> CommitmentRow:
    """Of this interview, which is locked. Raises NotFoundError."""
    for row in await list_commitments(session, [interview_id]):
        if row.id == commitment_id:
            return row
    raise NotFoundError("There is no such commitment.")


async def change_commitment(session: AsyncSession, commitment_id: int, values: Mapping[str, Any]) -> None:
    """Of an interview that is locked."""
    await session.execute(update(CommitmentRow).where(CommitmentRow.id == commitment_id).values(**values))


async def lock_late(session: AsyncSession, today: date) -> Sequence[InterviewRow]:
    """Interviews with a commitment that is not done though its day is over, that nobody works on now."""
    is_late = exists().where(
        CommitmentRow.interview_id == InterviewRow.id, CommitmentRow.due_on < today, CommitmentRow.done_at.is_(None)
    )
    statement = select(InterviewRow).where(InterviewRow.state == InterviewState.RECTIFYING.value, is_late)
    return (await session.scalars(statement.order_by(InterviewRow.id).with_for_update(skip_locked=True))).all()


async def list_unanswered_letters(session: AsyncSession) -> Sequence[AdvisoryRow]:
    """Overdue letters about a merchant that led to no interview yet."""
    statement = select(AdvisoryRow).where(
        AdvisoryRow.state == AdvisoryState.OVERDUE.value,
        AdvisoryRow.merchant_id.is_not(None),
        ~exists().where(InterviewRow.advisory_id == AdvisoryRow.id),
    )
    return (await session.scalars(statement.order_by(AdvisoryRow.id))).all()


def to_interview(row: InterviewRow, commitments: Sequence[CommitmentRow]) -> Interview:
    """As the rules see it."""
    return Interview(
        state=InterviewState(row.state),
        proposed_by=row.proposed_by,
        meets_at=row.meets_at,
        commitments=len(commitments),
        checked_commitments=sum(one.verified_at is not None for one in commitments),
    )
