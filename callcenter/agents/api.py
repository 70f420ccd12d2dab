"""Agents over HTTP: who sits where, signing on and off, pauses, and what supervisors do.

A command is answered by 202: its result shows in `GET /agents` once the PBX has reported it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Request, Response

from callcenter.accounts.api import SignedInUser, require
from callcenter.accounts.rights import Right
from callcenter.accounts.rules import NAME_PATTERN
from callcenter.accounts.store import log_access
from callcenter.agents import seat_commands, service, store, waiting_callers
from callcenter.agents.inventory import PbxInventory, check_known
from callcenter.agents.rules import check_device, is_registered, kind_of
from callcenter.agents.schemas import (
    AgentPage,
    DevicePage,
    DeviceView,
    NewMove,
    NewPause,
    NewSignOn,
    NewSkills,
    NewSupervision,
    NewWrapUp,
    QueuePage,
    QueueView,
    TimesPage,
    TimesQuery,
    describe_agents,
    describe_times,
)
from callcenter.agents.service import CommandedPbx
from callcenter.agents.state_times import sum_times
from callcenter.error_codes import ErrorCode
from callcenter.errors import CallcenterError, InputError, NotFoundError
from callcenter.http.commands import COMMAND, Commands, PossibleCommands, accepted, get_commands
from callcenter.http.cursors import value_cursors
from callcenter.http.dependencies import Now, OpenDatabase, Transaction
from callcenter.http.pages import PageQuery, cut_whole
from callcenter.pbx.trunks import Trunks
from callcenter.settings import Settings

router = APIRouter(tags=["agents"])

_AGENTS = value_cursors("agents", str)
_QUEUES = value_cursors("queues", str)
_DEVICES = value_cursors("devices", str)
_TIMES = value_cursors("agents/times", str)


def get_pbx(request: Request, commands: Commands) -> CommandedPbx:
    """Raises PbxError where no command login is set."""
    return CommandedPbx(name=request.app.state.settings.pbx, commands=commands)


def get_inventory(request: Request) -> PbxInventory:
    """What this process knows of the PBX's queues and devices."""
    inventory: PbxInventory = request.app.state.inventory
    return inventory


Inventory = Annotated[PbxInventory, Depends(get_inventory)]
AgentName = Annotated[str, Path(pattern=NAME_PATTERN)]

Pbx = Annotated[CommandedPbx, Depends(get_pbx)]
"""Asked for behind the user: who may not do it learns nothing about the PBX."""


@router.get("/agents", dependencies=[require(Right.SEE_AGENTS)])
async def get_agents(query: Annotated[PageQuery, Query()], session: Transaction, now: Now) -> AgentPage:
    """Who sits where and does what. States are those that the PBX reported; while it is not heard they are null."""
    agents = await store.list_agents(session)
    present = await store.list_present(session)
    whole = describe_agents(agents, present, await store.list_heard(session), now=now)
    page, following = cut_whole(whole.items, query, _AGENTS, lambda agent: agent.user)
    return whole.model_copy(update={"items": page, "next": following})


@router.get("/queues", dependencies=[require(Right.SEE_AGENTS)])
async def get_queues(
    query: Annotated[PageQuery, Query()], commands: PossibleCommands, inventory: Inventory, now: Now, request: Request
) -> QueuePage:
    """The queues of the PBX, and when it listed them."""
    listed = None if commands is None else await inventory.list_queues(commands, now)
    names, known_at = ((), None) if listed is None else (listed.names, listed.known_at)
    page, following = cut_whole(names, query, _QUEUES, lambda name: name)
    items = [QueueView(pbx=request.app.state.settings.pbx, name=name) for name in page]
    return QueuePage(items=items, next=following, known_at=known_at)


