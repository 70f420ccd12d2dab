"""Agents over HTTP: who sits where, signing on and off, pauses, and what supervisors do.

A command is answered by 202: its result shows in `GET /agents` once the PBX has reported it.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response

from callcenter.accounts.api import SignedInUser, require
from callcenter.accounts.rights import Right, SignedIn
from callcenter.accounts.rules import NAME_PATTERN
from callcenter.accounts.store import log_access
from callcenter.agents import seat_commands, service, store, waiting_callers
from callcenter.agents.inventory import check_known, check_queues
from callcenter.agents.inventory_api import Inventories, check_seat
from callcenter.agents.rules import Seat
from callcenter.agents.schemas import (
    AgentPage,
    NewMove,
    NewNextStatus,
    NewPause,
    NewSignOn,
    NewSkills,
    NewSupervision,
    NewWrapUp,
    TimesPage,
    TimesQuery,
    describe_agents,
    describe_times,
)
from callcenter.agents.state_times import sum_times
from callcenter.error_codes import ErrorCode
from callcenter.errors import InputError
from callcenter.http.commands import COMMAND, Pbxs, accepted
from callcenter.http.cursors import value_cursors
from callcenter.http.dependencies import Now, OpenDatabase, Snapshot
from callcenter.http.pages import PageQuery, cut_whole
from callcenter.postgres.database import Database
from callcenter.settings import Settings

router = APIRouter(tags=["agents"])

_AGENTS = value_cursors("agents", str)
_TIMES = value_cursors("agents/times", str)


AgentName = Annotated[str, Path(pattern=NAME_PATTERN)]


@router.get("/agents", dependencies=[require(Right.SEE_AGENTS)])
async def get_agents(query: Annotated[PageQuery, Query()], session: Snapshot, now: Now) -> AgentPage:
    """Who sits where and does what. States are those that the PBX reported; while it is not heard they are null."""
    agents = await store.list_agents(session)
    present = await store.list_present(session)
    whole = describe_agents(agents, present, await store.list_heard(session), now=now)
    page, following = cut_whole(whole.items, query, _AGENTS, lambda agent: agent.user)
    return whole.model_copy(update={"items": page, "next": following})


@router.get("/agents/times", dependencies=[require(Right.SEE_AGENTS)])
async def get_times(
    query: Annotated[TimesQuery, Query()], user: SignedInUser, session: Snapshot, now: Now
) -> TimesPage:
    """How long agents were signed on and in which state; an agent sees their own time only."""
    if query.to <= query.from_:
        raise InputError(
            "The time that was asked for ends before it begins.", code=ErrorCode.RANGE_ENDS_BEFORE_IT_BEGINS
        )
    whose = None if user.may(Right.SEE_STATISTICS) else user.user_id
    times = await sum_times(session, query.from_, query.to, now=now, user_id=whose)
    page, following = cut_whole(times, query, _TIMES, lambda one: one.agent)
    return describe_times(page, from_at=query.from_, to_at=query.to, following=following)


@router.post("/agents/me/sign-on", dependencies=[require(Right.TAKE_CALLS)], **COMMAND)
async def sign_on(
    order: NewSignOn,
    user: SignedInUser,
    pbxs: Pbxs,
    inventories: Inventories,
    database: OpenDatabase,
    now: Now,
    request: Request,
) -> Response:
    """Sit down at a device and take the calls of one's queues."""
    pbx = pbxs.choose(order.pbx)
    commands = pbxs.get(pbx)
    device = check_seat(order.device, pbx, request.app.state.settings)
    await check_known(commands, device)
    listed = await inventories[pbx].list_queues(now)
    queues = None if listed is None else listed.names
    seat = Seat(pbx=pbx, interface=device)
    await service.sign_on(database, pbxs, user=user, seat=seat, now=now, queues=queues)
    return accepted("/agents")


@router.post("/agents/me/sign-off", dependencies=[require(Right.TAKE_CALLS)], **COMMAND)
async def sign_off(user: SignedInUser, pbxs: Pbxs, database: OpenDatabase, now: Now) -> Response:
    """Leave every queue; a call that is up goes on."""
    await service.sign_off(database, pbxs, user_id=user.user_id, ended_by="agent", now=now)
    return accepted("/agents")


@router.post("/agents/me/pause", dependencies=[require(Right.TAKE_CALLS)], **COMMAND)
async def pause(order: NewPause, user: SignedInUser, pbxs: Pbxs, database: OpenDatabase) -> Response:
    """Take no calls of queues until `resume`."""
    await service.pause(database, pbxs, user_id=user.user_id, reason=order.reason)
    return accepted("/agents")


@router.post("/agents/me/resume", dependencies=[require(Right.TAKE_CALLS)], **COMMAND)
async def resume(user: SignedInUser, pbxs: Pbxs, database: OpenDatabase) -> Response:
    """End the pause or the wrap-up."""
    await service.resume(database, pbxs, user_id=user.user_id)
    return accepted("/agents")


@router.post("/agents/me/wrap-up", dependencies=[require(Right.TAKE_CALLS)], **COMMAND)
async def set_wrap_up(order: NewWrapUp, user: SignedInUser, pbxs: Pbxs, database: OpenDatabase, now: Now) -> Response:
    """Let the wrap-up that runs last so much longer, or end."""
    lasts = timedelta(seconds=order.seconds)
    await service.set_wrap_up(database, pbxs, user_id=user.user_id, lasts=lasts, now=now)
    return accepted("/agents")


