"""What goes wrong in a real centre. Each fault ends by itself: when its coroutine returns, all is well again."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from random import Random

from hotline_demo.backend import Backend
from hotline_lab.asterisk import Lab
from hotline_soak.traffic import Traffic
from hotline_soak.wire import Wire


@dataclass(frozen=True, kw_only=True, slots=True)
class Stage:
    """What can be broken."""

    lab: Lab
    wire: Wire
    backend: Backend
    standby: Backend
    traffic: Traffic
    data: Path


async def kill_backend(stage: Stage, random: Random) -> None:
    """SIGKILL, and a restart a moment later."""
    await stage.backend.kill()
    await asyncio.sleep(random.uniform(0, 3))
    await stage.backend.restart()


async def kill_backend_again_in_recovery(stage: Stage, random: Random) -> None:
    """SIGKILL, and once more while it reads what it missed."""
    await stage.backend.kill()
    await asyncio.sleep(random.uniform(1, 4))
    await stage.backend.restart()
    await asyncio.sleep(random.uniform(0, 0.5))
    await stage.backend.kill()
    await stage.backend.restart()


async def stop_backend(stage: Stage, random: Random) -> None:
    """An orderly stop, and a start much later."""
    await stage.backend.stop()
    await asyncio.sleep(random.uniform(8, 15))
    await stage.backend.restart()


async def cut_link(stage: Stage, _random: Random) -> None:
    """The AMI link breaks."""
    stage.wire.cut()


async def hold_link(stage: Stage, _random: Random) -> None:
    """Bytes vanish and nobody says so: longer than the backend needs to notice."""
    stage.wire.is_held = True
    await asyncio.sleep(25)
    stage.wire.is_held = False
    stage.wire.cut()


async def throttle_link(stage: Stage, _random: Random) -> None:
    """The link becomes a trickle."""
    stage.wire.pace = 4000
    await asyncio.sleep(8)
    stage.wire.pace = None


async def tear_message(stage: Stage, _random: Random) -> None:
    """The link ends in the middle of a message."""
    stage.wire.is_tearing = True
    await asyncio.sleep(3)
    stage.wire.is_tearing = False


async def refuse_link(stage: Stage, random: Random) -> None:
    """The link breaks and cannot be made again for a while."""
    stage.wire.is_refusing = True
    stage.wire.cut()
    await asyncio.sleep(random.uniform(3, 6))
    stage.wire.is_refusing = False


async def freeze_database(stage: Stage, random: Random) -> None:
    """The server does not answer for a while: every process of it stands still."""
    processes = _server_processes(stage.data)
    for process in processes:
        os.kill(process, signal.SIGSTOP)
    await asyncio.sleep(random.uniform(2, 6))
    for process in processes:
        os.kill(process, signal.SIGCONT)


async def kill_database(stage: Stage, _random: Random) -> None:
    """SIGKILL to the server; its keeper starts it again."""
    os.kill(_server_processes(stage.data)[0], signal.SIGKILL)
    await asyncio.sleep(2)


async def kill_connections(stage: Stage, random: Random) -> None:
    """One process of the server dies, so the server ends every connection and recovers."""
    children = _server_processes(stage.data)[1:]
    os.kill(random.choice(children), signal.SIGKILL)
    await asyncio.sleep(2)


async def rename_ledger(stage: Stage, random: Random) -> None:
    """Log rotation by renaming."""
    ledger = Path(stage.lab.info.cel_csv)
    ledger.rename(ledger.with_name(f"{ledger.name}.{random.randrange(10**9)}"))


async def copy_and_truncate_ledger(stage: Stage, random: Random) -> None:
    """Log rotation by copytruncate; the lanes pause, since rows written between the two steps are nobody's fault."""
    stage.traffic.is_open.clear()
    try:
        while stage.traffic.playing:
            await asyncio.sleep(0.1)
        ledger = Path(stage.lab.info.cel_csv)
        if ledger.exists():
            shutil.copy2(ledger, ledger.with_name(f"{ledger.name}.{random.randrange(10**9)}"))
            os.truncate(ledger, 0)
    finally:
        stage.traffic.is_open.set()


async def reload_modules(stage: Stage, _random: Random) -> None:
    """Somebody reloads the configuration of the PBX."""
    await stage.lab.cli("module reload")


async def kill_asterisk(stage: Stage, random: Random) -> None:
    """The PBX dies in mid-call and is started again, with a call before and one after."""
    stage.traffic.is_open.clear()
    try:
        while stage.traffic.playing:
            await asyncio.sleep(0.1)
        await stage.traffic.play("asterisk_killed_in_mid_call", random)
    finally:
        stage.traffic.is_open.set()


async def take_over(stage: Stage, random: Random) -> None:
    """A second backend stands by, the first is killed, the second records; then the first comes back."""
    await stage.standby.restart()
    await asyncio.sleep(random.uniform(1, 3))
    await stage.backend.kill()
    await asyncio.sleep(10)
    await stage.backend.restart()
    await stage.standby.stop()


FAULTS: Mapping[str, Callable[[Stage, Random], Awaitable[None]]] = {
    "backend killed": kill_backend,
    "backend killed in recovery": kill_backend_again_in_recovery,
    "backend stopped": stop_backend,
    "AMI link cut": cut_link,
    "AMI link half-open": hold_link,
    "AMI link throttled": throttle_link,
    "AMI message torn": tear_message,
    "AMI login refused": refuse_link,
    "database frozen": freeze_database,
    "database killed": kill_database,
    "database connections killed": kill_connections,
    "ledger renamed": rename_ledger,
    "ledger copied and truncated": copy_and_truncate_ledger,
    "modules reloaded": reload_modules,
    "Asterisk killed": kill_asterisk,
    "standby takes over": take_over,
}


def _server_processes(data: Path) -> list[int]:
    """The postmaster first, then its children."""
    pid_file = data / "postgresql" / "postmaster.pid"
    postmaster = int(pid_file.read_text(encoding="ascii").split()[0])
    children = Path(f"/proc/{postmaster}/task/{postmaster}/children").read_text(encoding="ascii").split()
    return [postmaster, *map(int, children)]
