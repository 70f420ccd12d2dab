"""What can be asked about recordings."""

from __future__ import annotations

import asyncio
from collections.abc import Collection

from sqlalchemy.ext.asyncio import AsyncSession

from callcenter.accounts.rights import SignedIn
from callcenter.audio import store
from callcenter.audio.file_list import list_asked
from callcenter.audio.folders import list_folders
from callcenter.audio.retention import measure_space
from callcenter.audio.rules import MissingReason, Purpose, disk_state, kinds_of
from callcenter.audio.schemas import StorageView
from callcenter.audio.store import Condition, KeptFile
from callcenter.audio.tables import AudioFile
from callcenter.calls.records import Direction, Outcome
from callcenter.calls.rows import Key
from callcenter.calls.store import get_call
from callcenter.recordings.rules import reason_without_note
from callcenter.recordings.schemas import RecordingQuery
from callcenter.settings import Settings


async def list_recordings(
    session: AsyncSession, query: RecordingQuery, user: SignedIn, *, before: int | None
) -> list[KeptFile]:
    """Those that the user may hear, newest first; `before` is the id of the last one seen."""
    conditions: list[Condition] = [store.may_hear(user)]
    if query.kind is not None:
        conditions.append(AudioFile.kind == query.kind)
    return await list_asked(session, Purpose.RECORDING, query, before, *conditions)


async def list_of_call(
    session: AsyncSession, pbx: str, call_id: str, user: SignedIn
) -> tuple[list[KeptFile], MissingReason | None]:
    """The files of a call that the user may hear, or why it has none. Raises NotFoundError without such a call."""
    call = await get_call(session, pbx, call_id)
    of_call = (AudioFile.pbx == pbx, AudioFile.call_id == call_id, AudioFile.kind.in_(kinds_of(Purpose.RECORDING)))
    # Each read sees what is committed by then. The intake ends a due look together with the files or the reason that
    # it found, so what it ends is read before what it adds.
    is_due = await store.is_due(session, Purpose.RECORDING, pbx, call_id)
    noted = await store.find_missing(session, Purpose.RECORDING, pbx, call_id)
    has_files = await store.has_files(session, Purpose.RECORDING, pbx, call_id)
    files = await store.list_files(session, *of_call, store.may_hear(user))
    if files or has_files:
        return files, None
    if noted is not None:
        return [], noted
    return [], reason_without_note(
        direction=Direction(call.direction),
        outcome=None if call.outcome is None else Outcome(call.outcome),
        is_due=is_due,
    )


async def list_kept_paths(session: AsyncSession, calls: Collection[Key]) -> dict[Key, list[str]]:
    """The paths of the files that are kept of each of these calls, those that were deleted left out."""
    return await store.list_kept_paths(session, Purpose.RECORDING, calls)


async def measure_disks(settings: Settings) -> list[StorageView]:
    """Room on the disk below every folder that is there."""
    disks = []
    for folder in list_folders(settings):
        if not folder.path.is_dir():
            continue
        space = await asyncio.to_thread(measure_space, folder.path)
        state = disk_state(space, alarm_percent=settings.disk_alarm_percent, floor_percent=settings.disk_floor_percent)
        disks.append(
            StorageView(
                purpose=folder.purpose,
                pbx=folder.pbx,
                state=state,
                free_bytes=space.free,
                total_bytes=space.total,
                free_percent=round(space.free_percent, 1),
            )
        )
    return disks