@router.put("/agents/me/next-status", dependencies=[require(Right.TAKE_CALLS)], **COMMAND)
async def set_next_status(order: NewNextStatus, user: SignedInUser, pbxs: Pbxs, database: OpenDatabase) -> Response:
    """What comes behind the call that goes on and its wrap-up; at once where neither does."""
    await service.set_next_status(database, pbxs, user_id=user.user_id, reason=order.reason)
    return accepted("/me")


@router.put("/agents/{name}/skills", status_code=204, dependencies=[require(Right.MANAGE_AGENTS)])
async def set_skills(
    name: AgentName,
    order: NewSkills,
    database: OpenDatabase,
    now: Now,
    inventories: Inventories,
    pbxs: Pbxs,
) -> None:
    """The queues of an agent, as the PBXs have them; one who is signed on changes queues at once."""
    await check_queues(inventories.values(), order.to_skills(), now)
    async with database.sessions.begin() as session:
        user_id = await store.get_agent_id(session, name)
        before = await store.list_skills(session, user_id)
        await store.replace_skills(session, user_id, order.to_skills())
        is_on = await store.find_seat(session, user_id) is not None
    if is_on:
        await service.change_queues(database, pbxs, name=name, user_id=user_id, before=before)


@router.post("/agents/{name}/pause", dependencies=[require(Right.MANAGE_AGENTS)], **COMMAND)
async def pause_agent(
    name: AgentName, order: NewPause, user: SignedInUser, pbxs: Pbxs, database: OpenDatabase, now: Now
) -> Response:
    """Have an agent take no calls of queues."""
    await service.pause(database, pbxs, user_id=await _agent_id(database, name), reason=order.reason)
    await _log(database, user, f"pause ({order.reason})", f"agents/{name}", now)
    return accepted("/agents")


@router.post("/agents/{name}/resume", dependencies=[require(Right.MANAGE_AGENTS)], **COMMAND)
async def resume_agent(name: AgentName, user: SignedInUser, pbxs: Pbxs, database: OpenDatabase, now: Now) -> Response:
    """End an agent's pause or wrap-up."""
    await service.resume(database, pbxs, user_id=await _agent_id(database, name))
    await _log(database, user, "resume", f"agents/{name}", now)
    return accepted("/agents")


@router.post("/agents/{name}/sign-off", dependencies=[require(Right.MANAGE_AGENTS)], **COMMAND)
async def sign_agent_off(name: AgentName, user: SignedInUser, pbxs: Pbxs, database: OpenDatabase, now: Now) -> Response:
    """Take an agent out of every queue; a call that is up goes on."""
    await service.sign_off(database, pbxs, user_id=await _agent_id(database, name), ended_by=user.name, now=now)
    await _log(database, user, "sign-off", f"agents/{name}", now)
    return accepted("/agents")


@router.post("/agents/{name}/supervise", dependencies=[require(Right.SUPERVISE_CALLS)], **COMMAND)
async def supervise(
    name: AgentName,
    order: NewSupervision,
    user: SignedInUser,
    pbxs: Pbxs,
    database: OpenDatabase,
    now: Now,
    request: Request,
) -> Response:
    """Listen to an agent's call, whisper to the agent, or barge in: the supervisor's phone rings.

    A device that is named is one of the PBX at which the agent sits.
    """
    settings: Settings = request.app.state.settings
    device = order.device
    if device is not None:
        async with database.sessions.begin() as session:
            seat, commands = await service.get_seat(session, pbxs, await store.get_agent_id(session, name))
        device = check_seat(device, seat.pbx, settings)
        await check_known(commands, device)
    async with database.sessions.begin() as session:
        visit = await service.allow_supervision(
            session, pbxs, user=user, name=name, mode=order.mode, device=device, now=now
        )
    await seat_commands.supervise(
        visit.commands,
        order.mode,
        agent=visit.agent,
        supervisor=visit.supervisor,
        has_tone=settings.supervision_tone,
    )
    return accepted("/agents")


@router.post("/calls/{pbx}/{call_id:path}/move", dependencies=[require(Right.MANAGE_AGENTS)], **COMMAND)
async def move_caller(
    pbx: str, call_id: str, order: NewMove, user: SignedInUser, pbxs: Pbxs, database: OpenDatabase, now: Now
) -> Response:
    """Move a caller who waits into another queue, or without one in front of all others."""
    commands = pbxs.get(pbx)
    if "\0" in call_id:
        raise InputError("A call is named by text.")
    if order.queue is None:
        await waiting_callers.move_up(commands, call_id)
    else:
        await waiting_callers.move_to_queue(commands, call_id, order.queue)
    async with database.sessions.begin() as session:
        if order.queue is None:
            await store.save_moved_up(session, pbx, call_id, now)
        await log_access(session, user, f"move ({order.queue or 'up'})", f"{pbx}/{call_id}", now)
    return accepted(f"/calls/{pbx}/{call_id}")


async def _agent_id(database: Database, name: str) -> int:
    async with database.sessions.begin() as session:
        return await store.get_agent_id(session, name)


async def _log(database: Database, user: SignedIn, what: str, whom: str, now: datetime) -> None:
    """What a supervisor has had done."""
    async with database.sessions.begin() as session:
        await log_access(session, user, what, whom, now)
