"""All SQL of patrols. Works in its caller's transaction."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, func, select, true, update
from sqlalchemy.dialects.postgresql import distinct_on, insert
from sqlalchemy.ext.asyncio import AsyncSession

from callcenter.accounts.rights import Role, SignedIn
from callcenter.accounts.tables import User
from callcenter.casework.dispatch.tables import InstructionRow
from callcenter.casework.inspections.rules import Answer, InspectionState, ItemResult
from callcenter.casework.inspections.tables import InspectionAnswer, InspectionRow
from callcenter.casework.units.store import find_unit_of
from callcenter.casework.units.tables import UnitMemberRow
from callcenter.error_codes import ErrorCode
from callcenter.errors import ConflictError, NotFoundError, StaleVersionError

Condition = ColumnElement[bool]


async def may_see(session: AsyncSession, user: SignedIn) -> Condition:
    """Which patrols the user sees: officers those of their unit, all others all."""
    if user.role is not Role.OFFICER:
        return true()
    unit = await find_unit_of(session, user.user_id)
    return InspectionRow.unit_id == (None if unit is None else unit.id)


async def find_by_key(session: AsyncSession, user_id: int, key: str) -> InspectionRow | None:
    """The patrol that the user began with this Idempotency-Key."""
    statement = select(InspectionRow).where(InspectionRow.created_by == user_id, InspectionRow.idempotency_key == key)
    return (await session.scalars(statement)).one_or_none()


async def add_inspection(session: AsyncSession, values: Mapping[str, Any]) -> InspectionRow | None:
    """The new patrol; None where the same user has begun one with this key meanwhile, or another corrects the same."""
    statement = insert(InspectionRow).values(**values).on_conflict_do_nothing()
    return (await session.scalars(statement.returning(InspectionRow))).one_or_none()


async def get_inspection(
    session: AsyncSession, inspection_id: int, *conditions: Condition, is_locked: bool = False
) -> InspectionRow:
    """Raises NotFoundError, also for one that the conditions leave out."""
    statement = select(InspectionRow).where(InspectionRow.id == inspection_id, *conditions)
    if is_locked:
        statement = statement.with_for_update()
    found = (await session.scalars(statement.execution_options(populate_existing=True))).one_or_none()
    if found is None:
        raise NotFoundError("There is no such patrol.")
    return found


async def list_inspections(
    session: AsyncSession, *conditions: Condition, before: int | None, limit: int
) -> Sequence[InspectionRow]:
    """Newest first; `before` is the id of the last one seen."""
    statement = select(InspectionRow).where(*conditions).order_by(InspectionRow.id.desc()).limit(limit)
    if before is not None:
        statement = statement.where(InspectionRow.id < before)
    return (await session.scalars(statement)).all()


async def change_inspection(session: AsyncSession, row: InspectionRow, values: Mapping[str, Any]) -> None:
    """Raises StaleVersionError where somebody has changed it since; nothing is changed then."""
    statement = update(InspectionRow).where(InspectionRow.id == row.id, InspectionRow.version == row.version)
    changed = statement.values(**values, version=row.version + 1).returning(InspectionRow.id)
    if (await session.execute(changed)).first() is None:
        raise StaleVersionError


async def find_corrections(session: AsyncSession, ids: Collection[int]) -> dict[int, InspectionRow]:
    """By the patrol that each corrects."""
    rows = await session.scalars(select(InspectionRow).where(InspectionRow.corrects.in_(ids)))
    return {row.corrects: row for row in rows if row.corrects is not None}


async def list_replaced(session: AsyncSession, row: InspectionRow) -> Sequence[InspectionRow]:
    """The patrols that it takes the place of, one through the other, newest first."""
    patrol = InspectionRow
    chain = select(patrol.id, patrol.corrects).where(patrol.id == row.corrects).cte(recursive=True)
    chain = chain.union_all(select(patrol.id, patrol.corrects).join(chain, patrol.id == chain.c.corrects))
    statement = select(patrol).join(chain, chain.c.id == patrol.id).order_by(patrol.id.desc())
    return (await session.scalars(statement)).all()


async def add_answer(session: AsyncSession, inspection_id: int, answer: Answer, *, by: int, at: datetime) -> None:
    """Once for each key; the patrol is locked. Raises ConflictError where the key was used for another answer."""
    values = {
        "inspection_id": inspection_id,
        "item": answer.item,
        "result": answer.result.value,
        "note": answer.note,
        "no_evidence_reason": answer.no_evidence_reason,
        "key": answer.key,
        "answered_at": answer.answered_at,
        "answered_by": by,
        "recorded_at": at,
    }
    statement = insert(InspectionAnswer).values(**values)
    added = statement.on_conflict_do_nothing(index_elements=["inspection_id", "key"]).returning(InspectionAnswer.id)
    if (await session.execute(added)).first() is None and await find_answer(
        session, inspection_id, answer.key
    ) != answer:
        raise ConflictError("The Idempotency-Key was used for another answer.", code=ErrorCode.KEY_REUSED)


async def find_answer(session: AsyncSession, inspection_id: int, key: str) -> Answer | None:
    """What was said with this key."""
    wanted = (InspectionAnswer.inspection_id == inspection_id, InspectionAnswer.key == key)
    row = (await session.scalars(select(InspectionAnswer).where(*wanted))).one_or_none()
    return None if row is None else to_answer(row)


async def list_answers(
    session: AsyncSession, ids: Collection[int], *, after: int = 0, limit: int | None = None
) -> Sequence[tuple[InspectionAnswer, str]]:
    """Of these patrols, as they came, each with the login name of who gave it."""
    statement = (
        select(InspectionAnswer, User.name)
        .join(User, User.id == InspectionAnswer.answered_by)
        .where(InspectionAnswer.inspection_id.in_(ids), InspectionAnswer.id > after)
        .order_by(InspectionAnswer.id)
        .limit(limit)
    )
    return [(row, name) for row, name in await session.execute(statement)]


async def copy_answers(session: AsyncSession, answers: Sequence[InspectionAnswer], to_id: int, at: datetime) -> None:
    """The same answers for another patrol, with who gave them when."""
    kept = ("item", "result", "note", "no_evidence_reason", "key", "answered_at", "answered_by")
    for row in answers:
        values = {name: getattr(row, name) for name in kept}
        await session.execute(insert(InspectionAnswer).values(inspection_id=to_id, recorded_at=at, **values))


async def find_members(session: AsyncSession, unit_id: int, names: Collection[str]) -> dict[str, int]:
    """Of these users those who belong to the unit now, by login name; nobody leaves it until this has ended."""
    statement = (
        select(User.name, User.id)
        .join(UnitMemberRow, UnitMemberRow.user_id == User.id)
        .where(UnitMemberRow.unit_id == unit_id, UnitMemberRow.ended_at.is_(None), User.name.in_(names))
        .with_for_update(read=True, of=UnitMemberRow)
    )
    return {row.name: row.id for row in await session.execute(statement)}


async def names_of(session: AsyncSession, ids: Collection[int]) -> dict[int, tuple[str, str]]:
    """Login name and what people call them, by id."""
    rows = await session.execute(select(User.id, User.name, User.display_name).where(User.id.in_(ids)))
    return {row.id: (row.name, row.display_name or row.name) for row in rows}


async def numbers_of_instructions(session: AsyncSession, ids: Collection[int]) -> dict[int, str]:
    """By id."""
    statement = select(InstructionRow.id, InstructionRow.number).where(InstructionRow.id.in_(ids))
    return {row.id: row.number for row in await session.execute(statement)}


async def count_results(session: AsyncSession, ids: Collection[int]) -> dict[int, dict[ItemResult, int]]:
    """Of each patrol how many items have which result now."""
    answered = InspectionAnswer
    latest = (
        select(answered.inspection_id, answered.result)
        .ext(distinct_on(answered.inspection_id, answered.item))
        .where(answered.inspection_id.in_(ids))
        .order_by(answered.inspection_id, answered.item, answered.answered_at.desc(), answered.key.desc())
        .subquery()
    )
    statement = select(latest.c.inspection_id, latest.c.result, func.count()).group_by(*latest.c)
    counts: dict[int, dict[ItemResult, int]] = {}
    for inspection_id, result, number in await session.execute(statement):
        counts.setdefault(inspection_id, {})[ItemResult(result)] = number
    return counts


def is_finished(row: InspectionRow) -> bool:
    """Whether nobody changes it any more."""
    return row.state == InspectionState.FINISHED.value


def to_answer(row: InspectionAnswer) -> Answer:
    """As the rules see it."""
    return Answer(
        item=row.item,
        result=ItemResult(row.result),
        note=row.note,
        no_evidence_reason=row.no_evidence_reason,
        key=row.key,
        answered_at=row.answered_at,
    )
