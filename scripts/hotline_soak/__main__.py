"""`scripts/soak --minutes N --seed S [--json]`: exit 1 if a call is lost, doubled, wrong or unexplained."""

from __future__ import annotations

import argparse
import asyncio
import fcntl
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import asyncpg
from rich.console import Console

from hotline_demo.backend import Backend, BackendError
from hotline_demo.place import fresh_home
from hotline_lab.asterisk import Lab
from hotline_lab.errors import LabError, error_in
from hotline_lab.paths import cache_dir
from hotline_lab.ports import HTTP_PORTS
from hotline_soak.casework import soak_casework
from hotline_soak.centre import Centre, mount_small_disk
from hotline_soak.desks import more_config, more_phones
from hotline_soak.faults import FAULTS, Blow, Fault, alone, paired
from hotline_soak.page_seat import CONFIG, page_seat
from hotline_soak.report import SHANGHAI, Report, report
from hotline_soak.traffic import Traffic
from hotline_soak.watch import Injected, keep_up, log_complaints, recover
from hotline_soak.wire import wire_to

PBX = 4
CALM_SECONDS = (2.0, 6.0)
"""Between the end of one fault and the next."""
GONE = (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError)
"""Errors of a fault whose object another fault has removed."""
LATEST_START = timedelta(seconds=5)
"""The second of two faults begins within this after the first."""


