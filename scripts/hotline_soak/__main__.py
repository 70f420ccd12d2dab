"""`scripts/soak --minutes N --seed S [--json]`: exit 1 if anybody is lost, doubled, wrong or unexplained."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sys
import urllib.error
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.table import Table

from hotline_demo.backend import Backend, BackendError
from hotline_demo.place import free_port, fresh_home
from hotline_lab.asterisk import Lab
from hotline_lab.errors import LabError
from hotline_soak.faults import FAULTS, Stage
from hotline_soak.traffic import Traffic
from hotline_soak.verdict import judge
from hotline_soak.wire import wire_to

SHANGHAI = ZoneInfo("Asia/Shanghai")
PBX = 4
CALM_SECONDS = (4.0, 9.0)
"""Between the end of one fault and the next."""
RECOVERY_SECONDS = 60.0
SETTLE_SECONDS = 60.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Injected:
    """One fault that was, with the calls up at its beginning and how long the backend took after its end."""

    name: str
    calls_up: int
    recovery: timedelta


def main() -> int:
    """The table or JSON goes to stdout, progress to stderr."""
    parser = argparse.ArgumentParser(prog="scripts/soak", description="Calls and faults, and who got lost.")
    parser.add_argument("--minutes", type=float, default=5.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--faults", help="comma-separated names; default all, in seeded order")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    names = list(FAULTS) if options.faults is None else options.faults.split(",")
    if unknown := [name for name in names if name not in FAULTS]:
        parser.error(f"there is no fault {unknown[0]!r}; there are: {', '.join(FAULTS)}")
    try:
        return asyncio.run(_soak(names, minutes=options.minutes, seed=options.seed, as_json=options.json))
    except (LabError, BackendError) as error:
        print(f"soak: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


async def _soak(names: list[str], *, minutes: float, seed: int, as_json: bool) -> int:
    begin = datetime.now(UTC)
    with fresh_home("soak", is_kept="CALLCENTER_SOAK_KEEP" in os.environ) as home:
        async with AsyncExitStack() as stack:
            lab = await stack.enter_async_context(Lab(pbx=PBX, state=home / "lab"))
            wire = await stack.enter_async_context(wire_to(lab.info.ami_host, lab.info.ami_port))
            environment = {
                "CALLCENTER_PBX": lab.info.pbx,
                "CALLCENTER_AMI_PORT": str(wire.port),
                "CALLCENTER_AMI_SECRET": lab.info.ami_secret,
                "CALLCENTER_CEL_CSV": lab.info.cel_csv,
                "CALLCENTER_DATA_DIR": str(home / "data"),
            }
            backend = await stack.enter_async_context(
                Backend(environment=environment, log=home / "backend.log", http_port=free_port())
            )
            standby = Backend(environment=environment, log=home / "standby.log", http_port=free_port())
            stack.push_async_callback(standby.stop)
            traffic = Traffic(lab, seed=seed, until=asyncio.get_running_loop().time() + 60 * minutes)
            stage = Stage(lab=lab, wire=wire, backend=backend, standby=standby, traffic=traffic, data=home / "data")
            injected = await _run(stage, names, Random(seed))  # noqa: S311
            return await _report(stage, begin, injected, as_json=as_json)


async def _run(stage: Stage, names: list[str], random: Random) -> list[Injected]:
    """Faults one after the other while the traffic lasts, each once before any comes again."""
    injected: list[Injected] = []
    running = asyncio.create_task(stage.traffic.run())
    try:
        while not running.done():
            for name in random.sample(names, len(names)):
                await asyncio.wait({running}, timeout=random.uniform(*CALM_SECONDS))
                if running.done():
                    break
                injected.append(await _inject(stage, name, random))
    finally:
        if not running.done():
            running.cancel()
    await running
    return injected


async def _inject(stage: Stage, name: str, random: Random) -> Injected:
    playing = stage.traffic.playing
    print(f"{datetime.now(UTC):%H:%M:%S} {name}, {playing} scenarios playing", file=sys.stderr)
    await FAULTS[name](stage, random)
    loop = asyncio.get_running_loop()
    healed = loop.time()
    async with asyncio.timeout(RECOVERY_SECONDS):
        while not await _is_well(stage.backend):
            await asyncio.sleep(0.1)
    return Injected(name=name, calls_up=playing, recovery=timedelta(seconds=loop.time() - healed))


async def _is_well(backend: Backend) -> bool:
    try:
        await backend.get("/health/ready")
        gaps = (await backend.get("/api/v1/gaps"))["items"]
    except (urllib.error.URLError, OSError):
        return False
    return all(gap["to"] is not None for gap in gaps)


async def _report(stage: Stage, begin: datetime, injected: list[Injected], *, as_json: bool) -> int:
    days = sorted({moment.astimezone(SHANGHAI).date() for moment in (begin, datetime.now(UTC))})
    await _settle(stage.backend, days)
    records: list[dict[str, Any]] = []
    listed: list[tuple[str, str]] = []
    unexplained = 0
    for day in days:
        records += await _inbound(stage.backend, day)
        rows = json.loads(await stage.backend.run("callbacks", "--date", day.isoformat(), "--json"))["items"]
        listed += [(call["pbx"], call["call_id"]) for row in rows for call in row["calls"]]
        audit = json.loads(await stage.backend.run("audit", "--date", day.isoformat(), "--json", may_fail=True))
        unexplained += audit["unexplained"]["count"]
    verdict = judge(stage.traffic.played, records, listed)
    recovery = max((fault.recovery.total_seconds() for fault in injected), default=0.0)
    figures = {
        "calls": verdict.calls,
        "faults": len(injected),
        "lost": len(verdict.lost),
        "doubled": len(verdict.doubled),
        "wrong": len(verdict.wrong),
        "unexplained": unexplained,
        "max_recovery_seconds": round(recovery, 1),
    }
    if as_json:
        print(json.dumps(figures))
    else:
        Console().print(_table(injected, figures))
    for sentence in (*verdict.lost, *verdict.doubled, *verdict.wrong):
        print(sentence, file=sys.stderr)
    return 0 if not (verdict.lost or verdict.doubled or verdict.wrong or unexplained) else 1


def _table(injected: list[Injected], figures: dict[str, Any]) -> Table:
    table = Table("fault", "times", "scenarios playing", "seconds to recover, at most")
    for name in FAULTS:
        times = [fault for fault in injected if fault.name == name]
        if times:
            longest = max(fault.recovery.total_seconds() for fault in times)
            table.add_row(name, str(len(times)), str(sum(fault.calls_up for fault in times)), f"{longest:.1f}")
    table.caption = ", ".join(f"{name.replace('_', ' ')}: {figure}" for name, figure in figures.items())
    return table


async def _settle(backend: Backend, days: list[date]) -> None:
    try:
        async with asyncio.timeout(SETTLE_SECONDS):
            while True:
                figures = [await backend.get(f"/api/v1/calls/summary?day={day}") for day in days]
                if all(figure["up"] == 0 for figure in figures):
                    return
                await asyncio.sleep(0.5)
    except TimeoutError:
        print("Calls are still up after everything has ended.", file=sys.stderr)


async def _inbound(backend: Backend, day: date) -> list[dict[str, Any]]:
    records: list[dict[str, Any]] = []
    cursor = ""
    while True:
        page = await backend.get(f"/api/v1/calls?day={day}&direction=inbound&limit=200&unmask=true&reason=soak{cursor}")
        records += page["items"]
        if page["next_cursor"] is None:
            return records
        cursor = f"&cursor={page['next_cursor']}"


if __name__ == "__main__":
    sys.exit(main())
