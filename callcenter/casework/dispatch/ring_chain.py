"""The part of the backend that rings units about instructions: one phone after the other, until somebody presses 1."""

from __future__ import annotations

import asyncio

from callcenter.casework.deadlines.rules import Priority
from callcenter.casework.dispatch import ring_store
from callcenter.casework.dispatch.ring_service import WAITING, settle_ring, write_next_ring
from callcenter.casework.dispatch.rules import InstructionState, spoken_of
from callcenter.casework.dispatch.tables import InstructionRing, InstructionRow
from callcenter.casework.key_calls.phone import hang_up, read_key, send_ring
from callcenter.casework.key_calls.rules import LOST_AFTER
from callcenter.casework.key_calls.sound import Sounds
from callcenter.casework.key_calls.store import find_outcome
from callcenter.clock import Clock, utc_now
from callcenter.pbx.registry import PbxRegistry
from callcenter.postgres.database import Database
from callcenter.postgres.follow_loop import follow
from callcenter.settings import Settings

POLL_SECONDS = 1.0
KEY_SECONDS = 0.3
"""While somebody rings: whoever looks at the board sees within a second that a key was pressed."""
FAMILY = "instruction"
"""The context of the dialplan that asks whoever answered for a key, and where it keeps that in Asterisk's database."""


async def ring_units(database: Database, pbxs: PbxRegistry, settings: Settings, clock: Clock = utc_now) -> None:
    """Until cancelled, in any number of processes. Outages of the database are waited out."""
    sounds = Sounds()

    async def work() -> None:
        while await look_at_rings(database, pbxs, settings, sounds, clock):
            await asyncio.sleep(KEY_SECONDS)

    await follow(database, work, task="rings about instructions", every=POLL_SECONDS)


async def look_at_rings(
    database: Database, pbxs: PbxRegistry, settings: Settings, sounds: Sounds, clock: Clock
) -> bool:
    """One round: what became of those that were rung, and who is rung next. Whether anybody rang in it.

    A ring without its sound does not say the number of the instruction.
    """
    async with database.snapshots.begin() as session:
        in_flight = await ring_store.list_in_flight(session)
    for ring, instruction in in_flight:
        await _follow(database, pbxs, settings, ring, instruction, clock)
    commanded = [pbx for pbx in settings.pbxs if pbxs.find(pbx.name) is not None]
    if not commanded:
        return bool(in_flight)
    async with database.snapshots.begin() as session:
        waiting = await ring_store.list_to_ring(session)
    has_rung = bool(in_flight)
    for instruction in waiting:
        sound = await sounds.find(commanded[0], spoken_of(instruction.number, Priority(instruction.priority)))
        since = asyncio.get_running_loop().time()
        async with database.sessions.begin() as session:
            written = await write_next_ring(session, instruction.id, commanded[0].name, settings, clock())
        if written is not None:
            await _send(database, pbxs, settings, written, sound, clock, since=since)
            has_rung = True
    return has_rung


async def _follow(
    database: Database,
    pbxs: PbxRegistry,
    settings: Settings,
    ring: InstructionRing,
    instruction: InstructionRow,
    clock: Clock,
) -> None:
    # Before the key, which is written while the call lasts.
    async with database.snapshots.begin() as session:
        outcome = await find_outcome(session, ring.pbx, ring.call_id)
    commands = pbxs.find(ring.pbx)
    key = await read_key(commands, FAMILY, ring.call_id)
    if key is None and clock() - ring.requested_at < LOST_AFTER:
        return
    async with database.sessions.begin() as session:
        await settle_ring(
            session, ring.id, ring.instruction_id, key or "", outcome, timezone=settings.timezone, now=clock()
        )
        is_over = InstructionState(instruction.state) not in WAITING
        is_ours = is_over and await ring_store.withdraw(session, ring.id, clock())
    if is_ours:
        await hang_up(commands, ring.call_id)


async def _send(
    database: Database,
    pbxs: PbxRegistry,
    settings: Settings,
    ring: InstructionRing,
    sound: str | None,
    clock: Clock,
    *,
    since: float,
) -> None:
    """Without a sound the unit is rung all the same, and hears no number."""
    state = await send_ring(
        pbxs,
        settings,
        family=FAMILY,
        pbx=ring.pbx,
        call_id=ring.call_id,
        number=ring.number,
        since=since,
        variables=[] if sound is None else [f"SPOKEN={sound}"],
    )
    if state is not None:
        async with database.sessions.begin() as session:
            await ring_store.end_ring(session, ring.id, state, clock())
