"""`scripts/demo`: play the morning, show the list and the audit, leave the API serving."""

from __future__ import annotations

import argparse
import asyncio
import json
import signal
import sys
import urllib.error
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from rich.console import Console

from hotline_demo.backend import SUPERVISOR, Backend, BackendError
from hotline_demo.captured import SECRET, USER, recorded_pbx, recordings
from hotline_demo.hotline_day import LANES, play_morning
from hotline_demo.live import LiveLine
from hotline_demo.place import fresh_home, is_listening
from hotline_demo.truth import differences
from hotline_lab.asterisk import Lab
from hotline_lab.errors import LabError, NoAsterisk, error_in
from hotline_lab.play import PhoneCall
from hotline_lab.ports import HTTP_PORTS

SETTLE_SECONDS = 20.0
"""Within this every call is recorded, confirmed and on the list."""

HTTP_PORT = 8000

AGENT = "agent"

SHANGHAI = ZoneInfo("Asia/Shanghai")


@dataclass(frozen=True, kw_only=True, slots=True)
class Stage:
    """A PBX for the demo: how the backend reaches it, and the calls to play on it."""

    environment: dict[str, str]
    day: date
    announcement: str
    """One line that says what follows."""
    play: Callable[[Callable[[str], None]], Awaitable[list[PhoneCall]]]
    """Plays the calls and returns what the phones did; empty for recorded captures."""


def main() -> int:
    """Exit status: that of the audit and of the comparison with the phones; 130 on Ctrl-C."""
    parser = argparse.ArgumentParser(prog="scripts/demo", description="A hotline morning on a real Asterisk.")
    parser.add_argument("--once", action="store_true", help="end after the audit, with its status")
    options = parser.parse_args()
    try:
        return asyncio.run(_demo(is_once=options.once))
    except KeyboardInterrupt:
        return 128 + signal.SIGINT
    except asyncio.CancelledError:
        return 128 + signal.SIGTERM
    except (LabError, BackendError, ExceptionGroup) as raised:
        error = error_in(raised, LabError, BackendError) if isinstance(raised, ExceptionGroup) else raised
        if error is None:
            raise
        print(f"demo: {error}", file=sys.stderr)
        return 1


async def _demo(*, is_once: bool) -> int:
    task = asyncio.current_task()
    if task is not None:
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    console = Console(highlight=False)
    if not is_once and is_listening(HTTP_PORT):
        raise BackendError(f"Port {HTTP_PORT} is taken, perhaps by another demo; end that, or use --once.")
    with fresh_home("demo") as home:
        try:
            console.print("Starting Asterisk ...")
            async with _asterisk(home) as stage:
                return await _show(console, stage, home, is_once=is_once)
        except NoAsterisk as error:
            console.print(f"No Asterisk here: {error} The recorded captures are played instead.", markup=False)
        async with _recordings(home) as stage:
            return await _show(console, stage, home, is_once=is_once)


async def _show(console: Console, stage: Stage, home: Path, *, is_once: bool) -> int:
    environment = {**stage.environment, "CALLCENTER_DATA_DIR": str(home / "data"), "CALLCENTER_COOKIE_SECURE": "false"}
    console.print("Starting the backend ...")
    port = HTTP_PORTS.keep() if is_once else HTTP_PORT  # with --once the API has no users
    async with Backend(environment=environment, log=home / "backend.log", http_port=port) as backend:
        if not is_once:
            console.print(f"Watch it on {backend.address}: {SUPERVISOR}, password {backend.password}", markup=False)
        day = stage.day.isoformat()
        console.print(f"The morning begins. {stage.announcement}")
        async with LiveLine(console, backend, day) as live:
            calls = await stage.play(live.say)
            await _settle(backend, day)
        status = await _report(console, backend, day, calls)
        if is_once:
            return status
        console.print(f"\nThe pages are on {backend.address} until Ctrl-C, the API is described on /api/docs there.")
        who = f"{SUPERVISOR}, the supervisor"
        if await _add_agent(backend):
            who += f", or as {AGENT}, who takes calls of the hotline in the page"
        console.print(f"Sign in as {who}; the password is {backend.password}", markup=False)
        raise BackendError(await backend.wait())


