"""Starting a broadcast, writing down who acknowledged, letting it end: each function in its caller's transaction."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession

from callcenter.accounts.rights import SignedIn
from callcenter.audio.speech import can_speak
from callcenter.casework.broadcasts import recording_store, store
from callcenter.casework.broadcasts.drills import MissingDrill, find_missing_drill
from callcenter.casework.broadcasts.rules import (
    MOST_TARGETS,
    AnsweredVia,
    BroadcastEventKind,
    BroadcastFilter,
    BroadcastKind,
    Expectation,
    expect,
    length_of,
    list_reaches,
)
from callcenter.casework.broadcasts.states import TargetState, TargetStep, next_state
from callcenter.casework.broadcasts.tables import BroadcastTarget
from callcenter.dialling.gate import is_calling_hour
from callcenter.error_codes import ErrorCode
from callcenter.errors import ConflictError
from callcenter.settings import Settings


@dataclass(frozen=True, kw_only=True, slots=True)
class NewBroadcast:
    """What is asked for; `key` and `hash` are of the request."""

    kind: BroadcastKind
    subject: str
    spoken_text: str | None
    recording_id: int | None
    """What is played where no text is spoken."""
    wanted: BroadcastFilter
    filter_json: Mapping[str, Any]
    key: str
    hash: str


async def find_drill_due(session: AsyncSession, now: datetime, timezone: ZoneInfo) -> MissingDrill | None:
    """The quarter that nears its end without a drill; None also where there is nobody to be reached."""
    if not await store.has_contacts(session):
        return None
    last = await store.find_last_drill(session)
    last_day = None if last is None else last.astimezone(timezone).date()
    return find_missing_drill(now.astimezone(timezone).date(), last_day)


async def start(session: AsyncSession, new: NewBroadcast, *, settings: Settings, user: SignedIn, now: datetime) -> int:
    """The id of the broadcast; the same key again starts nothing.

    Raises NotFoundError for a recording that there is not; ConflictError where nobody is reached, too many are, it is a
    drill outside calling hours, or no PBX speaks.
    """
    known = await store.find_by_key(session, user.user_id, new.key)
    if known is None:
        await _check_now(session, new, settings, now)
        reached = await store.list_reached(session, new.wanted)
        if not reached:
            raise ConflictError("No contact is as the filter says.", code=ErrorCode.NOBODY_REACHED)
        if len(reached) > MOST_TARGETS:
            raise ConflictError(
                f"A broadcast goes to {MOST_TARGETS} organisations at most.",
                code=ErrorCode.TOO_MANY_REACHED,
                params={"limit": MOST_TARGETS},
            )
        values = {
            "kind": new.kind.value,
            "subject": new.subject,
            "spoken_text": new.spoken_text,
            "recording_id": new.recording_id,
            "filter": dict(new.filter_json),
            "started_by": user.user_id,
            "started_at": now,
            "idempotency_key": new.key,
            "request_hash": new.hash,
        }
        broadcast_id = await store.add_broadcast(session, values)
        if broadcast_id is not None:
            for organisation, (name, _) in reached.items():
                await store.add_target(session, broadcast_id, organisation, name, now)
            started = BroadcastEventKind.STARTED
            await store.add_event(
                session, broadcast_id, started, at=now, by=user.user_id, body={"targets": len(reached)}
            )
            return broadcast_id
        known = await store.find_by_key(session, user.user_id, new.key)
    if known is None or known.request_hash != new.hash:
        raise ConflictError("The Idempotency-Key was used for another request.", code=ErrorCode.KEY_REUSED)
    return known.id


async def expect_of(session: AsyncSession, new: NewBroadcast, settings: Settings) -> Expectation:
    """How long a broadcast takes, by whom it reaches now. Raises NotFoundError for a recording that there is not."""
    if new.recording_id is None:
        said = length_of(new.spoken_text or "")
    else:
        said = (await recording_store.get_recording(session, new.recording_id))[0].duration
    reached = await store.list_reached(session, new.wanted)
    chains = [len(list_reaches(contacts)) for _, contacts in reached.values()]
    return expect(
        chains,
        said,
        lines=settings.broadcast_lines,
        rounds=settings.broadcast_rounds,
        apart=settings.broadcast_round_apart,
    )


async def note_acknowledgement(
    session: AsyncSession, broadcast_id: int, target_id: int, name: str, how: str, *, user: SignedIn, now: datetime
) -> None:
    """Somebody of the organisation said that they know. Raises NotFoundError, ConflictError."""
    target = await store.lock_target(session, broadcast_id, target_id)
    state = next_state(TargetState(target.state), TargetStep.NOTE)
    await acknowledge(session, target, state, name, AnsweredVia.MANUAL, how=how, by=user.user_id, now=now)


async def acknowledge(
    session: AsyncSession,
    target: BroadcastTarget,
    state: TargetState,
    name: str,
    via: AnsweredVia,
    *,
    how: str | None = None,
    by: int | None = None,
    now: datetime,
    body: Mapping[str, Any] | None = None,
) -> None:
    """The organisation knows: written down with who said so."""
    values = {
        "acknowledged_at": now,
        "acknowledged_by": name,
        "acknowledged_via": via.value,
        "acknowledged_how": how,
    }
    await store.change_target(session, target, state, values)
    said = {"name": name, "via": via.value} | ({} if how is None else {"how": how}) | dict(body or {})
    acknowledged = BroadcastEventKind.ACKNOWLEDGED
    await store.add_event(session, target.broadcast_id, acknowledged, target_id=target.id, at=now, by=by, body=said)


async def end(session: AsyncSession, broadcast_id: int, *, user: SignedIn, now: datetime) -> None:
    """Nobody more is rung; whoever is rung at this moment may still answer. Raises NotFoundError, ConflictError."""
    row = await store.get_broadcast(session, broadcast_id, is_locked=True)
    if row.stopped_at is not None or row.ended_at is not None:
        raise ConflictError("This broadcast has ended.", code=ErrorCode.BROADCAST_ENDED)
    await store.stop(session, row.id, now)
    await store.add_event(session, row.id, BroadcastEventKind.STOPPED, at=now, by=user.user_id)
    for target in await store.lock_waiting(session, row.id):
        await give_up(session, target, now, by=user.user_id)


async def give_up(session: AsyncSession, target: BroadcastTarget, now: datetime, *, by: int | None = None) -> None:
    """The organisation, which is locked and waits, is not rung any more."""
    state = next_state(TargetState(target.state), TargetStep.GIVE_UP)
    await store.change_target(session, target, state)
    unreachable = BroadcastEventKind.UNREACHABLE
    await store.add_event(session, target.broadcast_id, unreachable, target_id=target.id, at=now, by=by)


async def _check_now(session: AsyncSession, new: NewBroadcast, settings: Settings, now: datetime) -> None:
    if new.kind is BroadcastKind.DRILL and not await is_calling_hour(session, settings, now):
        raise ConflictError("A drill is held in calling hours.", code=ErrorCode.OUTSIDE_HOURS)
    is_spoken = new.recording_id is None
    if not is_spoken:
        await recording_store.get_recording(session, new.recording_id or 0)
    if (is_spoken and not can_speak()) or all(pbx.spoken_dir is None for pbx in settings.pbxs):
        raise ConflictError(
            "It cannot be said: espeak-ng is missing for a text, or no PBX has a folder for it.",
            code=ErrorCode.TEXT_NOT_SPOKEN,
        )


def hash_request(text: str) -> str:
    """By which the same request is known again."""
    return hashlib.sha256(text.encode()).hexdigest()
