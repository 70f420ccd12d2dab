"""Which queues and devices each PBX has, so that a name it does not know is refused at once and not at the sign-on."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from types import MappingProxyType

from callcenter.agents.rules import Skill
from callcenter.error_codes import ErrorCode
from callcenter.errors import InputError, NotFoundError, PbxError
from callcenter.pbx import actions
from callcenter.pbx.actions import Action
from callcenter.pbx.answers import device_states, queue_names
from callcenter.pbx.commands import AmiCommands
from callcenter.pbx.session import Answer

KNOWN_FOR = timedelta(seconds=10)
"""How long what the PBX said is believed; a name that is missing in it is asked for anew."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Listed:
    """Names that the PBX reported, in order, and when."""

    names: tuple[str, ...]
    known_at: datetime
    states: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """Of devices, in Asterisk's words."""


class PbxInventory:
    """The latest lists that this process has read of one PBX; without a command login there are none."""

    def __init__(self, commands: AmiCommands | None) -> None:
        self.commands = commands
        self._turn = asyncio.Lock()
        """Whoever asks while the PBX is being asked waits for that answer: it is asked once, however many ask us."""
        self._queues: Listed | None = None
        self._devices: Listed | None = None

    async def list_queues(self, now: datetime, *, is_anew: bool = False) -> Listed | None:
        """None where the PBX has never answered. While it does not answer, its latest answer."""
        async with self._turn:
            if is_anew or self._queues is None or now - self._queues.known_at > KNOWN_FOR:
                self._queues = await self._list(actions.queue_summary(), queue_names, now) or self._queues
            return self._queues

    async def list_devices(self, now: datetime) -> Listed | None:
        """The same of devices, whatever they are; which of them may be sat at a setting says."""
        async with self._turn:
            if self._devices is None or now - self._devices.known_at > KNOWN_FOR:
                self._devices = await self._list(actions.device_state_list(), device_states, now) or self._devices
            return self._devices

    async def _list(self, action: Action, listed_in: Callable[[Answer], Iterable[str]], now: datetime) -> Listed | None:
        """None where the PBX does not answer."""
        if self.commands is None:
            return None
        try:
            listed = listed_in(await self.commands.ask(action))
        except PbxError:
            return None
        states = listed if isinstance(listed, Mapping) else {}
        return Listed(names=tuple(sorted(set(listed) - {""})), known_at=now, states=states)


async def check_queues(inventories: Collection[PbxInventory], skills: Collection[Skill], now: datetime) -> None:
    """Raises InputError naming the queues that none of the PBXs has; while one has never answered, none is refused."""
    wanted = {skill.queue for skill in skills}
    commanded = [inventory for inventory in inventories if inventory.commands is not None]
    for is_anew in (False, True):
        known: set[str] = set()
        for inventory in commanded:
            listed = await inventory.list_queues(now, is_anew=is_anew)
            if listed is None:
                return
            known.update(listed.names)
        if wanted <= known:
            return
    unknown = ", ".join(sorted(wanted - known))
    if commanded:
        raise InputError(f"The PBX has no queue {unknown}.", code=ErrorCode.UNKNOWN_QUEUE, params={"queues": unknown})


async def check_known(commands: AmiCommands, device: str) -> None:
    """Raises NotFoundError for a device that the PBX does not know; one that does not say refuses none."""
    try:
        answer = await commands.ask(actions.get_device_state(device))
    except PbxError:
        return
    if answer.response.get("Value") == "INVALID":
        raise NotFoundError(f"The PBX knows no device {device}.")
