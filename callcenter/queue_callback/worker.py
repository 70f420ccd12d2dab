"""Ringing back those who kept their place in a queue, when their turn comes."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from callcenter.agents import seat_commands
from callcenter.agents.rules import SeatState, wrap_up_reason
from callcenter.agents.store import CHANNEL as AGENTS_CHANNEL
from callcenter.callbacks.promises import keep_turn
from callcenter.callbacks.store import CHANNEL as CALLBACKS_CHANNEL
from callcenter.calls.store import CHANNEL as CALLS_CHANNEL
from callcenter.click_to_call.service import DialTarget, dial
from callcenter.clock import Clock, utc_now
from callcenter.errors import CallcenterError, PbxError
from callcenter.pbx.commands import AmiCommands
from callcenter.pbx.registry import PbxRegistry
from callcenter.postgres.database import Database
from callcenter.postgres.follow_loop import follow
from callcenter.queue_callback import store
from callcenter.queue_callback.rules import AGENT_KEPT_FOR, Place, find_turn
from callcenter.queue_callback.store import QueueNow, Reservation, SeatedAgent
from callcenter.settings import Settings

log = structlog.stdlib.get_logger(__name__)

POLL_SECONDS = 2.0


BUSY = (SeatState.TALKING, SeatState.ON_HOLD, SeatState.RINGING)


@dataclass(frozen=True, kw_only=True, slots=True)
class Turn:
    """Somebody's turn, and the agent whose phone is to ring for it."""

    place: Place
    agent: SeatedAgent


@dataclass(slots=True)
class Steps:
    """What is to be done, in this order, now that it is written down."""

    keep: list[str] = field(default_factory=list)
    """Interfaces whose agents are to take no other call next."""
    ring: list[Turn] = field(default_factory=list)
    let_go: list[str] = field(default_factory=list)
    """Interfaces whose agents take calls of the queue again."""


async def give_turns(
    database: Database, pbxs: PbxRegistry, settings: Settings, pbx: str, clock: Clock = utc_now
) -> None:
    """In the queues of a PBX until cancelled, in any number of processes. Outages of the database are waited out."""

    async def work() -> None:
        now = clock()
        steps = await take_turns(database, settings, pbx, now)
        for interface in steps.keep:
            await _pause(pbxs.get(pbx), interface, wrap_up_reason(now + AGENT_KEPT_FOR))
        for turn in steps.ring:
            await _ring(database, pbxs, settings, turn, now)
        for interface in steps.let_go:
            await _pause(pbxs.get(pbx), interface, None)

    channels = (CALLS_CHANNEL, CALLBACKS_CHANNEL, AGENTS_CHANNEL)
    await follow(database, work, task=f"queue callbacks of {pbx}", every=POLL_SECONDS, channels=channels)


async def take_turns(database: Database, settings: Settings, pbx: str, now: datetime) -> Steps:
    """Whose turn it is in each queue of a PBX now, written down as taken or as an agent's who is kept for it."""
    steps = Steps()
    async with database.sessions.begin() as session:
        if not await store.list_places(session, pbx, now) and not await store.list_reserved_queues(session, pbx):
            return steps
        await store.lock_turns(session)
        places = await store.list_places(session, pbx, now)
        for queue in sorted(places.keys() | await store.list_reserved_queues(session, pbx)):
            state = await store.read_queue(session, pbx, queue, now)
            place = find_turn(places.get(queue, ()), state.line, now=now)
            await _step(session, settings, steps, queue, place, state, now)
    return steps


async def _step(
    session: AsyncSession,
    settings: Settings,
    steps: Steps,
    queue: str,
    place: Place | None,
    state: QueueNow,
    now: datetime,
) -> None:
    kept = None
    for reservation in state.reservations:
        if place is None or reservation.asked_in != place.asked_in or _is_lost(reservation, state.agents, now):
            await store.remove_reservation(session, reservation)
            steps.let_go.append(reservation.interface)
        else:
            kept = reservation
    if place is None:
        return
    agent = _find_free(state.agents, kept, settings.wrap_up, now)
    if agent is not None:
        await store.add_turn(session, place, queue=queue, agent=agent, taken_at=now)
        await keep_turn(session, place.episode_id, place.asked_in, user_id=agent.user.user_id, now=now)
        steps.ring.append(Turn(place=place, agent=agent))
        if kept is not None:
            steps.let_go.append(kept.interface)
    elif kept is None:
        busy = next((agent for agent in state.agents if agent.state in BUSY), None)
        if busy is not None:
            await store.add_turn(
                session, place, queue=queue, agent=busy, taken_at=None, reserved_until=now + AGENT_KEPT_FOR
            )
            steps.keep.append(busy.interface)


def _is_lost(reservation: Reservation, agents: Collection[SeatedAgent], now: datetime) -> bool:
    """The agent has gone, pauses, or was kept for too long."""
    states = {agent.interface: agent.state for agent in agents}
    return reservation.until <= now or states.get(reservation.interface) not in (
        *BUSY,
        SeatState.WRAP_UP,
        SeatState.AVAILABLE,
    )


def _find_free(
    agents: Collection[SeatedAgent], kept: Reservation | None, wrap_up: timedelta, now: datetime
) -> SeatedAgent | None:
    """An agent who is available, or the one who is kept, once their call and the work after it are over."""
    for agent in agents:
        if agent.state is SeatState.AVAILABLE:
            return agent
        is_kept = kept is not None and agent.interface == kept.interface
        if is_kept and agent.state is SeatState.WRAP_UP and now - agent.since >= wrap_up:
            return agent
    return None


async def _ring(database: Database, pbxs: PbxRegistry, settings: Settings, turn: Turn, now: datetime) -> None:
    """Ring the agent, then the caller, as if the agent had asked for it. What is refused stays on the list."""
    place = turn.place
    key = f"turn {place.turns + 1} of {'/'.join(place.asked_in)}"
    try:
        await dial(
            database,
            pbxs,
            settings,
            user=turn.agent.user,
            target=DialTarget(episode_id=place.episode_id, is_turn=True),
            key=key,
            request_sha256=sha256(key.encode()).hexdigest(),
            now=now,
        )
    except CallcenterError as error:
        log.warning("queue_callback_failed", episode_id=place.episode_id, reason=str(error))


async def _pause(commands: AmiCommands, interface: str, reason: str | None) -> None:
    try:
        if reason is None:
            await seat_commands.resume(commands, interface)
        else:
            await seat_commands.pause(commands, interface, reason)
    except PbxError as error:
        log.warning("agent_not_reserved_or_released", interface=interface, reason=str(error))
