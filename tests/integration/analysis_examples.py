"""Examples of what is frozen and found, for tests."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncSession

from callcenter.analysis.signals.tables import SignalRow
from callcenter.analysis.snapshots.tables import SnapshotCorrection, SnapshotHead, SnapshotRow
from tests.integration.conftest import NOW

JULY = (date(2026, 7, 1), date(2026, 7, 31))


async def add_analysis(session: AsyncSession, number: int, *, rows: int = 4) -> None:
    """A snapshot, the first of which is July and lists corrections, a row of it, and a signal of the day before."""
    first, last = JULY if number == 1 else (NOW.date(), NOW.date() + number * timedelta(days=1))
    head: dict[str, Any] = {"kind": "month" if number == 1 else "custom", "first": first, "last": last, "name": None}
    head |= {"cut_off_at": NOW, "last_event_id": 0, "metric_version": 1, "code_version": "1", "rows": 1, "sha256": "0"}
    snapshot_id = await session.scalar(insert(SnapshotHead).values(head).returning(SnapshotHead.id))
    named = {"snapshot_id": 1, "number": f"12315-2026-{number:05}"}
    if number <= rows:
        row: dict[str, Any] = {"kind": "complaint", "state": "accepted", "channel": "call", "priority": "P4"}
        row |= {
            "received_at": datetime(2026, 7, 10, tzinfo=UTC),
            "goods_code": f"goods{number}",
            "clocks": [],
            "flags": [],
        }
        row |= dict.fromkeys(("is_serial", "is_merged", "is_instructed"), False)
        await session.execute(insert(SnapshotRow).values(named | row))
    changed = {"field": "brand", "of_snapshot_id": 1, "old": None, "new": "Shop 13900004711"}
    await session.execute(insert(SnapshotCorrection).values(named | changed))
    day = NOW.date() - number * timedelta(days=1)
    signal: dict[str, Any] = {"version": 1, "snapshot_id": snapshot_id, "rule": "total", "axis": "all", "state": "new"}
    signal |= {"first": day, "last": day, "x1": 15, "x0": 60, "t1": 22.0, "t0": 244.0, "base": 12, "p": 0.001105}
    signal |= {"inputs": {"expected": 5.4}, "found_at": NOW}
    await session.execute(insert(SignalRow).values(signal))
