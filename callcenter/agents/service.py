"""What agents and supervisors do with seats.

The PBX is asked between two transactions. A sign-on is stored before, so that the unique indexes keep others out, and
removed where the PBX did not take it; a sign-off is stored once the PBX has done it. Where the process ends in between,
the seat is one that the PBX does not know, and the worker ends the sign-on.
"""

from __future__ import annotations

from collections.abc import Collection
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from callcenter.accounts.rights import SignedIn
from callcenter.accounts.store import log_access
from callcenter.agents import seat_commands, state_store, store
from callcenter.agents.rules import (
    PauseReason,
    Seat,
    SeatState,
    Skill,
    Supervision,
    find_wrap_up_end,
    reason_behind_call,
    wrap_up_reason,
)
from callcenter.error_codes import ErrorCode
from callcenter.errors import ConflictError, PbxError, RefusedError
from callcenter.pbx.commands import AmiCommands
from callcenter.pbx.registry import PbxRegistry
from callcenter.postgres.database import Database


async def sign_on(
    database: Database,
    pbxs: PbxRegistry,
    *,
    user: SignedIn,
    seat: Seat,
    now: datetime,
    queues: Collection[str] | None = None,
) -> None:
    """Sit down at a seat whose device `check_device` has let through, in the queues of one's skills.

    `queues` are those of its PBX, None where it does not say: a queue that it had once keeps nobody out of the others.
    Raises RefusedError for a user without a queue, ConflictError where either is taken, PbxError where the PBX did not
    take it: then nothing is changed.
    """
    commands = pbxs.get(seat.pbx)
    async with database.sessions.begin() as session:
        skills = await store.list_skills(session, user.user_id)
        if not skills:
            raise RefusedError("Nobody has given you a queue yet.", code=ErrorCode.NO_QUEUES)
        if queues is not None:
            skills = [skill for skill in skills if skill.queue in queues]
            if not skills:
                raise RefusedError("The PBX has none of your queues any more.", code=ErrorCode.NO_QUEUES)
        await store.add_sign_on(session, user.user_id, seat, now)
    try:
        await _join(commands, seat, skills, name=user.name)
    except PbxError:
        async with database.sessions.begin() as session:
            await store.remove_sign_on(session, user.user_id, seat)
        raise
    async with database.sessions.begin() as session:
        await state_store.change_person(session, seat, user.user_id, now)


async def sign_off(database: Database, pbxs: PbxRegistry, *, user_id: int, ended_by: str, now: datetime) -> None:
    """Leave every queue. Raises ConflictError for one who is not signed on, PbxError."""
    async with database.sessions.begin() as session:
        seat, commands = await get_seat(session, pbxs, user_id)
        queues = {skill.queue for skill in await store.list_skills(session, user_id)}
        queues |= await store.list_queues(session, seat)
    for queue in sorted(queues):
        await seat_commands.remove_member(commands, seat.interface, queue)
    async with database.sessions.begin() as session:
        await store.end_sign_on(session, user_id, at=now, ended_by=ended_by)
        await state_store.change_person(session, seat, None, now)


async def pause(database: Database, pbxs: PbxRegistry, *, user_id: int, reason: PauseReason) -> None:
    """Raises ConflictError for one who is not signed on, PbxError."""
    seat, commands = await find_seat(database, pbxs, user_id)
    await seat_commands.pause(commands, seat.interface, reason.value)


async def resume(database: Database, pbxs: PbxRegistry, *, user_id: int) -> None:
    """End a pause or a wrap-up. Raises ConflictError for one who is not signed on, PbxError."""
    seat, commands = await find_seat(database, pbxs, user_id)
    await seat_commands.resume(commands, seat.interface)


async def set_wrap_up(database: Database, pbxs: PbxRegistry, *, user_id: int, lasts: timedelta, now: datetime) -> None:
    """Let the wrap-up that runs end so much later than now, or at once. Raises ConflictError where none runs.

    What was asked for behind it stays so.
    """
    async with database.sessions.begin() as session:
        seat, commands = await get_seat(session, pbxs, user_id)
        present = await store.find_present(session, seat)
        if present is None or find_wrap_up_end(present.reason) is None:
            raise ConflictError("No wrap-up is running.", code=ErrorCode.NO_WRAP_UP)
    if lasts:
        reason = wrap_up_reason(now + lasts, next_reason=present.next_reason)
        await seat_commands.pause(commands, seat.interface, reason)
    else:
        await seat_commands.end_wrap_up(commands, seat.interface, present.next_reason)


