"""What a PBX has is asked once, however many ask us."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import cast

from callcenter.agents.inventory import KNOWN_FOR, PbxInventory
from callcenter.pbx.actions import Action
from callcenter.pbx.commands import AmiCommands
from callcenter.pbx.session import Answer, Headers

NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)


class SlowPbx:
    """It answers a moment later, and counts."""

    def __init__(self) -> None:
        self.asked = 0

    async def ask(self, action: Action) -> Answer:
        self.asked += 1
        await asyncio.sleep(0)
        events: list[Headers] = [
            {"Event": "DeviceStateChange", "Device": "PJSIP/1008", "State": "NOT_INUSE"},
            {"Event": "DeviceStateListComplete", "ListItems": "1"},
        ]
        return Answer(response={"Response": "Success"}, events=events)


async def test_many_pages_that_open_at_once_cost_the_pbx_one_question() -> None:
    pbx = SlowPbx()
    inventory = PbxInventory(cast(AmiCommands, pbx))
    found = await asyncio.gather(*(inventory.list_devices(NOW) for _ in range(50)))
    assert pbx.asked == 1
    assert {None if listed is None else listed.names for listed in found} == {("PJSIP/1008",)}

    await inventory.list_devices(NOW + KNOWN_FOR)
    assert pbx.asked == 1
    await inventory.list_devices(NOW + KNOWN_FOR + timedelta(seconds=1))
    assert pbx.asked == 2
