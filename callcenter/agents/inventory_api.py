"""What agents can sign on to, over HTTP: the queues and the devices of the PBXs."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request

from callcenter.accounts.api import require
from callcenter.accounts.rights import Right
from callcenter.agents import store
from callcenter.agents.inventory import Listed, PbxInventory
from callcenter.agents.rules import Seat, check_device, is_registered, kind_of
from callcenter.agents.schemas import DevicePage, DeviceView, QueuePage, QueueView
from callcenter.errors import CallcenterError
from callcenter.http.cursors import pair_cursors
from callcenter.http.dependencies import Now, OpenDatabase
from callcenter.http.pages import PageQuery, cut_whole
from callcenter.pbx.trunks import Trunks
from callcenter.settings import Settings

router = APIRouter(tags=["agents"])

_QUEUES = pair_cursors("queues", str, str)
_DEVICES = pair_cursors("devices", str, str)


def get_inventories(request: Request) -> dict[str, PbxInventory]:
    """What this process knows of each PBX's queues and devices."""
    inventories: dict[str, PbxInventory] = request.app.state.inventories
    return inventories


Inventories = Annotated[dict[str, PbxInventory], Depends(get_inventories)]


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
    database: OpenDatabase,
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
    async with database.snapshots.begin() as session:  # not held while a PBX is asked
        takers = await store.list_takers(session)
    items = [
        DeviceView(
            pbx=pbx,
            name=name,
            kind=kind_of(Seat(pbx=pbx, interface=name), settings.phones_in_pages),
            is_registered=is_registered(states[pbx].get(name, "")),
            taken_by=takers.get(Seat(pbx=pbx, interface=name)),
        )
        for name, pbx in page
    ]
    return DevicePage(items=items, next=following, known_at=_known_at(listed))


def check_seat(device: str, pbx: str, settings: Settings) -> str:
    """The device, if an agent may sign on to it on that PBX. Raises RefusedError, InputError."""
    trunks = Trunks.parse(",".join(settings.get_pbx(pbx).trunks))
    return check_device(device, allowed=settings.agent_devices, trunks=trunks)


def _may_be_sat_at(device: str, pbx: str, settings: Settings) -> bool:
    try:
        check_seat(device, pbx, settings)
    except CallcenterError:
        return False
    return True


def _by_name(listed: Mapping[str, Listed | None]) -> list[tuple[str, str]]:
    """Each name with its PBX, in the order of the list."""
    return sorted((name, pbx) for pbx, names in listed.items() if names is not None for name in names.names)


def _known_at(listed: Mapping[str, Listed | None]) -> datetime | None:
    """Since when all is known that is listed."""
    return min((names.known_at for names in listed.values() if names is not None), default=None)
