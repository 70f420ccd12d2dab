"""Seeded random traffic: callers come as a Poisson process with a peak, whatever is broken in the meantime."""

from __future__ import annotations

import asyncio
import json
import shutil
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import count
from random import Random
from typing import IO

from hotline_lab.asterisk import Lab
from hotline_lab.errors import LabError
from hotline_lab.play import PhoneCall, Stage
from hotline_soak.desks import DESKS, Desk
from hotline_soak.kinds import LANES, MOBILE_KINDS, PAGE_KINDS, Kind
from hotline_soak.line_kinds import rejected_line
from hotline_soak.page_seat import PageSeat
from hotline_soak.pieces import Piece
from hotline_soak.truth import Talked, Truth, talks_with_people_rung, truths_of

PLAYS_PER_MINUTE = 80.0
"""On average; a third less at both ends, a third more in the middle."""
SHARES: Mapping[str, float] = {"hotline": 0.36, "evening": 0.12, "queues": 0.16, "refused": 0.12, "direct": 0.24}
AWAY = timedelta(seconds=2)
"""A page whose caller hangs up, or who hangs up, has ended with them."""
PAGE, PAGE_SHARE = "page", 0.10
"""The lane of the agent in a browser, beside these."""


@dataclass(frozen=True, kw_only=True, slots=True)
class _Playing:
    """A play under way."""

    stage: Stage
    performance: asyncio.Task[None]


