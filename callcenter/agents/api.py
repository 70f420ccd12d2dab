"""Agents over HTTP: who sits where, signing on and off, pauses, and what supervisors do.

A command is answered by 202: its result shows in `GET /agents` once the PBX has reported it.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Request, Response

from callcenter.accounts.api import SignedInUser, require
from callcenter.accounts.rights import Right
from callcenter.accounts.rules import NAME_PATTERN
from callcenter.accounts.store import log_access
from callcenter.agents import seat_commands, service, store, waiting_callers
from callcenter.agents.inventory import Listed, PbxInventory, check_known, check_queues
from callcenter.agents.rules import Seat, check_device, is_registered, kind_of
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
from callcenter.agents.state_times import sum_times
from callcenter.error_codes import ErrorCode
from callcenter.errors import CallcenterError, InputError
from callcenter.http.commands import COMMAND, Pbxs, accepted
from callcenter.http.cursors import pair_cursors, value_cursors
from callcenter.http.dependencies import Now, OpenDatabase, Transaction
from callcenter.http.pages import PageQuery, cut_whole
from callcenter.pbx.trunks import Trunks
from callcenter.settings import Settings

router = APIRouter(tags=["agents"])

_AGENTS = value_cursors("agents", str)
_QUEUES = pair_cursors("queues", str, str)
_DEVICES = pair_cursors("devices", str, str)
_TIMES = value_cursors("agents/times", str)


def get_inventories(request: Request) -> dict[str, PbxInventory]:
    """What this process knows of each PBX's queues and devices."""
    inventories: dict[str, PbxInventory] = request.app.state.inventories
    return inventories


Inventories = Annotated[dict[str, PbxInventory], Depends(get_inventories)]
AgentName = Annotated[str, Path(pattern=NAME_PATTERN)]


@router.get("/agents", dependencies=[require(Right.SEE_AGENTS)])
async def get_agents(query: Annotated[PageQuery, Query()], session: Transaction, now: Now) -> AgentPage:
    """Who sits where and does what. States are those that the PBX reported; while it is not heard they are null."""
    agents = await store.list_agents(session)
    present = await store.list_present(session)
    whole = describe_agents(agents, present, await store.list_heard(session), now=now)
    page, following = cut_whole(whole.items, query, _AGENTS, lambda agent: agent.user)
    return whole.model_copy(update={"items": page, "next": following})


@router.get("/queues", dependencies=[require(Right.SEE_AGENTS)])
async def get_queues(query: Annotated[PageQuery, Query()], inventories: Inventories, now: Now) -> QueuePage:
    """The queues of the PBXs, and when they listed them."""
    listed = {pbx: await inventory.list_queues(now) for pbx, inventory in inventories.items()}
    page, following = cut_whole(_by_name(listed), query, _QUEUES, lambda place: place)
    items = [QueueView(pbx=pbx, name=name) for name, pbx in page]
    return QueuePage(items=items, next=following, known_at=_known_at(listed))


@router.get("/devices", dependencies=[require(Right.SEE_AGENTS)])
async def get_devices(
    query: Annotated[PageQuery, Query()],
    inventories: Inventories,
    session: Transaction,
    now: Now,
    request: Request,
) -> DevicePage:
    """The devices of the PBXs at which agents may sit, whether each can be rung, who sits there, and when they were
    listed."""
    settings: Settings = request.app.state.settings
    listed = {pbx: await inventory.list_devices(now) for pbx, inventory in inventories.items()}
    seats = [(name, pbx) for name, pbx in _by_name(listed) if _may_be_sat_at(name, pbx, settings)]
    page, following = cut_whole(seats, query, _DEVICES, lambda place: place)
    states = {pbx: devices.states for pbx, devices in listed.items() if devices is not None}
    takers = await store.list_takers(session)
    items = [
        DeviceView(
            pbx=pbx,
            name=name,
            kind=kind_of(name, settings.phones_in_pages),
            is_registered=is_registered(states[pbx].get(name, "")),
            taken_by=takers.get(Seat(pbx=pbx, interface=name)),
        )
        for name, pbx in page
    ]
    return DevicePage(items=items, next=following, known_at=_known_at(listed))


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
    pbxs: Pbxs,
    inventories: Inventories,
    session: Transaction,
    now: Now,
    request: Request,
) -> Response:
    """Sit down at a device and take the calls of one's queues."""
    pbx = pbxs.choose(order.pbx)
    commands = pbxs.get(pbx)
    device = _check_device(order.device, pbx, request.app.state.settings)
    await check_known(commands, device)
    listed = await inventories[pbx].list_queues(now)
    queues = None if listed is None else listed.names
    seat = Seat(pbx=pbx, interface=device)
    await service.sign_on(session, pbxs, user=user, seat=seat, now=now, queues=queues)
    return accepted("/agents")


