"""What the backend has recorded of a call, and whose voices are in it."""

from __future__ import annotations

import asyncio
from typing import Any

from hotline_demo.backend import Backend
from tests.e2e.sound_check import voices_in

SETTLE_SECONDS = 40.0
REASON = {"X-Reason": "complaint"}


async def recordings_of(backend: Backend, call: dict[str, Any]) -> dict[str, Any]:
    """What is told of a call's recording once it was looked for, with a limit."""
    async with asyncio.timeout(SETTLE_SECONDS):
        while True:
            told: dict[str, Any] = await backend.get(f"/api/v1/calls/{call['pbx']}/{call['call_id']}/recordings")
            if told["missing"] not in ("not_looked_yet", "still_up"):
                return told
            await asyncio.sleep(0.1)


async def voices_of(backend: Backend, told: dict[str, Any]) -> dict[str, set[str]]:
    """Who speaks in the middle of each file, by its kind."""
    return {
        item["kind"]: voices_in(await backend.content(f"/api/v1/recordings/{item['id']}/audio", headers=REASON))
        for item in told["items"]
    }
