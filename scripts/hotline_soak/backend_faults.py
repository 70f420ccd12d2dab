"""The backend is killed, stopped, and replaced by its standby."""

from __future__ import annotations

import asyncio
import re
import urllib.error
from random import Random

from hotline_demo.backend import Backend
from hotline_soak.centre import Centre, start_again

TAKE_OVER_SECONDS = 10.0
_LEADS = re.compile(r"^callcenter_recorder_leading\{.*\} 1\.0$", re.MULTILINE)


async def kill_backend(centre: Centre, random: Random) -> None:
    """SIGKILL, and a restart a moment later."""
    await centre.backend.kill()
    await asyncio.sleep(random.uniform(0, 3))
    await start_again(centre.backend)


async def kill_backend_in_recovery(centre: Centre, random: Random) -> None:
    """SIGKILL, and once more while it reads what it missed."""
    await centre.backend.kill()
    await asyncio.sleep(random.uniform(1, 4))
    await start_again(centre.backend)
    await asyncio.sleep(random.uniform(0, 0.5))
    await centre.backend.kill()
    await start_again(centre.backend)


async def stop_backend(centre: Centre, random: Random) -> None:
    """An orderly stop, and a start much later: a twelfth of the run, two minutes at most."""
    longest = min(max(centre.length.total_seconds() / 12, 8), 120)
    await centre.backend.stop()
    await asyncio.sleep(random.uniform(longest / 2, longest))
    await start_again(centre.backend)


async def take_over(centre: Centre, random: Random) -> None:
    """A second backend stands by, the first is killed, the second records; then the first comes back."""
    await start_again(centre.standby)
    await asyncio.sleep(random.uniform(1, 3))
    loop = asyncio.get_running_loop()
    await centre.backend.kill()
    killed = loop.time()
    while not await _leads(centre.standby) and loop.time() - killed < 3 * TAKE_OVER_SECONDS:
        await asyncio.sleep(0.1)
    if (needed := loop.time() - killed) > TAKE_OVER_SECONDS:
        centre.complaints.append(f"The standby took {needed:.1f} s to take over.")
    await asyncio.sleep(random.uniform(3, 6))
    await start_again(centre.backend)
    await centre.standby.stop()


async def _leads(backend: Backend) -> bool:
    try:
        return _LEADS.search(await backend.text("/metrics")) is not None
    except (urllib.error.URLError, OSError):
        return False
