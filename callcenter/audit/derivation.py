"""The day derived anew from the ledger, compared with the stored records and episodes."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from datetime import date, datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from callcenter.audit import store
from callcenter.audit.comparison import (
    Comparison,
    Difference,
    NotDerived,
    StoredCall,
    find_wrong_episodes,
    find_wrong_records,
    settle,
)
from callcenter.audit.ledger_day import DerivedCall, Failures, as_derived, derive_day
from callcenter.callbacks.rules import CallKey
from callcenter.calls.blind_times import Heard
from callcenter.calls.records import Witness
from callcenter.calls.rows import Locality
from callcenter.dialling.store import list_voided
from callcenter.pbx.uniqueid import pbx_of
from callcenter.pbx_settings import Pbx
from callcenter.recorder.call_rules import rules_of
from callcenter.settings import Settings

JUST_NOW = timedelta(seconds=5)
"""A call that ended this shortly before the ledger's last heartbeat may not be stored yet: clocks differ."""

MOST_ASKED = 1000
"""The most calls of which the live witness's record is loaded; where more differ, the rest is reported as it is."""


async def compare_day(
    session: AsyncSession,
    settings: Settings,
    day: date,
    *,
    from_at: datetime,
    to_at: datetime,
    heard: Heard,
    is_over: bool,
) -> Comparison | None:
    """How the ledgers alone differ from the stored calls of a day and from the list of callers who are owed one.

    Everything that was written to a ledger before it was last heard must be stored. None where there is no ledger.
    """
    locality = Locality(area_code=settings.area_code, timezone=settings.timezone)
    read_from = await store.find_earliest_up(session, from_at)
    settled: list[DerivedCall] = []
    not_derived = NotDerived(rows=0, calls=(), errors=())
    has_ledger = False
    for pbx in settings.pbxs:
        if pbx.cel_csv is None:
            continue
        has_ledger = True
        day_of_ledger = await asyncio.to_thread(
            derive_day,
            pbx.cel_csv,
            pbx=pbx.name,
            rules=rules_of(settings, pbx),
            locality=locality,
            read_from=read_from,
            from_at=from_at,
            to_at=to_at,
        )
        stored_until = heard.get((pbx.name, Witness.LEDGER), from_at)
        settled += [call for call in day_of_ledger.calls.values() if call.last_at < stored_until - JUST_NOW]
        not_derived = _add_failures(not_derived, day_of_ledger.failures, pbx)
    if not has_ledger:
        return None
    stored = await store.list_stored_calls(session, day)
    records = await _wrong_records(session, settled, stored, locality, is_over=is_over)
    held = await store.list_held_calls(session, day, settings.closing_talk)
    voided = {CallKey(*key) for key in await list_voided(session, {entry.subject for entry in held})}
    episodes = find_wrong_episodes(
        settled,
        held,
        closing_talk=settings.closing_talk,
        voided=voided,
        confirmed={key for key, call in stored.items() if call.is_confirmed},
    )
    return Comparison(
        differences=tuple(sorted({*records, *episodes}, key=lambda found: (found.call, found.reason))),
        not_derived=not_derived,
    )


def _add_failures(found: NotDerived, failures: Failures, pbx: Pbx) -> NotDerived:
    keys = (CallKey(pbx_of(call_id, pbx=pbx.name, is_named=pbx.is_named), call_id) for call_id in failures.calls)
    return NotDerived(
        rows=found.rows + failures.rows,
        calls=tuple(sorted({*found.calls, *keys})),
        errors=tuple(sorted({*found.errors, *failures.errors})),
    )


async def _wrong_records(
    session: AsyncSession,
    derived: Iterable[DerivedCall],
    stored: dict[CallKey, StoredCall],
    locality: Locality,
    *,
    is_over: bool,
) -> list[Difference]:
    by_key = {CallKey(call.pbx, call.call_id): call for call in derived}
    found = list(find_wrong_records(by_key.values(), stored, is_over=is_over))
    asked = sorted({difference.call for difference in found if difference.call in stored})[:MOST_ASKED]
    live = await store.find_live_records(session, asked)
    settled = [difference for difference in found if difference.call not in asked]
    for key in asked:
        record = live.get(key)
        by_ami = None if record is None else as_derived(record, locality)
        settled += [Difference(key, None, reason) for reason in settle(by_key[key], by_ami, stored[key])]
    return settled