@router.post("/agents/me/sign-off", dependencies=[require(Right.TAKE_CALLS)], **COMMAND)
async def sign_off(user: SignedInUser, pbxs: Pbxs, session: Transaction, now: Now) -> Response:
    """Leave every queue; a call that is up goes on."""
    await service.sign_off(session, pbxs, user_id=user.user_id, ended_by="agent", now=now)
    return accepted("/agents")


@router.post("/agents/me/pause", dependencies=[require(Right.TAKE_CALLS)], **COMMAND)
async def pause(order: NewPause, user: SignedInUser, pbxs: Pbxs, session: Transaction) -> Response:
    """Take no calls of queues until `resume`."""
    await service.pause(session, pbxs, user_id=user.user_id, reason=order.reason)
    return accepted("/agents")


@router.post("/agents/me/resume", dependencies=[require(Right.TAKE_CALLS)], **COMMAND)
async def resume(user: SignedInUser, pbxs: Pbxs, session: Transaction) -> Response:
    """End the pause or the wrap-up."""
    await service.resume(session, pbxs, user_id=user.user_id)
    return accepted("/agents")


@router.post("/agents/me/wrap-up", dependencies=[require(Right.TAKE_CALLS)], **COMMAND)
async def set_wrap_up(order: NewWrapUp, user: SignedInUser, pbxs: Pbxs, session: Transaction, now: Now) -> Response:
    """Let the wrap-up that runs last so much longer, or end."""
    lasts = timedelta(seconds=order.seconds)
    await service.set_wrap_up(session, pbxs, user_id=user.user_id, lasts=lasts, now=now)
    return accepted("/agents")


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
        async with database.sessions.begin() as session:
            await service.change_queues(session, pbxs, name=name, user_id=user_id, before=before)


@router.post("/agents/{name}/pause", dependencies=[require(Right.MANAGE_AGENTS)], **COMMAND)
async def pause_agent(
    name: AgentName, order: NewPause, user: SignedInUser, pbxs: Pbxs, session: Transaction, now: Now
) -> Response:
    """Have an agent take no calls of queues."""
    await service.pause(session, pbxs, user_id=await store.get_agent_id(session, name), reason=order.reason)
    await log_access(session, user, f"pause ({order.reason})", f"agents/{name}", now)
    return accepted("/agents")


@router.post("/agents/{name}/resume", dependencies=[require(Right.MANAGE_AGENTS)], **COMMAND)
async def resume_agent(name: AgentName, user: SignedInUser, pbxs: Pbxs, session: Transaction, now: Now) -> Response:
    """End an agent's pause or wrap-up."""
    await service.resume(session, pbxs, user_id=await store.get_agent_id(session, name))
    await log_access(session, user, "resume", f"agents/{name}", now)
    return accepted("/agents")


@router.post("/agents/{name}/sign-off", dependencies=[require(Right.MANAGE_AGENTS)], **COMMAND)
async def sign_agent_off(name: AgentName, user: SignedInUser, pbxs: Pbxs, session: Transaction, now: Now) -> Response:
    """Take an agent out of every queue; a call that is up goes on."""
    user_id = await store.get_agent_id(session, name)
    await service.sign_off(session, pbxs, user_id=user_id, ended_by=user.name, now=now)
    await log_access(session, user, "sign-off", f"agents/{name}", now)
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
        device = _check_device(device, seat.pbx, settings)
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
    pbx: str, call_id: str, order: NewMove, user: SignedInUser, pbxs: Pbxs, session: Transaction, now: Now
) -> Response:
    """Move a caller who waits into another queue, or without one in front of all others."""
    commands = pbxs.get(pbx)
    if "\0" in call_id:
        raise InputError("A call is named by text.")
    if order.queue is None:
        await waiting_callers.move_up(commands, call_id)
        await store.save_moved_up(session, pbx, call_id, now)
    else:
        await waiting_callers.move_to_queue(commands, call_id, order.queue)
    await log_access(session, user, f"move ({order.queue or 'up'})", f"{pbx}/{call_id}", now)
    return accepted(f"/calls/{pbx}/{call_id}")


def _check_device(device: str, pbx: str, settings: Settings) -> str:
    """Raises RefusedError, InputError."""
    trunks = Trunks.parse(",".join(settings.get_pbx(pbx).trunks))
    return check_device(device, allowed=settings.agent_devices, trunks=trunks)


def _may_be_sat_at(device: str, pbx: str, settings: Settings) -> bool:
    try:
        _check_device(device, pbx, settings)
    except CallcenterError:
        return False
    return True


def _by_name(listed: Mapping[str, Listed | None]) -> list[tuple[str, str]]:
    """Each name with its PBX, in the order of the list."""
    return sorted((name, pbx) for pbx, names in listed.items() if names is not None for name in names.names)


def _known_at(listed: Mapping[str, Listed | None]) -> datetime | None:
    """Since when all is known that is listed."""
    return min((names.known_at for names in listed.values() if names is not None), default=None)