@router.get("/devices", dependencies=[require(Right.SEE_AGENTS)])
async def get_devices(
    query: Annotated[PageQuery, Query()],
    commands: PossibleCommands,
    inventory: Inventory,
    session: Transaction,
    now: Now,
    request: Request,
) -> DevicePage:
    """The devices of the PBX at which agents may sit, whether each can be rung, who sits there, and when it listed
    them."""
    settings: Settings = request.app.state.settings
    listed = None if commands is None else await inventory.list_devices(commands, now)
    names, known_at = ((), None) if listed is None else (listed.names, listed.known_at)
    page, following = cut_whole(_list_seats(names, settings), query, _DEVICES, lambda name: name)
    takers = await store.list_takers(session, settings.pbx)
    items = [
        DeviceView(
            pbx=settings.pbx,
            name=name,
            kind=kind_of(name, settings.phones_in_pages),
            is_registered=None if listed is None else is_registered(listed.states.get(name, "")),
            taken_by=takers.get(name),
        )
        for name in page
    ]
    return DevicePage(items=items, next=following, known_at=known_at)


@router.get("/agents/times", dependencies=[require(Right.SEE_AGENTS)])
async def get_times(
    query: Annotated[TimesQuery, Query()], user: SignedInUser, session: Transaction, now: Now
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
    pbx: Pbx,
    inventory: Inventory,
    session: Transaction,
    now: Now,
    request: Request,
) -> Response:
    """Sit down at a device and take the calls of one's queues."""
    device = _check_device(order.device, request.app.state.settings)
    await check_known(pbx.commands, device)
    listed = await inventory.list_queues(pbx.commands, now)
    queues = None if listed is None else listed.names
    await service.sign_on(session, pbx, user=user, device=device, now=now, queues=queues)
    return accepted("/agents")


@router.post("/agents/me/sign-off", dependencies=[require(Right.TAKE_CALLS)], **COMMAND)
async def sign_off(user: SignedInUser, pbx: Pbx, session: Transaction, now: Now) -> Response:
    """Leave every queue; a call that is up goes on."""
    await service.sign_off(session, pbx, user_id=user.user_id, ended_by="agent", now=now)
    return accepted("/agents")


@router.post("/agents/me/pause", dependencies=[require(Right.TAKE_CALLS)], **COMMAND)
async def pause(order: NewPause, user: SignedInUser, pbx: Pbx, session: Transaction) -> Response:
    """Take no calls of queues until `resume`."""
    await service.pause(session, pbx, user_id=user.user_id, reason=order.reason)
    return accepted("/agents")


@router.post("/agents/me/resume", dependencies=[require(Right.TAKE_CALLS)], **COMMAND)
async def resume(user: SignedInUser, pbx: Pbx, session: Transaction) -> Response:
    """End the pause or the wrap-up."""
    await service.resume(session, pbx, user_id=user.user_id)
    return accepted("/agents")


@router.post("/agents/me/wrap-up", dependencies=[require(Right.TAKE_CALLS)], **COMMAND)
async def set_wrap_up(order: NewWrapUp, user: SignedInUser, pbx: Pbx, session: Transaction, now: Now) -> Response:
    """Let the wrap-up that runs last so much longer, or end."""
    lasts = timedelta(seconds=order.seconds)
    await service.set_wrap_up(session, pbx, user_id=user.user_id, lasts=lasts, now=now)
    return accepted("/agents")


@router.put("/agents/{name}/skills", status_code=204, dependencies=[require(Right.MANAGE_AGENTS)])
async def set_skills(
    name: AgentName,
    order: NewSkills,
    database: OpenDatabase,
    now: Now,
    inventory: Inventory,
    commands: PossibleCommands,
    request: Request,
) -> None:
    """The queues of an agent, as the PBX has them; one who is signed on changes queues at once."""
    if commands is not None:
        await inventory.check_queues(commands, order.to_skills(), now)
    async with database.sessions.begin() as session:
        user_id = await store.get_agent_id(session, name)
        before = await store.list_skills(session, user_id)
        await store.replace_skills(session, user_id, order.to_skills())
        is_on = await store.find_seat(session, user_id) is not None
    if is_on:
        pbx = get_pbx(request, get_commands(request))
        async with database.sessions.begin() as session:
            await service.change_queues(session, pbx, name=name, user_id=user_id, before=before)


