"""What is decided about the rings of broadcasts, each in its caller's transaction: who is next, what became of one."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from callcenter.calls.records import Outcome
from callcenter.casework.broadcasts import ring_store, service, store
from callcenter.casework.broadcasts.rules import (
    AnsweredVia,
    BroadcastEventKind,
    BroadcastFilter,
    Reach,
    list_reaches,
)
from callcenter.casework.broadcasts.states import TargetState, TargetStep, next_state, step_of
from callcenter.casework.broadcasts.tables import BroadcastRing, BroadcastRow, BroadcastTarget
from callcenter.casework.contacts.rules import Organisation
from callcenter.casework.key_calls.rules import Ring, RingState, judge_ring, plan_next
from callcenter.dialling.gate import Target, judge
from callcenter.dialling.rules import DialPurpose
from callcenter.pbx.uniqueid import originated_id
from callcenter.settings import Settings

FIRST_NUMBER = 4_000_000_000
"""Numbers of the channels that are originated here begin behind those of instructions."""

NEVER_AGAIN = frozenset({RingState.UNKNOWN, RingState.NOT_ALLOWED})
"""A number that may have been rung without our knowing, or may not be rung, is not rung again in this broadcast."""


async def write_next_ring(
    session: AsyncSession,
    broadcast: BroadcastRow,
    wanted: BroadcastFilter,
    target_id: int,
    pbx: str,
    lines: Collection[int],
    settings: Settings,
    now: datetime,
) -> BroadcastRing | None:
    """The ring that is to be sent now, on one of these lines; None where the target is not to be rung at this moment.

    Nobody is rung unless it is known that no caller waits. Where all rounds are over, the target is unreachable.
    """
    if not await ring_store.is_queue_empty(session, settings.pbx_names, now):
        return None
    target = await store.lock_target(session, broadcast.id, target_id)
    stopped_at = (await store.get_broadcast(session, broadcast.id)).stopped_at
    if target.state != TargetState.WAITING or target.next_at > now or stopped_at is not None:
        return None
    rings = await ring_store.list_rings(session, [target.id])
    following = plan_next(
        [reach for reach in await _list_reaches(session, wanted, target) if not _is_spent(reach, rings)],
        [Ring(round=ring.round, number=ring.number, requested_at=ring.requested_at) for ring in rings],
        rounds=settings.broadcast_rounds,
        apart=settings.broadcast_round_apart,
    )
    if following is None:
        await service.give_up(session, target, now)
        return None
    if following.not_before is not None and now < following.not_before:
        await store.change_target(session, target, TargetState.WAITING, {"next_at": following.not_before})
        return None
    reach = following.contact
    values = await _values(session, target, reach, following.round, pbx, now)
    if not (await judge(session, Target(number=reach.number), DialPurpose.DUTY, settings, now)).is_allowed:
        await ring_store.add_not_allowed(session, values, now)
        return None
    ring = await ring_store.add_ring(session, values, lines)
    if ring is not None:
        rung = {"contact_id": reach.contact_id, "attempts": target.attempts + 1}
        await store.change_target(session, target, next_state(TargetState.WAITING, TargetStep.RING), rung)
    return ring


async def settle_ring(
    session: AsyncSession, broadcast_id: int, ring: BroadcastRing, key: str, outcome: Outcome | None, now: datetime
) -> None:
    """Write down what became of a ring, and how its organisation stands then."""
    state = judge_ring(key, outcome, waited=now - ring.requested_at)
    if state is not RingState.RINGING:
        await end_ring(session, broadcast_id, ring, state, now)


async def end_ring(
    session: AsyncSession, broadcast_id: int, ring: BroadcastRing, state: RingState, now: datetime
) -> None:
    """The ring is over in this way, unless that is known already."""
    target = await store.lock_target(session, broadcast_id, ring.target_id)
    ring = await ring_store.get_ring(session, ring.id)
    if ring.state != RingState.RINGING:
        return
    await ring_store.end_ring(session, ring, state, now)
    step = step_of(state)
    stands = next_state(TargetState(target.state), step)
    call = {"pbx": ring.pbx, "call_id": ring.call_id}
    match step:
        case TargetStep.ACCEPT:
            await service.acknowledge(session, target, stands, ring.person, AnsweredVia.PHONE, now=now, body=call)
        case TargetStep.REFUSE:
            await store.change_target(session, target, stands)
            refused = BroadcastEventKind.REFUSED
            said = {"name": ring.person} | call
            await store.add_event(session, broadcast_id, refused, target_id=target.id, at=now, body=said)
        case _:
            await store.change_target(session, target, stands)
            if (await store.get_broadcast(session, broadcast_id)).stopped_at is not None:
                await service.give_up(session, await store.lock_target(session, broadcast_id, target.id), now)


async def end_finished(session: AsyncSession, now: datetime) -> None:
    """Broadcasts of which nobody is left to be rung have ended."""
    for broadcast_id in await store.end_finished(session, now):
        await store.add_event(session, broadcast_id, BroadcastEventKind.ENDED, at=now)


async def _list_reaches(session: AsyncSession, wanted: BroadcastFilter, target: BroadcastTarget) -> list[Reach]:
    where = Organisation(unit_id=target.unit_id, merchant_id=target.merchant_id)
    reached = await store.list_reached(session, wanted, only=where)
    return [reach for _, contacts in reached.values() for reach in list_reaches(contacts)]


def _is_spent(reach: Reach, rings: Collection[BroadcastRing]) -> bool:
    return any(ring.number == reach.number and ring.state in NEVER_AGAIN for ring in rings)


async def _values(
    session: AsyncSession, target: BroadcastTarget, reach: Reach, round_: int, pbx: str, now: datetime
) -> Mapping[str, Any]:
    ring_id = await ring_store.take_ring_id(session)
    return {
        "id": ring_id,
        "target_id": target.id,
        "round": round_,
        "contact_id": reach.contact_id,
        "person": reach.person,
        "number": reach.number,
        "pbx": pbx,
        "call_id": originated_id(pbx, int(now.timestamp()), FIRST_NUMBER + ring_id),
        "requested_at": now,
        "state": RingState.RINGING.value,
    }
