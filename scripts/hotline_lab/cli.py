"""`scripts/lab`: up, down, call, capture, status."""

import argparse
import asyncio
import os
import signal
import sys
import time
from collections.abc import Sequence

from .asterisk import Lab
from .capture import capture
from .errors import LabError, NoAsterisk
from .paths import CHECKOUT, state_dir
from .play import PhoneCall, play
from .registry import read_registry
from .scenario import load_scenario

EXIT_FAILED, EXIT_NO_ASTERISK, EXIT_STOPPED = 1, 3, 130

_UP_SECONDS = 600.0


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command. Returns 0 good, 1 failed, 2 wrong use, 3 no Asterisk available, 130 stopped."""
    options = _parser().parse_args(arguments)
    try:
        return asyncio.run(_run(options))
    except NoAsterisk as error:
        print(f"lab: {error}", file=sys.stderr)
        return EXIT_NO_ASTERISK
    except LabError as error:
        print(f"lab: {error}", file=sys.stderr)
        return EXIT_FAILED
    except (KeyboardInterrupt, asyncio.CancelledError):
        print("lab: stopped", file=sys.stderr)
        return EXIT_STOPPED


async def _run(options: argparse.Namespace) -> int:
    """SIGTERM ends it in order, as Ctrl-C does."""
    if (task := asyncio.current_task()) is not None:
        for number in (signal.SIGTERM, signal.SIGHUP):
            asyncio.get_running_loop().add_signal_handler(number, task.cancel)
    return await _COMMANDS[options.command](options)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="scripts/lab", description="A real Asterisk on loopback, and phones for it.")
    commands = parser.add_subparsers(dest="command", required=True)

    def command(name: str, help_text: str) -> argparse.ArgumentParser:
        added = commands.add_parser(name, help=help_text, description=help_text)
        added.add_argument("--pbx", type=int, default=1, metavar="N", help="instance 1 to 9 (default 1)")
        return added

    up = command("up", "start an instance and leave it running")
    up.add_argument("--foreground", action="store_true", help="stay until Ctrl-C")
    command("down", "stop an instance")
    command("status", "say what is running")
    call = command("call", "play a scenario on a running instance")
    call.add_argument("scenario", help="name under tests/scenarios, or a .toml file")
    record = commands.add_parser("capture", help="play scenarios on a fresh instance and store what Asterisk reports")
    record.add_argument("names", nargs="+", metavar="NAME", help="folders under tests/scenarios")
    return parser


async def _up(options: argparse.Namespace) -> int:
    if options.foreground:
        return await _keep(options.pbx)
    if registered := read_registry(state_dir(options.pbx)):
        raise LabError(f"{registered.pbx} is up already (process {registered.keeper_pid}); run scripts/lab down first.")
    command = [sys.executable, str(CHECKOUT / "scripts" / "lab"), "up", "--foreground", "--pbx", str(options.pbx)]
    keeper = await asyncio.create_subprocess_exec(
        *command, start_new_session=True, stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.DEVNULL
    )
    deadline = time.monotonic() + _UP_SECONDS
    try:
        while read_registry(state_dir(options.pbx)) is None:
            if (code := keeper.returncode) is not None:
                return code
            if time.monotonic() > deadline:
                raise LabError(f"The lab was not up after {_UP_SECONDS:.0f} s.")
            await asyncio.sleep(0.05)
    except BaseException:
        if keeper.returncode is None:
            keeper.terminate()
            await keeper.wait()
        raise
    return await _status(options)


async def _keep(pbx: int) -> int:
    """Run one instance until a signal."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    async with Lab(pbx=pbx) as lab:
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            loop.add_signal_handler(number, stop.set)
        ended = asyncio.create_task(lab.wait_for_exit())
        stopped = asyncio.create_task(stop.wait())
        await asyncio.wait({ended, stopped}, return_when=asyncio.FIRST_COMPLETED)
        stopped.cancel()
        if not stop.is_set():
            raise LabError(f"Asterisk ended by itself; its log is {lab.info.log}.")
        ended.cancel()
    return 0


async def _down(options: argparse.Namespace) -> int:
    info = read_registry(state_dir(options.pbx))
    if info is None:
        print(f"pbx{options.pbx} is not up")
        return 0
    os.kill(info.keeper_pid, signal.SIGTERM)
    deadline = time.monotonic() + 20
    while read_registry(state_dir(options.pbx)) is not None:
        if time.monotonic() > deadline:
            raise LabError(f"{info.pbx} did not stop; its keeper is process {info.keeper_pid}.")
        await asyncio.sleep(0.05)
    print(f"{info.pbx} is down")
    return 0


async def _status(options: argparse.Namespace) -> int:
    info = read_registry(state_dir(options.pbx))
    if info is None:
        print(f"pbx{options.pbx} is not up")
        return EXIT_FAILED
    print(f"{info.pbx} is up: SIP {info.sip_host}:{info.sip_port}, AMI {info.ami_host}:{info.ami_port}")
    print(f"  CEL      {info.cel_csv}")
    print(f"  registry {state_dir(options.pbx) / 'lab.json'}")
    return 0


async def _call(options: argparse.Namespace) -> int:
    lab = Lab.attach(pbx=options.pbx)
    _report(await play(load_scenario(options.scenario), lab))
    return 0


async def _capture(options: argparse.Namespace) -> int:
    for name in options.names:
        print(f"== {name}", flush=True)
        _report(await capture(name))
    return 0


def _report(calls: tuple[PhoneCall, ...]) -> None:
    start = calls[0].events[0].at if calls else None
    for call in calls:
        print(f"{call.kind:8} {call.number or '-':14} {call.other:14}", end="")
        print(
            *(f"{(event.at - start).total_seconds():.1f} {event.name}" for event in call.events if start),
            sep=", ",
            end="",
        )
        print(f" {call.ending[1]}")


_COMMANDS = {"up": _up, "down": _down, "status": _status, "call": _call, "capture": _capture}
