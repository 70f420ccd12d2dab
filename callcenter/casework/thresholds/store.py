"""All SQL of thresholds. Every function works in its caller's transaction."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from callcenter.casework.deadlines.rules import Certainty
from callcenter.casework.thresholds.rules import Threshold, ThresholdCode, Thresholds, thresholds_at
from callcenter.casework.thresholds.tables import ThresholdRow
from callcenter.error_codes import ErrorCode
from callcenter.errors import ConflictError


async def list_thresholds(session: AsyncSession) -> Sequence[Threshold]:
    """All that there ever were."""
    rows = await session.scalars(select(ThresholdRow))
    return [
        Threshold(
            code=ThresholdCode(row.code),
            valid_from=row.valid_from,
            number=row.number,
            names=None if row.names is None else tuple(row.names),
            certainty=Certainty(row.certainty),
            source=row.source,
        )
        for row in rows
    ]


async def read_thresholds(session: AsyncSession, at: datetime) -> Thresholds:
    """What is in force then."""
    return thresholds_at(await list_thresholds(session), at)


async def add_threshold(session: AsyncSession, new: Threshold, *, by: int, at: datetime) -> None:
    """Raises ConflictError where there is one of the code from that moment on already."""
    values = {
        "code": new.code.value,
        "valid_from": new.valid_from,
        "number": new.number,
        "names": None if new.names is None else list(new.names),
        "certainty": new.certainty.value,
        "source": new.source,
        "added_by": by,
        "added_at": at,
    }
    statement = insert(ThresholdRow).values(**values).on_conflict_do_nothing().returning(ThresholdRow.code)
    if (await session.execute(statement)).first() is None:
        raise ConflictError(
            f"There is a threshold {new.code} from that day on already.", code=ErrorCode.THRESHOLD_EXISTS
        )