@router.post("/agents/{name}/pause", dependencies=[require(Right.MANAGE_AGENTS)], **COMMAND)
async def pause_agent(
    name: AgentName, order: NewPause, user: SignedInUser, pbx: Pbx, session: Transaction, now: Now
) -> Response:
    """Have an agent take no calls of queues."""
    await service.pause(session, pbx, user_id=await store.get_agent_id(session, name), reason=order.reason)
    await log_access(session, user, f"pause ({order.reason})", f"agents/{name}", now)
    return accepted("/agents")


@router.post("/agents/{name}/resume", dependencies=[require(Right.MANAGE_AGENTS)], **COMMAND)
async def resume_agent(name: AgentName, user: SignedInUser, pbx: Pbx, session: Transaction, now: Now) -> Response:
    """End an agent's pause or wrap-up."""
    await service.resume(session, pbx, user_id=await store.get_agent_id(session, name))
    await log_access(session, user, "resume", f"agents/{name}", now)
    return accepted("/agents")


@router.post("/agents/{name}/sign-off", dependencies=[require(Right.MANAGE_AGENTS)], **COMMAND)
async def sign_agent_off(name: AgentName, user: SignedInUser, pbx: Pbx, session: Transaction, now: Now) -> Response:
    """Take an agent out of every queue; a call that is up goes on."""
    user_id = await store.get_agent_id(session, name)
    await service.sign_off(session, pbx, user_id=user_id, ended_by=user.name, now=now)
    await log_access(session, user, "sign-off", f"agents/{name}", now)
    return accepted("/agents")


@router.post("/agents/{name}/supervise", dependencies=[require(Right.SUPERVISE_CALLS)], **COMMAND)
async def supervise(
    name: AgentName,
    order: NewSupervision,
    user: SignedInUser,
    pbx: Pbx,
    database: OpenDatabase,
    now: Now,
    request: Request,
) -> Response:
    """Listen to an agent's call, whisper to the agent, or barge in: the supervisor's phone rings."""
    settings: Settings = request.app.state.settings
    device = None if order.device is None else _check_device(order.device, settings)
    if device is not None:
        await check_known(pbx.commands, device)
    async with database.sessions.begin() as session:
        visit = await service.allow_supervision(
            session, pbx, user=user, name=name, mode=order.mode, device=device, now=now
        )
    await seat_commands.supervise(
        pbx.commands,
        order.mode,
        agent=visit.agent,
        supervisor=visit.supervisor,
        has_tone=settings.supervision_tone,
    )
    return accepted("/agents")


@router.post("/calls/{pbx}/{call_id:path}/move", dependencies=[require(Right.MANAGE_AGENTS)], **COMMAND)
async def move_caller(
    pbx: str, call_id: str, order: NewMove, user: SignedInUser, commanded: Pbx, session: Transaction, now: Now
) -> Response:
    """Move a caller who waits into another queue, or without one in front of all others."""
    if pbx != commanded.name:
        raise NotFoundError("There is no such PBX to command.")
    if "\0" in call_id:
        raise InputError("A call is named by text.")
    if order.queue is None:
        await waiting_callers.move_up(commanded.commands, call_id)
        await store.save_moved_up(session, pbx, call_id, now)
    else:
        await waiting_callers.move_to_queue(commanded.commands, call_id, order.queue)
    await log_access(session, user, f"move ({order.queue or 'up'})", f"{pbx}/{call_id}", now)
    return accepted(f"/calls/{pbx}/{call_id}")


def _check_device(device: str, settings: Settings) -> str:
    trunks = Trunks.parse(",".join(settings.trunks))
    return check_device(device, allowed=settings.agent_devices, trunks=trunks)


def _list_seats(devices: Sequence[str], settings: Settings) -> list[str]:
    def may_be_sat_at(device: str) -> bool:
        try:
            _check_device(device, settings)
        except CallcenterError:
            return False
        return True

    return [device for device in devices if may_be_sat_at(device)]