def main() -> int:
    """The table or JSON goes to stdout, progress to stderr."""
    parser = argparse.ArgumentParser(prog="scripts/soak", description="Calls and faults, and which calls got lost.")
    parser.add_argument("--minutes", type=float, default=5.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--faults", help="comma-separated names; default all, in seeded order")
    parser.add_argument("--once", action="store_true", help="end when each fault was once, two at a time")
    parser.add_argument("--pbx", type=int, default=PBX, help="number of the lab's instance, 1 to 9")
    parser.add_argument("--page", action="store_true", help="an agent in a browser among the desks")
    parser.add_argument("--casework", action="store_true", help="instead: matters worked on while processes are killed")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    if options.casework:
        return asyncio.run(soak_casework(timedelta(minutes=options.minutes), options.seed))
    by_name = {fault.name: fault for fault in FAULTS}
    names = list(by_name) if options.faults is None else options.faults.split(",")
    if unknown := [name for name in names if name not in by_name]:
        parser.error(f"there is no fault {unknown[0]!r}; there are: {', '.join(by_name)}")
    try:
        return asyncio.run(_soak(options, [by_name[name] for name in names]))
    except (LabError, BackendError, ExceptionGroup) as raised:
        error = error_in(raised, LabError, BackendError) if isinstance(raised, ExceptionGroup) else raised
        if error is None:
            raise
        print(f"soak: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


async def _soak(options: argparse.Namespace, faults: Sequence[Fault]) -> int:
    begin = datetime.now(UTC)
    random = Random(options.seed)  # noqa: S311
    with fresh_home("soak") as home:
        async with AsyncExitStack() as stack:
            centre = await _open(options, home, stack)
            if not centre.has_small_disk:
                print("No disk can be mounted here: the faults that need one are left out.", file=sys.stderr)
                faults = [fault for fault in faults if not fault.needs_small_disk]
            injected = await _run(centre, faults, random, is_once=options.once)
            centre.complaints.extend(centre.traffic.page_complaints)
            await centre.traffic.ring_once()
            last = datetime.now(UTC)
            days = sorted({moment.astimezone(SHANGHAI).date() for moment in (begin, last)})
            centre.complaints.extend(log_complaints(sorted(home.glob("*.log")), injected))
            found = await report(centre, injected, days)
        if options.json:
            print(json.dumps({**found.figures, "by_fault": found.by_fault}))
        else:
            Console(width=None if sys.stdout.isatty() else 120).print(found.table())
        _tell(found, centre, home)
    return 0 if found.is_good else 1


async def _open(options: argparse.Namespace, home: Path, stack: AsyncExitStack) -> Centre:
    data, ledger_folder = home / "data", home / "ledger"
    has_small_disk = mount_small_disk(data)
    if has_small_disk:
        stack.callback(subprocess.run, ["umount", "--lazy", str(data)], check=False)
    lab = await stack.enter_async_context(
        Lab(pbx=options.pbx, state=home / "lab", more_config=_config(options), more_phones=more_phones())
    )
    cel_csv = Path(lab.info.cel_csv)
    ledger_folder.symlink_to(cel_csv.parent)
    wire = await stack.enter_async_context(wire_to(lab.info.ami_host, lab.info.ami_port))
    environment = {
        "CALLCENTER_PBX": lab.info.pbx,
        "CALLCENTER_AMI_PORT": str(wire.port),
        "CALLCENTER_AMI_SECRET": lab.info.ami_secret,
        "CALLCENTER_CEL_CSV": str(ledger_folder / cel_csv.name),
        "CALLCENTER_DATA_DIR": str(data),
    }
    if options.page:
        environment |= {
            "CALLCENTER_AMI_COMMANDS_SECRET": lab.info.ami_commands_secret,
            "CALLCENTER_PHONE_WEBSOCKET": lab.info.websocket,
            "CALLCENTER_COOKIE_SECURE": "false",
            "CALLCENTER_WRAP_UP_SECONDS": "1",
        }
    backend = await stack.enter_async_context(
        Backend(environment=environment, log=home / "backend.log", http_port=HTTP_PORTS.keep())
    )
    page = await stack.enter_async_context(page_seat(backend)) if options.page else None
    users = stack.enter_context((data / "users.lock").open("rb"))
    # the server runs while this process uses it, so that faults of backend and database are independent
    fcntl.flock(users, fcntl.LOCK_SH)
    standby = Backend(environment=environment, log=home / "standby.log", http_port=HTTP_PORTS.keep())
    stack.push_async_callback(standby.stop)
    length = timedelta(minutes=options.minutes)
    log = stack.enter_context((home / "truth.jsonl").open("w", encoding="utf-8"))
    return Centre(
        lab=lab,
        wire=wire,
        backend=backend,
        standby=standby,
        traffic=Traffic(lab, seed=options.seed, length=length, log=log, page=page),
        data=data,
        has_small_disk=has_small_disk,
        ledger_folder=ledger_folder,
        length=length,
    )


def _config(options: argparse.Namespace) -> Mapping[str, str]:
    added = more_config()
    return {file: text + CONFIG[file] for file, text in added.items()} if options.page else added


async def _run(centre: Centre, faults: Sequence[Fault], random: Random, *, is_once: bool) -> list[Injected]:
    """Faults while the traffic lasts: each alone, then each in a pair, and so on."""
    injected: list[Injected] = []
    running = asyncio.create_task(centre.traffic.run())
    try:
        while not running.done():
            for blow in paired(faults, random) if is_once else [*alone(faults, random), *paired(faults, random)]:
                await asyncio.wait({running}, timeout=random.uniform(*CALM_SECONDS))
                if running.done():
                    break
                injected.append(await _inject(centre, blow, random))
            if is_once:
                centre.traffic.stop()
                break
    except BaseException:
        running.cancel()
        raise
    await running
    return injected


async def _inject(centre: Centre, blow: Blow, random: Random) -> Injected:
    begin, playing = datetime.now(UTC), centre.traffic.playing
    name = " + ".join(fault.name for fault in blow)
    print(f"{begin:%H:%M:%S} {name}, {playing} plays under way", file=sys.stderr)
    injecting: list[asyncio.Task[bool]] = []
    is_down_on_purpose = any("backend" in fault.parts for fault in blow)
    keeping_up = None if is_down_on_purpose else asyncio.create_task(keep_up(centre, name))
    try:
        async with asyncio.TaskGroup() as tasks:
            for index, fault in enumerate(blow):
                pause = random.uniform(0, LATEST_START.total_seconds()) if index else 0.0
                injecting.append(tasks.create_task(_later(pause, fault, centre, Random(random.random()))))  # noqa: S311
    finally:
        if keeping_up is not None:
            keeping_up.cancel()
    end = datetime.now(UTC)
    recovery = await recover(centre, name)
    faults = tuple(fault for fault, task in zip(blow, injecting, strict=True) if task.result())
    return Injected(faults=faults, begin=begin, end=end, playing=playing, recovery=recovery)


async def _later(pause: float, fault: Fault, centre: Centre, random: Random) -> bool:
    """Whether the fault took place: its object may have been removed by another fault."""
    await asyncio.sleep(pause)
    try:
        await fault.deed(centre, random)
    except GONE as error:
        print(f"{fault.name} did not take place: {error!r}", file=sys.stderr)
        return False
    return True


def _tell(found: Report, centre: Centre, home: Path) -> None:
    """Print the deviations to stderr, and where the evidence is kept."""
    for sentence in centre.traffic.complaints:
        print(f"phones: {sentence}", file=sys.stderr)
    for sentence in (*found.unconfirmed, *found.sentences):
        print(sentence, file=sys.stderr)
    if found.is_good and "CALLCENTER_SOAK_KEEP" not in os.environ:
        return
    kept = cache_dir() / "soak" / home.name
    shutil.copytree(home, kept, ignore=shutil.ignore_patterns("data", "ledger", "run", "lib"), dirs_exist_ok=True)
    print(f"Logs, ledger and the phones' truth are kept in {kept}.", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
