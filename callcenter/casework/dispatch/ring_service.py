"""What is decided about rings, each in its caller's transaction: who is next, what became of one, that all are done."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession

from callcenter.calls.records import Outcome
from callcenter.casework.deadlines.rules import Priority
from callcenter.casework.dispatch import ring_store, store
from callcenter.casework.dispatch.clock_service import refresh_clocks
from callcenter.casework.dispatch.rings import list_chain
from callcenter.casework.dispatch.rules import (
    URGENT,
    AcknowledgedVia,
    InstructionEventKind,
    InstructionState,
    InstructionStep,
)
from callcenter.casework.dispatch.tables import InstructionRing, InstructionRow
from callcenter.casework.key_calls.rules import RingState, judge_ring, plan_next
from callcenter.casework.thresholds.store import read_thresholds
from callcenter.casework.units.store import list_contacts
from callcenter.dialling.gate import Target, judge
from callcenter.dialling.rules import DialPurpose
from callcenter.hours.rules import DAY, CalendarMissing
from callcenter.hours.store import load_calendar
from callcenter.pbx.uniqueid import originated_id
from callcenter.settings import Settings

FIRST_NUMBER = 3_000_000_000
"""Numbers of the channels that are originated here begin behind those of mediations."""

WAITING = frozenset({InstructionState.ISSUED, InstructionState.UNANSWERED})
"""In these whoever acknowledges first is written down."""


async def write_next_ring(
    session: AsyncSession, instruction_id: int, pbx: str, settings: Settings, now: datetime
) -> InstructionRing | None:
    """The ring that is to be sent now; None where nobody is to be rung at this moment.

    Where the chain has ended, it is written down that nobody could be reached.
    """
    row = await store.get_instruction(session, instruction_id, is_locked=True)
    if row.state != InstructionState.ISSUED:
        return None
    is_open = await _is_open(session, now, settings.timezone)
    if Priority(row.priority) not in URGENT and is_open is False:
        return None
    chain = list_chain(await list_contacts(session, row.unit_id), is_open=is_open)
    rings = await ring_store.list_rings(session, row.id, since=row.rung_from)
    thresholds = await read_thresholds(session, now)
    following = plan_next(chain, rings, rounds=thresholds.ring_rounds, apart=thresholds.ring_round_apart)
    if following is None:
        await _give_up(session, row, now)
        return None
    if following.not_before is not None and now < following.not_before:
        return None
    ring_id = await ring_store.take_ring_id(session)
    contact = following.contact
    verdict = await judge(session, Target(number=contact.number), DialPurpose.DUTY, settings, now)
    ring = await ring_store.add_ring(
        session,
        {
            "id": ring_id,
            "instruction_id": row.id,
            "round": following.round,
            "position": contact.position,
            "person": contact.person,
            "number": contact.number,
            "pbx": pbx,
            "call_id": originated_id(pbx, int(now.timestamp()), FIRST_NUMBER + ring_id),
            "requested_at": now,
            "state": RingState.RINGING.value if verdict.is_allowed else RingState.NOT_ALLOWED.value,
            "ended_at": None if verdict.is_allowed else now,
        },
    )
    return ring if verdict.is_allowed else None


async def settle_ring(
    session: AsyncSession,
    ring_id: int,
    instruction_id: int,
    key: str,
    outcome: Outcome | None,
    *,
    timezone: ZoneInfo,
    now: datetime,
) -> None:
    """Write down what became of a ring, and that the unit acts where its person pressed the key."""
    row = await store.get_instruction(session, instruction_id, is_locked=True)
    ring = await ring_store.get_ring(session, ring_id)
    if ring.state != RingState.RINGING:
        return
    state = judge_ring(key, outcome, waited=now - ring.requested_at)
    if state is RingState.RINGING:
        return
    await ring_store.end_ring(session, ring.id, state, now)
    if state is RingState.ACKNOWLEDGED and InstructionState(row.state) in WAITING:
        await _acknowledge(session, row, ring, timezone=timezone, now=now)


async def _acknowledge(
    session: AsyncSession, row: InstructionRow, ring: InstructionRing, *, timezone: ZoneInfo, now: datetime
) -> None:
    values = {
        "state": InstructionState.ACKNOWLEDGED.value,
        "acknowledged_at": now,
        "acknowledged_by": ring.person,
        "acknowledged_via": AcknowledgedVia.PHONE.value,
        "unanswered_at": None,
    }
    await store.change_instruction(session, row, values)
    await store.add_event(
        session,
        row.id,
        InstructionStep.ACKNOWLEDGE,
        state=InstructionState.ACKNOWLEDGED,
        at=now,
        recorded_at=now,
        by=None,
        body={"name": ring.person, "pbx": ring.pbx, "call_id": ring.call_id},
    )
    await refresh_clocks(session, await store.get_instruction(session, row.id), timezone=timezone, now=now)


async def _give_up(session: AsyncSession, row: InstructionRow, now: datetime) -> None:
    values = {"state": InstructionState.UNANSWERED.value, "unanswered_at": now}
    await store.change_instruction(session, row, values)
    await store.add_event(
        session,
        row.id,
        InstructionEventKind.UNANSWERED,
        state=InstructionState.UNANSWERED,
        at=now,
        recorded_at=now,
        by=None,
        body={},
    )


async def _is_open(session: AsyncSession, now: datetime, timezone: ZoneInfo) -> bool | None:
    """None where the calendar of the year is missing."""
    local = now.astimezone(timezone)
    calendar = await load_calendar(session, local.date() - DAY, local.date() + DAY)
    try:
        return calendar.is_open(local)
    except CalendarMissing:
        return None