async def set_next_status(database: Database, pbxs: PbxRegistry, *, user_id: int, reason: PauseReason | None) -> None:
    """What comes when the call or the wrap-up that goes on is over: this pause, or with None further calls.

    The PBX keeps the wish, as it keeps pauses; whoever pauses or resumes the seat meanwhile has the last word. Where
    nothing goes on, the pause begins at once. Raises ConflictError for one who is not signed on, PbxError.
    """
    async with database.sessions.begin() as session:
        seat, commands = await get_seat(session, pbxs, user_id)
        present = await store.find_present(session, seat)
    is_in_call = present is not None and present.state in (SeatState.TALKING, SeatState.ON_HOLD)
    wrap_up_ends_at = None if present is None else find_wrap_up_end(present.reason)
    if wrap_up_ends_at is not None:
        await seat_commands.pause(commands, seat.interface, wrap_up_reason(wrap_up_ends_at, next_reason=reason))
    elif reason is not None:
        asked = reason_behind_call(reason) if is_in_call else reason.value
        await seat_commands.pause(commands, seat.interface, asked)
    elif is_in_call:
        await seat_commands.resume(commands, seat.interface)


async def change_queues(
    database: Database, pbxs: PbxRegistry, *, name: str, user_id: int, before: Collection[Skill]
) -> None:
    """Bring one who is signed on into the queues of their skills, and out of all others; `before` are the old ones.

    Raises ConflictError, PbxError.
    """
    async with database.sessions.begin() as session:
        seat, commands = await get_seat(session, pbxs, user_id)
        skills = await store.list_skills(session, user_id)
        others = await store.list_queues(session, seat) | {skill.queue for skill in before}
    await _join(commands, seat, skills, name=name)
    for skill in skills:
        await seat_commands.set_penalty(commands, seat.interface, skill)
    for queue in sorted(others - {skill.queue for skill in skills}):
        await seat_commands.remove_member(commands, seat.interface, queue)


@dataclass(frozen=True, kw_only=True, slots=True)
class Visit:
    """A supervisor's way into an agent's call: the device that is rung, and the one that is listened to."""

    commands: AmiCommands
    supervisor: str
    agent: str


async def allow_supervision(
    session: AsyncSession,
    pbxs: PbxRegistry,
    *,
    user: SignedIn,
    name: str,
    mode: Supervision,
    device: str | None,
    now: datetime,
) -> Visit:
    """Write into the access log that a supervisor takes part in an agent's call, which can then be done.

    `device` has gone through `check_device`; None for where the supervisor sits. Raises NotFoundError, ConflictError
    where one of them sits nowhere or the agent is in no call.
    """
    seat, commands = await get_seat(session, pbxs, await store.get_agent_id(session, name))
    own = await store.find_seat(session, user.user_id)
    rung = device or (own.interface if own is not None and own.pbx == seat.pbx else None)
    if rung is None:
        raise ConflictError("Sign on, or name the device that shall ring.", code=ErrorCode.NO_DEVICE_TO_RING)
    if rung == seat.interface:
        raise ConflictError("Nobody can listen to their own call.", code=ErrorCode.OWN_CALL)
    present = await store.find_present(session, seat)
    if present is None or present.state not in (SeatState.TALKING, SeatState.ON_HOLD):
        raise ConflictError("The agent is in no call.", code=ErrorCode.AGENT_NOT_IN_CALL)
    await log_access(session, user, f"call ({mode})", f"agents/{name} at {seat.interface}, from {rung}", now)
    return Visit(commands=commands, supervisor=rung, agent=seat.interface)


async def get_seat(session: AsyncSession, pbxs: PbxRegistry, user_id: int) -> tuple[Seat, AmiCommands]:
    """Where an agent sits, and how the PBX there is commanded. Raises ConflictError, PbxError."""
    seat = await store.find_seat(session, user_id)
    if seat is None:
        raise ConflictError("The agent is not signed on.", code=ErrorCode.NOT_SIGNED_ON)
    if seat.pbx not in pbxs.names:
        raise ConflictError(
            f"The agent sits at {seat.pbx}, which is commanded elsewhere.",
            code=ErrorCode.OTHER_PBX,
            params={"pbx": seat.pbx},
        )
    return seat, pbxs.get(seat.pbx)


async def find_seat(database: Database, pbxs: PbxRegistry, user_id: int) -> tuple[Seat, AmiCommands]:
    """The same in a transaction of its own."""
    async with database.sessions.begin() as session:
        return await get_seat(session, pbxs, user_id)


async def _join(commands: AmiCommands, seat: Seat, skills: Collection[Skill], *, name: str) -> None:
    """Into all these queues, or where one fails into none that is new."""
    async with AsyncExitStack() as undo:
        for skill in skills:
            if await seat_commands.add_member(commands, seat.interface, skill, name=name):
                undo.push_async_callback(seat_commands.remove_member, commands, seat.interface, skill.queue)
        undo.pop_all()
