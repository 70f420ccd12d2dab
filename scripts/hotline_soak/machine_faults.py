"""The machine itself fails: every process on it dies at the same moment."""

from __future__ import annotations

import asyncio
import os
import signal
from contextlib import suppress
from random import Random

from hotline_soak.centre import Centre, postgres, server_processes, start_again


async def kill_everything(centre: Centre, random: Random) -> None:
    """SIGKILL to backend, database, its keeper and Asterisk, which all start again; what they wrote to disk stays."""
    pause = random.uniform(0, 2)

    async def kill() -> None:
        for process in (postgres(centre)["keeper"], *server_processes(centre)):
            with suppress(ProcessLookupError):  # a connection's process ends whenever that does
                os.kill(process, signal.SIGKILL)
        await asyncio.gather(centre.backend.kill(), centre.lab.kill())
        await asyncio.sleep(pause)
        await centre.lab.restart()

    await centre.traffic.crash(kill)
    await start_again(centre.backend)
