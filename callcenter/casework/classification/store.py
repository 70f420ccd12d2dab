"""All SQL of codes. Every function works in its caller's transaction."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime

from sqlalchemy import or_, select, tuple_, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from callcenter.casework.classification.rules import Axis, Code
from callcenter.casework.classification.tables import CodeRow
from callcenter.error_codes import ErrorCode
from callcenter.errors import ConflictError, InputError, NotFoundError


async def list_codes(session: AsyncSession, axis: Axis, on: date | None) -> Sequence[Code]:
    """The codes of an axis by name; of a day those that are valid then, else all."""
    statement = select(CodeRow).where(CodeRow.axis == axis).order_by(CodeRow.code)
    if on is not None:
        statement = statement.where(CodeRow.valid_from <= on, or_(CodeRow.valid_to.is_(None), CodeRow.valid_to >= on))
    return [_code(row) for row in await session.scalars(statement)]


async def find_codes(session: AsyncSession, axis: Axis, codes: Collection[str]) -> list[Code]:
    """These codes, locked. Raises NotFoundError where one is missing."""
    named = select(CodeRow).where(CodeRow.axis == axis, CodeRow.code.in_(codes))
    statement = named.order_by(CodeRow.code).with_for_update()
    found = {row.code: _code(row) for row in await session.scalars(statement)}
    for code in codes:
        if code not in found:
            raise NotFoundError(f"There is no code {code} for {axis}.")
    return [found[code] for code in codes]


async def check_codes(session: AsyncSession, codes: Mapping[Axis, str], day: date) -> None:
    """Raises InputError where one is not a code of its axis that is valid that day."""
    wanted = [(axis.value, code) for axis, code in codes.items()]
    found = await session.scalars(select(CodeRow).where(tuple_(CodeRow.axis, CodeRow.code).in_(wanted)))
    valid = {(row.axis, row.code) for row in found if _code(row).is_valid_on(day)}
    for axis, code in wanted:
        if (axis, code) not in valid:
            raise InputError(f"There is no code {code} for {axis} on {day}.", code=ErrorCode.UNKNOWN_CODE)


async def add_code(session: AsyncSession, code: Code, *, by: int, at: datetime) -> None:
    """Raises ConflictError where the axis has it, even if it has ended: its meaning stays."""
    values = {
        "axis": code.axis.value,
        "code": code.code,
        "name": code.name,
        "parent": code.parent,
        "valid_from": code.valid_from,
        "valid_to": None,
        "source": code.source,
        "maps_to": list(code.maps_to),
        "added_by": by,
        "added_at": at,
    }
    statement = insert(CodeRow).values(**values).on_conflict_do_nothing().returning(CodeRow.code)
    if (await session.execute(statement)).first() is None:
        raise ConflictError(f"There is a code {code.code} for {code.axis} already.", code=ErrorCode.CODE_EXISTS)


async def end_code(
    session: AsyncSession, axis: Axis, code: str, *, valid_to: date, maps_to: Sequence[str], by: int, at: datetime
) -> None:
    """The code, which exists, is valid until that day and then gives way to its followers."""
    statement = update(CodeRow).where(CodeRow.axis == axis, CodeRow.code == code)
    await session.execute(statement.values(valid_to=valid_to, maps_to=list(maps_to), ended_by=by, ended_at=at))


def _code(row: CodeRow) -> Code:
    return Code(
        axis=Axis(row.axis),
        code=row.code,
        name=row.name,
        parent=row.parent,
        valid_from=row.valid_from,
        valid_to=row.valid_to,
        source=row.source,
        maps_to=tuple(row.maps_to),
    )
