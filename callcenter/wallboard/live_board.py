"""Keeping the board in step with the store, and sending the clients its changes.

What is read again is what a notification names. Notifications are hints: they are lost with the connection that hears
them, so after each loss everything is read anew.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, date, datetime

from callcenter.agents.store import CHANNEL as AGENTS_CHANNEL
from callcenter.audit.service import audit_day
from callcenter.callbacks.store import CHANNEL as CALLBACKS_CHANNEL
from callcenter.calls.blind_times import sum_blind
from callcenter.calls.rows import Key
from callcenter.calls.store import CHANNEL as CALLS_CHANNEL
from callcenter.calls.store import keys_in_hint
from callcenter.casework.dispositions.rules import Account
from callcenter.disagreements.store import find_settled
from callcenter.postgres import follow_loop
from callcenter.postgres.database import Database
from callcenter.postgres.notifications import listening
from callcenter.postgres.outages import Outage
from callcenter.settings import Settings
from callcenter.wallboard import store
from callcenter.wallboard.alarms import count_alarms
from callcenter.wallboard.board import Board
from callcenter.wallboard.feed import Feed
from callcenter.wallboard.inputs import AuditCounts
from callcenter.wallboard.json_patch import Document

TICK_SECONDS = 1.0
"""How often is read what changes without a notification: heartbeats, what is overdue, the day."""
PACE_SECONDS = 0.03
"""From one change sent to the next, at least: two hundred clients cost more than one board."""
READ_SECONDS = 5.0
"""A database that does not answer for so long is away."""
AUDIT_SECONDS = 60.0
AUDIT_SHARE = 20
"""An audit that took a second is followed by the next after twenty at the earliest."""


@dataclass(slots=True)
class Hints:
    """What may have changed since it was last taken."""

    keys: set[Key] = field(default_factory=set)
    is_everything: bool = False
    are_seats: bool = False
    are_callbacks: bool = False


class LiveBoard:
    """The wallboard of this process: `run` keeps it up, `run_audits` its audit, `feed` has its clients."""

    def __init__(
        self, *, database: Database, settings: Settings, clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        self.feed = Feed()
        self._database = database
        self._settings = settings
        self._clock = clock
        self._board: Board | None = None
        self._audit = AuditCounts()
        self._hints = Hints()
        self._has_hint = asyncio.Event()
        self._ticked_at = float("-inf")

    async def run(self) -> None:
        """Until cancelled. Outages of the database are waited out and shown; any other error is raised."""
        try:
            await self._follow()
        finally:
            self.feed.close()

    async def _follow(self) -> None:
        channels = (CALLS_CHANNEL, CALLBACKS_CHANNEL, AGENTS_CHANNEL)
        outage = Outage("wallboard")
        while True:
            with outage.waited_out():
                async with listening(self._database, channels, self._has_hint, self.hint) as connection:
                    await self.read_everything()
                    outage.end()
                    while not connection.is_closed():
                        await self._wait()
                        begin = asyncio.get_running_loop().time()
                        await self.catch_up()
                        took = asyncio.get_running_loop().time() - begin
                        await asyncio.sleep(max(PACE_SECONDS, took))
            if self._board is not None:
                self.feed.publish(self._board.show(self._clock(), is_reading=False))
            await asyncio.sleep(follow_loop.OUTAGE_PAUSE_SECONDS)

    async def read_everything(self) -> None:
        """A board from nothing, whatever was known before."""
        self._take_hints()
        now = self._clock()
        self._board = await read_board(self._database, self._settings, now)
        self._board.audit = self._audit
        self.feed.publish(self._board.show(now))

    async def catch_up(self) -> None:
        """Read what was hinted at, and once in a while what nobody hints at."""
        hints = self._take_hints()
        now = self._clock()
        board = self._board
        if board is None or hints.is_everything or board.day != _business_day(now, self._settings):
            await self.read_everything()
            return
        is_tick = asyncio.get_running_loop().time() - self._ticked_at >= TICK_SECONDS
        async with asyncio.timeout(READ_SECONDS), self._database.snapshots.begin() as session:
            if hints.keys:
                for call in await store.list_calls(session, hints.keys):
                    board.put(call)
            if is_tick or hints.are_seats:
                board.seats = await store.list_seats(session)
                board.moved = await store.list_moved(session, now)
            if is_tick or hints.are_callbacks:
                board.callbacks = await store.count_callbacks(session, now)
            # a dial is asked for and over within the time of a tick; its call is hinted at
            if is_tick or hints.keys or hints.are_callbacks:
                board.dials = await store.list_dials(session)
            if is_tick:
                board.alarms = await count_alarms(session, self._settings, now)
                self._ticked_at = asyncio.get_running_loop().time()
                board.witnesses = await store.list_witnesses(session, board.day, self._settings.timezone)
                board.settled = await find_settled(session, board.day)
        board.audit = self._audit
        self.feed.publish(board.show(now))

    def hint(self, channel: str, payload: str) -> None:
        """What a notification says."""
        match channel:
            case _ if channel == AGENTS_CHANNEL:
                self._hints.are_seats = True
            case _ if channel == CALLBACKS_CHANNEL:
                self._hints.are_callbacks = True
            case _:
                keys = keys_in_hint(payload)
                if keys is None:
                    self._hints.is_everything = True
                else:
                    self._hints.keys.update(keys)

    def _take_hints(self) -> Hints:
        self._has_hint.clear()
        hints, self._hints = self._hints, Hints()
        return hints

    async def _wait(self) -> None:
        left = self._ticked_at + TICK_SECONDS - asyncio.get_running_loop().time()
        with suppress(TimeoutError):
            async with asyncio.timeout(max(0.0, left)):
                await self._has_hint.wait()

    async def run_audits(self) -> None:
        """Until cancelled, beside `run`."""
        loop = asyncio.get_running_loop()
        outage = Outage("wallboard audit")
        while True:
            begin = loop.time()
            with outage.waited_out():
                await self._audit_today()
                outage.end()
            await asyncio.sleep(max(AUDIT_SECONDS, AUDIT_SHARE * (loop.time() - begin)))

    async def _audit_today(self) -> None:
        now = self._clock()
        day = _business_day(now, self._settings)
        report = await audit_day(self._database, self._settings, day, now=now, is_derived=False)
        self._audit = AuditCounts(
            made_at=now,
            unexplained=len(report.unexplained),
            unconfirmed=len(report.unconfirmed),
            blind=sum_blind(report.unknown),
            undisposed=len(report.dispositions[Account.MISSING]),
            answer=report.answer,
        )


async def read_board(database: Database, settings: Settings, now: datetime) -> Board:
    """The board as everything is stored now, without an audit."""
    board = Board(day=_business_day(now, settings), area_code=settings.area_code)
    async with database.snapshots.begin() as session:
        async for calls in store.stream_calls(session, board.day):
            for call in calls:
                board.put(call)
            await asyncio.sleep(0)
        board.seats = await store.list_seats(session)
        board.moved = await store.list_moved(session, now)
        board.callbacks = await store.count_callbacks(session, now)
        board.alarms = await count_alarms(session, settings, now)
        board.dials = await store.list_dials(session)
        board.witnesses = await store.list_witnesses(session, board.day, settings.timezone)
        board.settled = await find_settled(session, board.day)
    return board


async def read_document(database: Database, settings: Settings, now: datetime) -> Document:
    """What the wallboard shows, from nothing but the store."""
    return (await read_board(database, settings, now)).show(now)


def _business_day(now: datetime, settings: Settings) -> date:
    return now.astimezone(settings.timezone).date()
