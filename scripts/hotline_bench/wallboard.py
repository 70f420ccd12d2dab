"""How late a wallboard is: from the moment of an AMI event, by Asterisk's own clock, to the message on each screen."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import text

from callcenter.postgres.database import Database, open_database
from hotline_bench.figure import Figure
from hotline_bench.queue_calls import CONFIG, call
from hotline_demo.backend import SUPERVISOR, Backend, BackendError
from hotline_demo.place import fresh_home
from hotline_demo.stage import witnesses_of
from hotline_lab.asterisk import Lab
from hotline_lab.ports import HTTP_PORTS

PBX = 6
SCREENS = 200
CALLS_A_SECOND, SECONDS = 20, 30
WARM_UP_SECONDS = 5
TARGET_MILLISECONDS = 100
LINE_BYTES = 1 << 28


async def measure_wallboard(pbx: int = PBX) -> list[Figure]:
    """Calls on a real Asterisk, the real backend, and a process with the screens, all on this machine."""
    with fresh_home("bench") as home:
        async with (
            Lab(pbx=pbx, state=home / "lab", more_config=CONFIG) as lab,
            open_database(None, home / "live") as database,
        ):
            environment = {
                **witnesses_of(lab.info),
                "CALLCENTER_DATA_DIR": str(home / "live"),
                "CALLCENTER_LIVE_VIEWS_PER_USER": str(SCREENS),
            }
            port = HTTP_PORTS.keep()
            async with Backend(environment=environment, log=home / "live.log", http_port=port) as backend:
                token = (await backend.run("user", "token", SUPERVISOR, "screens")).strip()
                await call(lab, rate=CALLS_A_SECOND, calls=CALLS_A_SECOND * WARM_UP_SECONDS)
                messages = await _watch(lab, port, token)
                ended = await _ended(database)
    late = sorted(_lateness(messages, ended))
    if not late:
        raise BackendError("No screen received any call.")
    half, most = late[len(late) // 2], late[int(len(late) * 0.99)]
    name = f"wallboard: AMI event to each of {SCREENS} screens at {CALLS_A_SECOND} calls/s"
    return [_under(f"{name}, p50", half), _under(f"{name}, p99", most)]


async def _watch(lab: Lab, port: int, token: str) -> list[dict[str, Any]]:
    """The calls, with the screens connected meanwhile."""
    screens = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "hotline_bench.board_clients", str(port), token, str(SCREENS),
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, limit=LINE_BYTES,
    )  # fmt: skip
    if screens.stdin is None or screens.stdout is None:
        raise RuntimeError("A process was started without its pipes.")
    try:
        if not await screens.stdout.readline():
            raise BackendError("The screens could not connect.")
        await call(lab, rate=CALLS_A_SECOND, calls=CALLS_A_SECOND * SECONDS)
        await asyncio.sleep(1)
        screens.stdin.close()
        messages: list[dict[str, Any]] = json.loads(await screens.stdout.readline())
        return messages
    finally:
        if screens.returncode is None:
            screens.kill()
        await screens.wait()


async def _ended(database: Database) -> dict[str, datetime]:
    async with database.sessions() as session:
        rows = await session.execute(text("SELECT pbx, call_id, ended_at FROM calls WHERE ended_at IS NOT NULL"))
        return {f"{pbx}/{call_id}": ended_at for pbx, call_id, ended_at in rows}


def _lateness(messages: Sequence[Mapping[str, Any]], ended: Mapping[str, datetime]) -> list[float]:
    """Milliseconds, for each message and each screen that received it."""
    late = []
    for message in messages:
        moments = [datetime.fromisoformat(moment) for moment in message["begun"]]
        moments += [ended[call] for call in message["gone"] if call in ended]
        late += [1000 * (at - moment.timestamp()) for moment in moments for at in message["arrivals"]]
    return late


def _under(name: str, milliseconds: float) -> Figure:
    return Figure(
        name=name,
        ours=round(milliseconds),
        unit="ms",
        peer=None,
        ratio=None,
        target=f"under {TARGET_MILLISECONDS} ms",
        met=milliseconds < TARGET_MILLISECONDS,
    )
