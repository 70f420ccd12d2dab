"""The part of the backend that rings for broadcasts: some lines at once, and nobody while a caller waits."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from callcenter.casework.broadcasts import recording_store, ring_store, store
from callcenter.casework.broadcasts.ring_service import end_finished, end_ring, settle_ring, write_next_ring
from callcenter.casework.broadcasts.schemas import BroadcastFilterBody
from callcenter.casework.broadcasts.tables import BroadcastRing, BroadcastRow
from callcenter.casework.key_calls.phone import hang_up, read_key, send_ring
from callcenter.casework.key_calls.rules import LOST_AFTER
from callcenter.casework.key_calls.sound import Sounds
from callcenter.casework.key_calls.store import find_outcome
from callcenter.clock import Clock, utc_now
from callcenter.dialling.gate import is_calling_hour
from callcenter.pbx.registry import PbxRegistry
from callcenter.pbx_settings import Pbx
from callcenter.postgres.database import Database
from callcenter.postgres.follow_loop import follow
from callcenter.settings import Settings

POLL_SECONDS = 1.0
FAMILY = "broadcast"
"""The context of the dialplan that speaks and asks for a key, and where it keeps that in Asterisk's database."""


async def ring_contacts(database: Database, pbxs: PbxRegistry, settings: Settings, clock: Clock = utc_now) -> None:
    """Until cancelled, in any number of processes. Outages of the database are waited out."""
    sounds = Sounds()

    async def work() -> None:
        await look_at_broadcasts(database, pbxs, settings, sounds, clock)

    await follow(database, work, task="broadcasts", every=POLL_SECONDS)


async def look_at_broadcasts(
    database: Database, pbxs: PbxRegistry, settings: Settings, sounds: Sounds, clock: Clock
) -> None:
    """One round: what became of those that were rung, who is rung next, and which broadcasts are over."""
    async with database.snapshots.begin() as session:
        in_flight = await ring_store.list_in_flight(session)
    for ring, broadcast in in_flight:
        await _follow(database, pbxs, ring, broadcast, clock)
    speaking = [pbx for pbx in settings.pbxs if pbx.spoken_dir is not None and pbxs.find(pbx.name) is not None]
    if speaking:
        await _ring_due(database, pbxs, speaking[0], settings, sounds, clock)
    async with database.sessions.begin() as session:
        await end_finished(session, clock())


async def _follow(
    database: Database, pbxs: PbxRegistry, ring: BroadcastRing, broadcast: BroadcastRow, clock: Clock
) -> None:
    # Before the key, which is written while the call lasts.
    async with database.snapshots.begin() as session:
        outcome = await find_outcome(session, ring.pbx, ring.call_id)
    commands = pbxs.find(ring.pbx)
    key = await read_key(commands, FAMILY, ring.call_id)
    if key is None and clock() - ring.requested_at < LOST_AFTER:
        return
    async with database.sessions.begin() as session:
        await settle_ring(session, broadcast.id, ring, key or "", outcome, clock())
        is_ours = broadcast.stopped_at is not None and await ring_store.withdraw(session, ring.id, clock())
    if is_ours:
        await hang_up(commands, ring.call_id)


async def _ring_due(
    database: Database, pbxs: PbxRegistry, pbx: Pbx, settings: Settings, sounds: Sounds, clock: Clock
) -> None:
    async with database.snapshots.begin() as session:
        due = await _list_due(session, settings, clock)
        broadcasts = {broadcast_id: await store.get_broadcast(session, broadcast_id) for broadcast_id, _ in due}
    for broadcast_id, target_id in due:
        broadcast = broadcasts[broadcast_id]
        sound = await _find_sound(database, pbx, broadcast, sounds)
        if sound is None:
            continue  # nobody is asked to acknowledge what was not said
        since = asyncio.get_running_loop().time()
        wanted = BroadcastFilterBody.model_validate(broadcast.filter).to_filter()
        async with database.sessions.begin() as session:
            lines = _free(settings, await ring_store.list_lines(session))
            ring = lines and await write_next_ring(
                session, broadcast, wanted, target_id, pbx.name, lines, settings, clock()
            )
        if not lines:
            return
        if ring:
            await _send(database, pbxs, settings, broadcast, ring, sound, clock, since=since)


async def _find_sound(database: Database, pbx: Pbx, broadcast: BroadcastRow, sounds: Sounds) -> str | None:
    if broadcast.recording_id is None:
        return await sounds.find(pbx, broadcast.spoken_text or "")
    async with database.snapshots.begin() as session:
        recording, _ = await recording_store.get_recording(session, broadcast.recording_id)
        if sounds.has(pbx, recording.sha256):
            return recording.sha256
        wav = await recording_store.read_wav(session, recording.id)
    return await sounds.put(pbx, recording.sha256, wav)


async def _list_due(session: AsyncSession, settings: Settings, clock: Clock) -> Sequence[tuple[int, int]]:
    """Nobody, where all lines ring or somebody waits."""
    due = await ring_store.list_due(session, clock(), are_drills=True)
    if not due or not _free(settings, await ring_store.list_lines(session)):
        return []
    if not await ring_store.is_queue_empty(session, settings.pbx_names, clock()):
        return []
    if await is_calling_hour(session, settings, clock()):
        return due
    return await ring_store.list_due(session, clock(), are_drills=False)


def _free(settings: Settings, rung: set[int]) -> list[int]:
    return [line for line in range(1, settings.broadcast_lines + 1) if line not in rung]


async def _send(
    database: Database,
    pbxs: PbxRegistry,
    settings: Settings,
    broadcast: BroadcastRow,
    ring: BroadcastRing,
    sound: str,
    clock: Clock,
    *,
    since: float,
) -> None:
    state = await send_ring(
        pbxs,
        settings,
        family=FAMILY,
        pbx=ring.pbx,
        call_id=ring.call_id,
        number=ring.number,
        since=since,
        variables=[f"SPOKEN={sound}", f"BROADCAST_KIND={broadcast.kind}"],
    )
    if state is not None:
        async with database.sessions.begin() as session:
            await end_ring(session, broadcast.id, ring, state, clock())
