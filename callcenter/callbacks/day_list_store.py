"""The SQL of frozen days: when a day may be frozen, its figures, its list and its sheet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import case, func, insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from callcenter.callbacks.list_store import CallbackRow, ListFilter, Place, place_of
from callcenter.callbacks.tables import CallbackList, DaySheet, EpisodeCall
from callcenter.calls.records import Direction, Outcome, Witness
from callcenter.calls.tables import Call
from callcenter.calls.witness_store import find_heard

GIVEN_UP_AFTER = timedelta(days=1)
"""The live witness is not waited for when it was last heard so long before the ledger was."""


async def find_first_day(session: AsyncSession) -> date | None:
    """The business day of the first call; None while there is no call."""
    return (await session.scalars(select(func.min(Call.business_date)))).one()


async def find_heard_until(session: AsyncSession) -> datetime | None:
    """Until when every PBX was heard, by each of its witnesses. None if nobody ever was.

    The live one counts as well, because only it knows the PBX's clock; unless it was given up long ago.
    """
    heard = await find_heard(session)
    of_each = []
    for pbx in {pbx for pbx, _ in heard}:
        ledger, ami = heard.get((pbx, Witness.LEDGER)), heard.get((pbx, Witness.AMI))
        moments = [at for at in (ledger, ami) if at is not None]
        if ledger is not None and ami is not None and ami < ledger - GIVEN_UP_AFTER:
            moments = [ledger]
        of_each.append(min(moments))
    return min(of_each, default=None)


async def find_database_now(session: AsyncSession) -> datetime:
    """What the database's clock says."""
    now: datetime = (await session.execute(select(func.clock_timestamp()))).scalar_one()
    return now


async def count_inbound(session: AsyncSession, day: date) -> dict[str, int]:
    """The day's inbound calls by outcome, `lost_after_transfer` and `still_open` apart."""
    held = EpisodeCall.call_id.is_not(None)
    kind = case(
        (Call.outcome.is_(None), "still_open"),
        (held & (Call.outcome == Outcome.ANSWERED), "lost_after_transfer"),
        else_=Call.outcome,
    )
    statement = (
        select(kind.label("kind"), func.count().label("calls"))
        .outerjoin(EpisodeCall, (EpisodeCall.pbx == Call.pbx) & (EpisodeCall.call_id == Call.call_id))
        .where(Call.business_date == day, Call.direction == Direction.INBOUND)
        .group_by(kind)
    )
    return {row.kind: row.calls for row in await session.execute(statement)}


async def find_sheet_before(session: AsyncSession, day: date) -> str | None:
    """SHA-256 of the latest day sheet before `day`."""
    statement = select(DaySheet.sha256).where(DaySheet.business_date < day)
    return (await session.scalars(statement.order_by(DaySheet.business_date.desc()).limit(1))).one_or_none()


async def add_frozen_day(
    session: AsyncSession,
    day: date,
    *,
    frozen_at: datetime,
    rows: Sequence[Mapping[str, Any]],
    list_sha256: str,
    sheet: Mapping[str, Any],
    previous_sha256: str | None,
    sha256: str,
) -> None:
    """A day is frozen once: the database refuses a second time."""
    frozen = {"business_date": day, "frozen_at": frozen_at, "rows": rows, "sha256": list_sha256}
    await session.execute(insert(CallbackList).values(frozen))
    chained = {"business_date": day, "sheet": sheet, "previous_sha256": previous_sha256, "sha256": sha256}
    await session.execute(insert(DaySheet).values(chained))


async def find_frozen_list(session: AsyncSession, day: date) -> CallbackList | None:
    """The list of a day as it was frozen."""
    return await session.get(CallbackList, day)


async def list_sheets(session: AsyncSession) -> Sequence[DaySheet]:
    """Every day sheet, by day."""
    return (await session.scalars(select(DaySheet).order_by(DaySheet.business_date))).all()


def find_rows(
    rows: Sequence[CallbackRow], wanted: ListFilter, *, after: Place | None, limit: int | None
) -> list[CallbackRow]:
    """Of a frozen list what is wanted, by the same conditions."""
    found = [row for row in rows if _is_wanted(row, wanted) and (after is None or place_of(row) > after)]
    return found[:limit]


def _is_wanted(row: CallbackRow, wanted: ListFilter) -> bool:
    return (
        (not wanted.states or row["state"] in wanted.states)
        and wanted.kind in (None, row["kind"])
        and wanted.caller_number in (None, row["caller_number"])
        and (wanted.episode_ids is None or row["episode_id"] in wanted.episode_ids)
        and (row["is_overdue"] or not wanted.is_overdue)
        and (row["has_message"] or not wanted.has_message)
    )