async def _add_agent(backend: Backend) -> bool:
    """Whether there can be an agent: not where recorded captures are played, as nothing can be asked of them."""
    await backend.add_user(AGENT, role="agent")
    skills = {"skills": [{"queue": "hotline"}]}
    await backend.ask("PUT", f"/api/v1/agents/{AGENT}/skills", skills)
    return bool((await backend.get("/api/v1/session"))["features"]["commands"])


async def _report(console: Console, backend: Backend, day: str, calls: list[PhoneCall]) -> int:
    console.print("\nThe callback list:")
    await backend.status_of("callbacks", "--date", day)
    console.print()
    status = await backend.status_of("audit", "--date", day)
    if not calls:
        return status
    records = await _list_inbound(backend, day)
    episodes = json.loads(await backend.run("callbacks", "--date", day, "--json"))["items"]
    listed = [(call["pbx"], call["call_id"]) for episode in episodes for call in episode["calls"]]
    found = differences(calls, records, listed)
    for sentence in found:
        console.print(sentence, style="red", markup=False)
    callers = sum(call.kind == "caller" for call in calls)
    console.print(f"\n{callers} phones rang, {len(records)} calls are recorded, {len(found)} differences.")
    return 1 if found else status


async def _list_inbound(backend: Backend, day: str) -> list[dict[str, object]]:
    records: list[dict[str, object]] = []
    cursor = ""
    while True:
        page = await backend.get(f"/api/v1/calls?day={day}&direction=inbound&limit=200{cursor}", reason="demo")
        records += page["items"]
        if page["next"] is None:
            return records
        cursor = f"&cursor={page['next']}"


async def _settle(backend: Backend, day: str) -> None:
    """Wait until no call is up and both witnesses have reported every call, with a limit."""
    try:
        async with asyncio.timeout(SETTLE_SECONDS):
            while True:
                figures = await backend.get(f"/api/v1/calls/summary?day={day}")
                if figures["up"] == 0 and figures["unconfirmed"] == 0:
                    return
                await asyncio.sleep(0.2)
    except TimeoutError:
        pass  # the audit then says what is missing
    except urllib.error.URLError as error:
        raise BackendError(f"The backend does not answer any more: {error.reason}") from None


@asynccontextmanager
async def _asterisk(home: Path) -> AsyncIterator[Stage]:
    async with Lab(pbx=1, state=home / "lab") as lab:
        info = lab.info
        yield Stage(
            environment={
                "CALLCENTER_PBX": info.pbx,
                "CALLCENTER_AMI_HOST": info.ami_host,
                "CALLCENTER_AMI_PORT": str(info.ami_port),
                "CALLCENTER_AMI_USER": info.ami_user,
                "CALLCENTER_AMI_SECRET": info.ami_secret,
                "CALLCENTER_AMI_COMMANDS_SECRET": info.ami_commands_secret,
                "CALLCENTER_PHONE_WEBSOCKET": info.websocket,
                "CALLCENTER_CEL_CSV": info.cel_csv,
                "CALLCENTER_RECORDINGS_DIR": info.recordings_dir,
                "CALLCENTER_VOICEMAIL_DIR": info.voicemail_dir,
            },
            day=datetime.now(UTC).astimezone(SHANGHAI).date(),
            announcement=f"{sum(map(len, LANES))} scenes with real SIP calls take about two minutes:",
            play=lambda say: play_morning(lab, say),
        )


@asynccontextmanager
async def _recordings(home: Path) -> AsyncIterator[Stage]:
    ledger = home / "Master.csv"
    async with recorded_pbx(ledger) as pbx:

        async def play(say: Callable[[str], None]) -> list[PhoneCall]:
            await pbx.has_listener.wait()
            await pbx.play(say)
            return []

        yield Stage(
            environment={
                "CALLCENTER_PBX": "pbx1",
                "CALLCENTER_AMI_PORT": str(pbx.port),
                "CALLCENTER_AMI_USER": USER,
                "CALLCENTER_AMI_SECRET": SECRET,
                "CALLCENTER_CEL_CSV": str(ledger),
            },
            day=date(2026, 11, 24),
            announcement=f"{len(recordings())} recorded scenes are played:",
            play=play,
        )


if __name__ == "__main__":
    sys.exit(main())
