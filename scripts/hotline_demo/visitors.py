"""After the morning: people ring for whoever watches the pages, and the phones of lost callers are picked up."""

from __future__ import annotations

import asyncio
import itertools
import sys
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager

from hotline_lab.asterisk import Lab
from hotline_lab.errors import LabError
from hotline_lab.play import Stage, play
from hotline_lab.scenario import parse_scenario

RINGS = "\n"
GIVES_UP = "s\n"

TALKS = "speak 100, hang up"
QUITS = "talk 12, hang up"
"""From the greeting on, and over before a play has to be."""

TALKERS = [f"1390519005{number}" for number in range(10)]
QUITTERS = [f"1390519006{number}" for number in range(10)]

_CALLER = """
title = "A visitor"

[[callers]]
number = "{number}"
dials = "12315"
plan = "{plan}"
"""
_MOBILE = """
[[mobiles]]
number = "{number}"
calls = ["ring 2, answer, speak 60, hang up"]
"""


class Visitors:
    """Callers that come when a key is pressed. Each is a real SIP call of another number."""

    def __init__(self, lab: Lab, say: Callable[[str], None]) -> None:
        self._lab = lab
        self._say = say
        self._calls: set[asyncio.Task[None]] = set()
        self._talkers, self._quitters = itertools.cycle(TALKERS), itertools.cycle(QUITTERS)

    async def follow_keys(self) -> None:
        """Until there are no more; where no keyboard is, that is at once."""
        keys = asyncio.StreamReader()
        try:
            await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(keys), sys.stdin)
        except (ValueError, OSError):
            return
        while line := await keys.readline():
            self.come(line.decode(errors="replace"))

    def come(self, key: str) -> None:
        """Somebody rings who waits for an agent and talks, or who gives up in the queue."""
        if key == RINGS:
            self._begin(next(self._talkers), TALKS, "rings the hotline")
        elif key.lower() == GIVES_UP:
            self._begin(next(self._quitters), QUITS, "rings, and will give up in the queue")

    def _begin(self, number: str, plan: str, what: str) -> None:
        self._say(f"{number} {what}.")
        task = asyncio.create_task(self._ring(number, plan))
        self._calls.add(task)
        task.add_done_callback(self._calls.discard)

    async def _ring(self, number: str, plan: str) -> None:
        try:
            await play(parse_scenario(_CALLER.format(number=number, plan=plan)), self._lab)
        except LabError as error:
            self._say(f"{number}: {error}")

    async def leave(self) -> None:
        """Those who are still there hang up."""
        for task in self._calls:
            task.cancel()
        await asyncio.gather(*self._calls, return_exceptions=True)


@asynccontextmanager
async def visitors(lab: Lab, lost: Iterable[str], say: Callable[[str], None]) -> AsyncIterator[Visitors]:
    """Inside the block people can come, and who was lost, these numbers and those that come, picks up."""
    numbers = {*TALKERS, *QUITTERS, *map(dialled, lost)}
    phones = "".join(_MOBILE.format(number=number) for number in sorted(numbers))
    stage = Stage(parse_scenario(f'title = "Phones of lost callers"\n{phones}'), lab)
    async with stage.ready():
        visiting = Visitors(lab, say)
        try:
            yield visiting
        finally:
            await visiting.leave()


def dialled(number: str) -> str:
    """A number of the callback list as the trunk is given it: mobiles bare, fixed lines with 0."""
    bare = number.removeprefix("+86")
    return bare if bare.startswith("1") else f"0{bare}"
