"""What systemd hears of the process (sd_notify(3)): that it is ready, that it is alive, that it ends."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Callable

SIGN_OF_LIFE_SECONDS = 5.0


def notify(state: str) -> None:
    """Say `READY=1` and the like. Nothing happens where no service manager listens."""
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address.startswith(("/", "@")):
        return
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as manager:
        try:
            manager.connect("\0" + address[1:] if address.startswith("@") else address)
            manager.sendall(state.encode())
        except OSError:
            return  # it is the manager's business whether it listens


async def give_signs_of_life(describe: Callable[[], str]) -> None:
    """Until cancelled: as long as the event loop turns, the process lives, whatever one of its parts does."""
    notify("READY=1")
    while True:
        notify(f"WATCHDOG=1\nSTATUS={describe()}")
        await asyncio.sleep(SIGN_OF_LIFE_SECONDS)
