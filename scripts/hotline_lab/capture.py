"""Captures what Asterisk reports of a scenario: the AMI bytes and the CEL file."""

import asyncio
import csv
import shutil
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from .ami import AmiClient
from .asterisk import Lab
from .errors import LabError
from .paths import SCENARIOS, cache_dir
from .play import PhoneCall, play, wait_until_idle
from .scenario import load_scenario

SETTLE_SECONDS = 20.0

_EVENTTYPE, _LINKEDID = 0, 15


async def capture(name: str) -> tuple[PhoneCall, ...]:
    """Play a scenario on a fresh pbx1 and store `capture.ami` and `cel.csv` beside it."""
    scenario = load_scenario(name)
    folder = SCENARIOS / name
    state = cache_dir() / "lab" / "capture"
    raw = state.with_suffix(".ami")
    async with Lab(pbx=1, state=state) as lab:
        with raw.open("wb", buffering=0) as tap:
            is_listening = asyncio.Event()
            listening = asyncio.create_task(_listen(lab, tap, is_listening))
            await is_listening.wait()
            try:
                calls = await play(scenario, lab)
                await wait_until_idle(lab)
                was_killed = any(action.name == "kill" for action in scenario.actions)
                await _wait_until_whole(raw, Path(lab.info.cel_csv), was_killed=was_killed)
                if listening.done():
                    listening.result()
            finally:
                listening.cancel()
                with suppress(asyncio.CancelledError):
                    await listening
        shutil.copyfile(raw, folder / "capture.ami")
        shutil.copyfile(lab.info.cel_csv, folder / "cel.csv")
    shutil.rmtree(state)
    raw.unlink()
    return calls


async def _listen(lab: Lab, tap: BinaryIO, is_listening: asyncio.Event) -> None:
    """Copy every AMI session into `tap`, with its banner; after a restart of the PBX connect again."""
    info = lab.info
    while True:
        try:
            client = await AmiClient.login(info.ami_host, info.ami_port, info.ami_user, info.ami_secret, tap=tap)
        except OSError:
            await asyncio.sleep(0.05)
            continue
        try:
            await client.wait_for("FullyBooted")
            is_listening.set()
            while True:
                await client.next_message()
        except (EOFError, OSError):
            continue
        finally:
            await client.close()


async def _wait_until_whole(raw: Path, cel: Path, *, was_killed: bool) -> None:
    """Wait until every channel and linkedid has its end in both files, except those of a killed PBX."""
    try:
        async with asyncio.timeout(SETTLE_SECONDS):
            while _open_channels(raw.read_bytes()) or (not was_killed and _open_linkedids(cel)):
                await asyncio.sleep(0.05)
    except TimeoutError:
        raise LabError("The capture is not whole: a channel or a linkedid never ended.") from None


def _open_channels(captured: bytes) -> set[bytes]:
    """Uniqueids born in the last AMI session and not hung up in it."""
    session = captured[captured.rindex(b"Asterisk Call Manager") :]
    born, gone = set(), set()
    for message in session.split(b"\r\n\r\n"):
        lines = message.split(b"\r\n")
        uniqueid = next((line for line in lines if line.startswith(b"Uniqueid: ")), b"")
        if b"Event: Newchannel" in lines:
            born.add(uniqueid)
        elif b"Event: Hangup" in lines:
            gone.add(uniqueid)
    return born - gone


def _open_linkedids(cel: Path) -> set[str]:
    if not cel.exists():
        return {"not one row yet"}
    with cel.open(encoding="utf-8", errors="surrogateescape", newline="") as rows:
        captured = [(row[_EVENTTYPE], row[_LINKEDID]) for row in csv.reader(rows)]
    return {linkedid for _, linkedid in captured} - {linkedid for kind, linkedid in captured if kind == "LINKEDID_END"}
