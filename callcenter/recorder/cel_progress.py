"""What one look at the CEL file brought, and its way into the database: one transaction, with the new position."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from callcenter.calls import store, witness_store
from callcenter.calls.blind_times import GapReason
from callcenter.calls.records import CallRecord, Witness
from callcenter.calls.rows import Locality
from callcenter.calls.store import Stored
from callcenter.calls.witness_store import Oddities, Unusable
from callcenter.pbx.cel_follower import LedgerPosition
from callcenter.recorder.metrics import GAPS, HEARD_UNTIL, IS_HEARD, ODDITIES, TELLINGS_REFUSED, count_stored


@dataclass(frozen=True, kw_only=True, slots=True)
class Progress:
    """What one look brought.

    `is_repeat` where an earlier process had read the rows too. A restart begins at `restart_at`; `reached` is how far
    the file was read.
    """

    records: list[CallRecord]
    is_repeat: bool
    oddities: Oddities
    unusable: tuple[Unusable, ...]
    restart_at: LedgerPosition | None
    reached: LedgerPosition | None
    lost: tuple[datetime, datetime] | None
    is_readable: bool
    heard_until: datetime | None
    at: datetime


async def store_progress(session: AsyncSession, *, pbx: str, locality: Locality, progress: Progress) -> Stored:
    """Write everything, within the transaction of the session."""
    at = progress.at
    if progress.lost is not None:
        from_at, to_at = progress.lost
        await witness_store.add_gap(
            session, pbx, Witness.LEDGER, from_at=from_at, to_at=to_at, reason=GapReason.LEDGER_LOST
        )
    if progress.is_readable:
        await witness_store.close_gap(session, pbx, Witness.LEDGER, to_at=at)
    else:
        # What was written since the last heartbeat has not been read either.
        from_at = progress.heard_until or at
        await witness_store.open_gap(session, pbx, Witness.LEDGER, from_at=from_at, reason=GapReason.LEDGER_UNREADABLE)
    stored = await store.store_reports(
        session, progress.records, locality=locality, now=at, is_repeat=progress.is_repeat
    )
    await witness_store.add_counts(session, pbx, Witness.LEDGER, progress.oddities, at=at)
    await witness_store.add_dead_letters(session, pbx, Witness.LEDGER, progress.unusable, at=at)
    if progress.heard_until is not None:
        await witness_store.save_heartbeat(session, pbx, Witness.LEDGER, progress.heard_until)
    if progress.reached is not None:
        position = None if progress.restart_at is None else progress.restart_at.to_json()
        reached = progress.reached.to_json()
        await witness_store.save_position(session, pbx, position=position, reached=reached, at=at)
    return stored


def measure_progress(pbx: str, progress: Progress, stored: Stored, *, was_readable: bool) -> None:
    """Bring the metrics up to date, once the transaction is committed."""
    count_stored(pbx, Witness.LEDGER, stored)
    TELLINGS_REFUSED.labels(pbx, Witness.LEDGER).inc(len(progress.unusable))
    IS_HEARD.labels(pbx, Witness.LEDGER).set(progress.is_readable)
    ODDITIES.labels(pbx, Witness.LEDGER).inc(sum(progress.oddities.counts.values()))
    if progress.lost is not None:
        GAPS.labels(pbx, Witness.LEDGER, GapReason.LEDGER_LOST).inc()
    if was_readable and not progress.is_readable:
        GAPS.labels(pbx, Witness.LEDGER, GapReason.LEDGER_UNREADABLE).inc()
    if progress.heard_until is not None:
        HEARD_UNTIL.labels(pbx, Witness.LEDGER).set(progress.heard_until.timestamp())
