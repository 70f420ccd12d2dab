"""The PBX dies or is reloaded, its ledger is rotated or cannot be read."""

from __future__ import annotations

import asyncio
import gzip
import os
import shutil
from pathlib import Path
from random import Random

from hotline_soak.centre import Centre


async def kill_asterisk(centre: Centre, random: Random) -> None:
    """The PBX dies in mid-call and is started again."""
    pause = random.uniform(0, 2)

    async def kill() -> None:
        await centre.lab.kill()
        await asyncio.sleep(pause)
        await centre.lab.restart()

    await centre.traffic.crash(kill)


async def restart_asterisk(centre: Centre, _random: Random) -> None:
    """The PBX is restarted in mid-call."""
    await centre.traffic.crash(centre.lab.restart_now)


async def reload_modules(centre: Centre, _random: Random) -> None:
    """The configuration of the PBX is reloaded and its own logs are rotated."""
    await centre.lab.cli("module reload")
    await centre.lab.cli("logger rotate")


async def rename_ledger(centre: Centre, random: Random) -> None:
    """Log rotation by renaming; what was rotated the last time is compressed now."""
    ledger = Path(centre.lab.info.cel_csv)
    for rotated in ledger.parent.glob(f"{ledger.name}.*"):
        if rotated.suffix != ".gz":
            with rotated.open("rb") as source, gzip.open(f"{rotated}.gz", "wb") as target:
                shutil.copyfileobj(source, target)
            rotated.unlink()
    if ledger.exists():
        ledger.rename(_rotated(ledger, random))


async def copy_and_truncate_ledger(centre: Centre, random: Random) -> None:
    """Log rotation by copytruncate, with the PBX stopped: rows between its two steps are lost by design."""
    ledger = Path(centre.lab.info.cel_csv)
    centre.lab.freeze()
    try:
        if ledger.exists():
            shutil.copy2(ledger, _rotated(ledger, random))
            os.truncate(ledger, 0)
    finally:
        centre.lab.thaw()


async def hide_ledger(centre: Centre, random: Random) -> None:
    """The folder of the ledger cannot be entered from where the backend is; the PBX writes on."""
    target = centre.ledger_folder.readlink()
    centre.ledger_folder.unlink()
    centre.ledger_folder.symlink_to("/nowhere")
    try:
        await asyncio.sleep(random.uniform(4, 10))
    finally:
        centre.ledger_folder.unlink()
        centre.ledger_folder.symlink_to(target)


def _rotated(ledger: Path, random: Random) -> Path:
    return ledger.with_name(f"{ledger.name}.{random.randrange(10**9)}")