class Traffic:
    """Plays for `length`. What every phone did goes into `log`, one JSON object a play."""

    def __init__(
        self,
        lab: Lab,
        *,
        seed: int,
        length: timedelta,
        log: IO[str],
        desks: Sequence[Desk] = DESKS,
        page: PageSeat | None = None,
    ) -> None:
        self._lab = lab
        self._page = page
        self._seed = seed
        self._seconds = length.total_seconds()
        self._is_over = False
        self._log = log
        self._free: dict[str, asyncio.Queue[Desk]] = {}
        for lane in LANES:
            self._free[lane] = asyncio.Queue()
            for desk in desks:
                self._free[lane].put_nowait(desk)
        self._shares = dict(SHARES)
        if page is not None:
            self._shares[PAGE], self._free[PAGE] = PAGE_SHARE, asyncio.Queue()
            self._free[PAGE].put_nowait(desks[0])
        self._is_open = asyncio.Event()
        self._is_open.set()
        self._playing: list[_Playing] = []
        self.truths: list[Truth] = []
        self.talks: list[Talked] = []
        """Calls of agents to customers."""
        self.complaints: list[str] = []
        """Phones that deviated from their plan: a fault of the soak, not of the backend."""
        self.page_complaints: list[str] = []
        """When the page was not ready for a call, which it has to be soon after every fault."""

    @property
    def playing(self) -> int:
        """Plays under way."""
        return len(self._playing)

    async def run(self) -> None:
        """Until `length` is over and the last caller has hung up."""
        loop = asyncio.get_running_loop()
        begin = loop.time()
        async with asyncio.TaskGroup() as tasks:
            for index in count():
                random = Random(f"{self._seed} {index}")  # noqa: S311
                passed = (loop.time() - begin) / self._seconds
                await asyncio.sleep(random.expovariate(PLAYS_PER_MINUTE / 60 * busyness(passed)))
                if self._is_over or loop.time() - begin >= self._seconds:
                    break
                tasks.create_task(self._arrive(random))

    async def ring_once(self) -> None:
        """One more call: in the ledger only the next call shows that a PBX died."""
        await self._play("rejected_line", rejected_line(DESKS[0], Random(self._seed)))  # noqa: S311

    def stop(self) -> None:
        """No new calls."""
        self._is_over = True

    async def crash(self, deed: Callable[[], Awaitable[None]]) -> None:
        """The PBX dies by `deed` and is started again: all calls are lost, and none is possible until it is up."""
        self._is_open.clear()
        hit = list(self._playing)
        try:
            for playing in hit:
                playing.performance.cancel()
            if hit:
                await asyncio.wait([playing.performance for playing in hit])
            await deed()
            for playing in hit:
                try:
                    await playing.stage.sign_off()
                except LabError as error:
                    self.complaints.append(str(error))
                shutil.rmtree(playing.stage.folder)
        finally:
            self._is_open.set()

    async def _arrive(self, random: Random) -> None:
        """Start a play; one that would disturb another play waits for its end."""
        (lane,) = random.choices(list(self._shares), weights=list(self._shares.values()))
        if lane == PAGE and self._free[PAGE].empty():
            return  # a page that is not ready would be waited for by ever more calls
        desk = await self._free[lane].get()
        try:
            await self._is_open.wait()
            if lane == PAGE and self._page is not None and not await self._page.is_free():
                shown = await self._page.read()
                self.page_complaints.append(f"{datetime.now(UTC):%H:%M:%S} The page was not ready for a call: {shown}")
                return
            kinds: Sequence[Kind] = PAGE_KINDS if lane == PAGE else LANES[lane]
            if lane == "direct" and desk.number == 0:
                kinds = (*kinds, *MOBILE_KINDS, *MOBILE_KINDS)
            kind = random.choice(kinds)
            await self._play(kind.__name__, kind(desk, random))
        finally:
            self._free[lane].put_nowait(desk)

    async def _play(self, name: str, piece: Piece) -> None:
        stage = Stage(piece.scenario, self._lab)
        if self._page is not None and piece.page is not None:
            self._page.begin(piece.page)
        performance = asyncio.create_task(stage.play())
        playing = _Playing(stage=stage, performance=performance)
        self._playing.append(playing)
        try:
            await asyncio.wait([performance])
        except asyncio.CancelledError:
            performance.cancel()
            raise
        finally:
            self._playing.remove(playing)
        crashed_at = datetime.now(UTC) if performance.cancelled() else None
        error = None if performance.cancelled() else performance.exception()
        if isinstance(error, (LabError, OSError)):
            self.complaints.append(f"{datetime.now(UTC):%H:%M:%S} {name}: {error}")
        elif error is not None:
            raise error
        calls = stage.calls()
        if self._page is not None and piece.page is not None:
            calls = (*calls, *self._page.end(piece.scenario.callers[0].number))
        truths = truths_of(name, piece, calls, crashed_at=crashed_at, is_broken=error is not None)
        if piece.page is not None:
            truths = [replace(truth, is_off_plan=truth.is_off_plan or _has_no_page(truth, calls)) for truth in truths]
        self.truths += truths
        self.talks += talks_with_people_rung(calls, crashed_at=crashed_at)
        self._write(name, calls, truths)
        if error is None and crashed_at is None:
            shutil.rmtree(stage.folder)

    def _write(self, name: str, calls: Sequence[PhoneCall], truths: Sequence[Truth]) -> None:
        entry = {
            "kind": name,
            "callers": [
                {
                    "number": truth.number,
                    "dialled": truth.dialled,
                    "outcomes": sorted(truth.outcomes),
                    "crashed_at": None if truth.crashed_at is None else truth.crashed_at.isoformat(),
                    "is_sure": truth.is_sure,
                    "is_off_plan": truth.is_off_plan,
                }
                for truth in truths
            ],
            "phones": [
                {
                    "kind": call.kind,
                    "number": call.number,
                    "other": call.other,
                    "events": [[event.at.isoformat(), event.name, event.detail] for event in call.events],
                }
                for call in calls
            ],
        }
        self._log.write(json.dumps(entry) + "\n")
        self._log.flush()


def _has_no_page(truth: Truth, calls: Sequence[PhoneCall]) -> bool:
    """Whether the page had gone before its caller: on the way to the next agent who gives up is lost."""
    page = next((call.events[-1] for call in calls if call.kind == "agent"), None)
    return page is not None and page.name == "ended" and truth.end - page.at > AWAY


def busyness(passed: float) -> float:
    """A morning with its peak in the middle: two thirds at both ends, four thirds in between; 1 on average."""
    return 2 / 3 + (2 / 3) * (1 - abs(2 * min(passed, 1.0) - 1))
