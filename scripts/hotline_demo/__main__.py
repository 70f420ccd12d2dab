"""`scripts/demo`: play the morning, show the list and the audit, leave the API serving."""

from __future__ import annotations

import argparse
import asyncio
import json
import signal
import sys
from pathlib import Path

from rich.console import Console

from hotline_demo.backend import SUPERVISOR, Backend, BackendError
from hotline_demo.live import LiveLine
from hotline_demo.place import fresh_home, is_listening
from hotline_demo.stage import Stage, on_asterisk, on_captures, settle
from hotline_demo.truth import differences
from hotline_demo.visitors import visitors
from hotline_lab.errors import LabError, NoAsterisk, error_in
from hotline_lab.play import PhoneCall
from hotline_lab.ports import HTTP_PORTS

HTTP_PORT = 8000

AGENT = "chen"


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
            async with on_asterisk(home) as stage:
                return await _show(console, stage, home, is_once=is_once)
        except NoAsterisk as error:
            console.print(f"No Asterisk here: {error} The recorded captures are played instead.", markup=False)
        async with on_captures(home) as stage:
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
            await settle(backend, day)
        status = await _report(console, backend, day, calls)
        await _check_page(backend)
        if is_once:
            return status
        await _receive(console, backend, stage)
        raise BackendError(await backend.wait())


async def _check_page(backend: Backend) -> None:
    if '<div id="app"' not in await backend.text("/"):
        raise BackendError(f"The page on {backend.address} is not there.")


async def _receive(console: Console, backend: Backend, stage: Stage) -> None:
    """Say what can be opened, and have people ring for whoever looks at it, until the backend ends or Ctrl-C."""
    users = f"supervisor  {SUPERVISOR}"
    if stage.lab is not None:
        await backend.add_user(AGENT, role="agent")
        await backend.ask("PUT", f"/api/v1/agents/{AGENT}/skills", {"skills": [{"queue": "hotline"}]})
        users += f"    agent  {AGENT}"
    screen = (await backend.ask("POST", "/api/v1/screens", {"name": "demo", "queues": []})).body
    console.print(
        f"\nOpen      {backend.address}/    {users}    password  {backend.password}\n"
        f"Wall      {backend.address}/wall#{screen['secret']}    (no sign-in)\n"
        f"API       {backend.address}/api/docs",
        markup=False,
        soft_wrap=True,
    )
    if stage.lab is None:
        console.print("Calls were played from captures: nobody can ring, and no phone can be in the page. Ctrl-C ends.")
        return
    console.print(
        "A caller  press Enter: somebody rings 12315 and reaches the browser of an agent who is available."
        "   s, Enter: somebody gives up in the queue.   Ctrl-C ends.",
        soft_wrap=True,
    )
    waiting = (await backend.get("/api/v1/callbacks?limit=200", reason="demo"))["items"]
    lost = [row["caller_number"] for row in waiting if row["caller_number"]]
    async with visitors(stage.lab, lost, console.print) as visiting, asyncio.TaskGroup() as tasks:
        keys = tasks.create_task(visiting.follow_keys())
        ended = await backend.wait()
        keys.cancel()
        raise BackendError(ended)


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


if __name__ == "__main__":
    sys.exit(main())
