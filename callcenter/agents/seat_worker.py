"""Watching the seats of one PBX in the process that records it: states are stored, wrap-ups begun and ended.

The recorder hands over what it hears. Nothing is kept that the PBX does not report anew after the next link-up, so
neither our end nor the PBX's leaves anybody paused by us.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from callcenter.agents import seat_commands, state_store, store
from callcenter.agents.rules import Seat, find_pause_behind, find_wrap_up_end, is_behind_call, wrap_up_reason
from callcenter.agents.seats import SeatChanged, SeatEvent, Seats
from callcenter.calls.records import Witness
from callcenter.errors import PbxError
from callcenter.pbx.commands import AmiCommands
from callcenter.pbx.event_link import LinkDown, LinkUp, StreamItem
from callcenter.pbx.queue_members import MemberCallEnded, QueueMembers
from callcenter.pbx.timestamps import whole_milliseconds
from callcenter.postgres.database import Database
from callcenter.postgres.retry import persist

log = structlog.stdlib.get_logger(__name__)

LOOK_SECONDS = 2.0
"""Between two looks for sign-ons at seats that the PBX does not know. One is lost when two looks miss it."""

SIGN_ON_TAKES = timedelta(seconds=10)
"""A sign-on is stored before the PBX is asked, which may take as long to answer as a command waits."""

TICK_SECONDS = 0.25
"""Between two looks for wrap-ups that are over."""


class SeatWatch:
    """The seats of one PBX: `hear` is called by the recorder, `run` is a task of its own."""

    def __init__(
        self,
        *,
        database: Database,
        pbx: str,
        wrap_up: timedelta,
        commands: AmiCommands | None,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._database = database
        self._pbx = pbx
        self._wrap_up = wrap_up
        self._commands = commands
        self._clock = clock
        self._members = QueueMembers()
        self._seats = Seats()
        self._waiting: list[SeatEvent | LinkUp] = []
        self._missing: set[int] = set()
        self._defect: Exception | None = None
        self._has_news = asyncio.Event()

    def hear(self, item: StreamItem) -> None:
        """Take in what the link brings; what it means waits for `run`, and so does a defect of ours.

        The caller records calls: nothing about seats may stop that.
        """
        try:
            self._take_in(item)
        except Exception as error:
            self._defect = error
        if self._waiting or self._defect is not None:
            self._has_news.set()

    def _take_in(self, item: StreamItem) -> None:
        if isinstance(item, LinkUp):
            self._members = QueueMembers()
            self._waiting.append(item)
        elif isinstance(item, LinkDown):
            self._waiting += self._seats.lose(item.at)
        else:
            fact = self._members.translate(item.raw, item.at)
            if fact is None:
                return
            self._waiting += self._seats.hear(fact)

    async def run(self) -> None:
        """Until cancelled. Outages of the database and of the command login are waited out."""
        async with asyncio.TaskGroup() as parts:
            parts.create_task(self._keep(), name=f"seats of {self._pbx}")
            parts.create_task(self._end_wrap_ups(), name=f"wrap-ups of {self._pbx}")

    async def _keep(self) -> None:
        loop = asyncio.get_running_loop()
        next_look = loop.time() + LOOK_SECONDS
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout_at(next_look):
                    await self._has_news.wait()
            news, self._waiting = self._waiting, []
            self._has_news.clear()
            for change in news:
                if isinstance(change, MemberCallEnded):
                    await self._begin_wrap_up(change)  # first of all: the next caller may be waiting
            if news:
                await self._store(news)
            if self._defect is not None:
                defect, self._defect = self._defect, None
                raise defect
            if loop.time() >= next_look and not self._waiting:
                await self._look_again()
                next_look = loop.time() + LOOK_SECONDS

    async def _store(self, news: list[SeatEvent | LinkUp]) -> None:
        async def work(session: AsyncSession) -> None:
            await state_store.lock_states(session, self._pbx)
            for change in news:
                if isinstance(change, LinkUp):
                    await state_store.close_left(session, self._pbx)
                elif isinstance(change, SeatChanged):
                    await state_store.save_change(session, self._pbx, change)
            await store.notify(session)

        await persist(self._database, work, pbx=self._pbx, witness=Witness.AMI)

    async def _begin_wrap_up(self, call: MemberCallEnded) -> None:
        """Of an agent of ours who takes no pause, or one that begins behind all work of this call."""
        interface = call.interface
        before = self._seats.find_pause(interface)
        if not self._wrap_up or self._commands is None or not (before is None or is_behind_call(before)):
            return

        async def work(session: AsyncSession) -> bool:
            return await store.is_taken(session, Seat(pbx=self._pbx, interface=interface))

        is_ours = await persist(self._database, work, pbx=self._pbx, witness=Witness.AMI)
        end = call.at + self._wrap_up
        if not is_ours or end <= self._clock():
            return
        try:
            reason = wrap_up_reason(end, next_reason=find_pause_behind(before))
            await seat_commands.pause(self._commands, interface, reason)
        except PbxError as error:
            log.warning("wrap_up_not_begun", interface=interface, reason=str(error))

    async def _end_wrap_ups(self) -> None:
        """Needs no database, and is tried until the PBX reports that it is done."""
        while self._commands is not None:
            now = self._clock()
            for interface in list(self._seats.present):
                pause = self._seats.find_pause(interface)
                end = find_wrap_up_end(pause)
                if end is None or end > now:
                    continue
                try:
                    await seat_commands.end_wrap_up(self._commands, interface, find_pause_behind(pause))
                except PbxError as error:
                    log.warning("wrap_up_not_ended", interface=interface, reason=str(error))
            await asyncio.sleep(TICK_SECONDS)

    async def _look_again(self) -> None:
        """End the sign-ons at seats that the PBX does not know, for the second time in a row.

        A sign-on that was just made may be stored before the PBX's word of it has come. And a process that led before
        us may have taken its own end for the end of states that we had stored already: they are stored again.
        """
        if not self._seats.is_heard:
            self._missing = set()
            return

        async def work(session: AsyncSession) -> set[int]:
            await state_store.lock_states(session, self._pbx)
            stored = await state_store.list_present_interfaces(session, self._pbx)
            for interface, now in self._seats.present.items():
                if interface not in stored:
                    again = SeatChanged(at=whole_milliseconds(self._clock()), interface=interface, now=now)
                    await state_store.save_change(session, self._pbx, again)
            taken = await store.list_taken(session, self._pbx, since=self._clock() - SIGN_ON_TAKES)
            missing = {number for number, interface in taken.items() if interface not in self._seats.present}
            lost = missing & self._missing
            if lost:
                await store.end_lost(session, lost)
            return missing - lost

        self._missing = await persist(self._database, work, pbx=self._pbx, witness=Witness.AMI)
