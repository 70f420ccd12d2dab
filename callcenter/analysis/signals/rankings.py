"""Rankings of a frozen period: complaints by what they are about, counted by the database. Works in its caller's
transaction.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time
from decimal import Decimal
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from callcenter.analysis.arithmetic import SMALL, percent, ranks
from callcenter.analysis.periods import DAY
from callcenter.analysis.snapshots.store import Snapshot
from callcenter.analysis.snapshots.tables import SnapshotRow
from callcenter.analysis.statistics.intervals import poisson_mean
from callcenter.casework.merchants.tables import MerchantRow
from callcenter.casework.tickets.rules import TicketKind
from callcenter.casework.units.tables import UnitRow


class RankingAxis(StrEnum):
    """By what complaints are ranked; by offences, reports are. A closed list."""

    GOODS = "goods"
    SERVICE = "service"
    PROBLEM = "problem"
    OFFENCE = "offence"
    SALES_MODE = "sales_mode"
    BRAND = "brand"
    MERCHANT = "merchant"
    REGION = "region"
    UNIT = "unit"


_COLUMNS: dict[RankingAxis, InstrumentedAttribute[Any]] = {
    RankingAxis.GOODS: SnapshotRow.goods_code,
    RankingAxis.SERVICE: SnapshotRow.service_code,
    RankingAxis.PROBLEM: SnapshotRow.problem_code,
    RankingAxis.OFFENCE: SnapshotRow.offence_code,
    RankingAxis.SALES_MODE: SnapshotRow.sales_mode_code,
    RankingAxis.BRAND: SnapshotRow.brand,
    RankingAxis.MERCHANT: SnapshotRow.merchant_id,
    RankingAxis.REGION: SnapshotRow.region,
    RankingAxis.UNIT: SnapshotRow.unit_id,
}
_NAMES: dict[RankingAxis, type[MerchantRow] | type[UnitRow]] = {
    RankingAxis.MERCHANT: MerchantRow,
    RankingAxis.UNIT: UnitRow,
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Ranked:
    """A place in a ranking. `low` and `high` are the exact 95 % interval of the mean behind the count (Garwood)."""

    key: str
    name: str | None
    """Of a merchant or a unit."""
    rank: int
    count: int
    low: float
    high: float
    share: Decimal
    """In percent of all that are counted, with and without a key."""
    serial: int
    """Of serial complainants."""
    serial_share: Decimal

    @property
    def is_small(self) -> bool:
        """From so few that it says little."""
        return self.count < SMALL


@dataclass(frozen=True, kw_only=True, slots=True)
class Ranking:
    """All places, the first first; equal counts in the order of their keys. `counted` are all matters, `known` those
    that have a key.
    """

    counted: int
    known: int
    places: Sequence[Ranked]


async def rank(session: AsyncSession, snapshot: Snapshot, axis: RankingAxis, timezone: ZoneInfo) -> Ranking:
    """Of what was received in the period."""
    column = _COLUMNS[axis]
    serial = func.count().filter(SnapshotRow.is_serial)
    statement = select(column, func.count(), serial).where(*_counts(snapshot, axis, timezone)).group_by(column)
    rows = [(key, count, serials) for key, count, serials in await session.execute(statement)]
    counted = sum(count for _, count, _ in rows)
    found = sorted(((key, count, serials) for key, count, serials in rows if key is not None), key=_order)
    names = await _read_names(session, axis, [key for key, *_ in found])
    places = []
    for place, (key, count, serials) in zip(ranks([count for _, count, _ in found]), found, strict=True):
        interval = poisson_mean(count)
        places.append(
            Ranked(
                key=str(key),
                name=names.get(key),
                rank=place,
                count=count,
                low=interval.low,
                high=interval.high,
                share=percent(count, counted),
                serial=serials,
                serial_share=percent(serials, count),
            )
        )
    return Ranking(counted=counted, known=sum(count for _, count, _ in found), places=places)


def _order(row: tuple[Any, int, int]) -> tuple[int, Any]:
    return -row[1], row[0]


def _counts(snapshot: Snapshot, axis: RankingAxis, timezone: ZoneInfo) -> tuple[ColumnElement[bool], ...]:
    days = (snapshot.period.first, snapshot.period.last + DAY)
    since, until = (datetime.combine(day, time(), timezone) for day in days)
    kind = TicketKind.REPORT if axis is RankingAxis.OFFENCE else TicketKind.COMPLAINT
    return (
        SnapshotRow.snapshot_id == snapshot.id,
        SnapshotRow.kind == kind.value,
        ~SnapshotRow.is_merged,
        SnapshotRow.received_at >= since,
        SnapshotRow.received_at < until,
    )


async def _read_names(session: AsyncSession, axis: RankingAxis, keys: Sequence[Any]) -> dict[Any, str]:
    table = _NAMES.get(axis)
    if table is None:
        return {}
    rows = await session.execute(select(table.id, table.name).where(table.id.in_(keys)))
    return {row.id: row.name for row in rows}
