"""Keeping the desks of the users who look at theirs in step with the store, and sending the changes.

As with the wallboard notifications are hints, and what nobody hints at is read once in a while. Nothing is read while
nobody looks.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime

from callcenter.accounts.rights import Right
from callcenter.agents.store import CHANNEL as AGENTS_CHANNEL
from callcenter.alarms.service import count_open
from callcenter.audio.intake_store import MESSAGES_CHANNEL
from callcenter.callbacks.store import CHANNEL as CALLBACKS_CHANNEL
from callcenter.calls.store import CHANNEL as CALLS_CHANNEL
from callcenter.casework.dispatch.store import CHANNEL as INSTRUCTIONS_CHANNEL
from callcenter.clock import Clock, utc_now
from callcenter.desk.document import show_desk
from callcenter.desk.inputs import DeskViewer, Floor, ListNumbers
from callcenter.desk.store import read_floor
from callcenter.error_codes import ErrorCode
from callcenter.errors import NotSignedInError, UnavailableError
from callcenter.postgres import follow_loop
from callcenter.postgres.database import Database
from callcenter.postgres.notifications import listening
from callcenter.postgres.outages import Outage
from callcenter.settings import Settings
from callcenter.wallboard.feed import Feed
from callcenter.wallboard.json_patch import Document

LISTS = {CALLBACKS_CHANNEL: "callbacks", MESSAGES_CHANNEL: "messages", INSTRUCTIONS_CHANNEL: "instructions"}
"""The number of ListNumbers that grows with a notification on a channel."""
TICK_SECONDS = 1.0
PACE_SECONDS = 0.1
"""From one reading to the next, at least."""
READ_SECONDS = 5.0
"""A database that does not answer for so long is away."""
KEPT_SECONDS = 120.0
"""How long a desk is kept up at which nobody looks, so that whoever comes back gets what came meanwhile."""
LEFT_PER_USER = 4
"""So many of those of one user: somebody who signs in again and again must not fill the memory."""


class NoLiveDeskError(UnavailableError):
    """There are no live desks here now."""

    default_code = ErrorCode.LIVE_VIEW_UNAVAILABLE


@dataclass(slots=True)
class _Desk:
    feed: Feed
    looked_at: float
    """By the loop's clock."""


class LiveDesks:
    """The desks of this process: `run` keeps them up, `open` gives a user's feed."""

    def __init__(self, *, database: Database, settings: Settings, clock: Clock = utc_now) -> None:
        self._database = database
        self._settings = settings
        self._clock = clock
        self._desks: dict[DeskViewer, _Desk] = {}
        self._floor: Floor | None = None
        self._lists = ListNumbers()
        self._has_hint = asyncio.Event()
        self._turn = asyncio.Lock()
        """Who holds it reads and publishes, so that nothing older comes behind what is newer."""
        self.is_following = False

    async def open(self, viewer: DeskViewer) -> Feed:
        """The feed of a user in one browser, with a document.

        Raises NoLiveDeskError, and NotSignedInError for one just disabled.
        """
        if not self.is_following:
            raise NoLiveDeskError
        async with self._turn:
            now = asyncio.get_running_loop().time()
            if viewer not in self._desks:
                self._forget_oldest(viewer.user_id)
            desk = self._desks.setdefault(viewer, _Desk(Feed(), now))
            desk.looked_at = now
            if desk.feed.document is None:
                await self._read()
        if desk.feed.document is None:
            raise NotSignedInError
        return desk.feed

    async def run(self) -> None:
        """Until cancelled. Outages of the database are waited out and shown; any other error is raised."""
        try:
            await self._follow()
        finally:
            self.is_following = False
            for desk in self._desks.values():
                desk.feed.close()
            self._desks.clear()

    async def _follow(self) -> None:
        channels = (CALLS_CHANNEL, AGENTS_CHANNEL, *LISTS)
        outage = Outage("desks")
        while True:
            with outage.waited_out():
                async with listening(self._database, channels, self._has_hint, self.hint) as connection:
                    self._lists = self._grown(LISTS.values())  # what came before was not heard
                    self.is_following = True
                    while not connection.is_closed():
                        self._has_hint.clear()
                        async with self._turn:
                            self._forget_left()
                            if self._desks:
                                await self._read()
                        outage.end()
                        await self._rest()
            self._publish(is_reading=False)
            await asyncio.sleep(follow_loop.OUTAGE_PAUSE_SECONDS)

    async def _rest(self) -> None:
        await asyncio.sleep(PACE_SECONDS)
        with suppress(TimeoutError):
            async with asyncio.timeout(TICK_SECONDS):
                await self._has_hint.wait()

    def hint(self, channel: str, _payload: str) -> None:
        """What a notification says."""
        self._lists = self._grown([LISTS[channel]] if channel in LISTS else [])

    def _grown(self, names: Iterable[str]) -> ListNumbers:
        """Numbers go by the clock, so that they grow over restarts and from one process to another as well."""
        now = int(self._clock().timestamp() * 1000)
        return replace(self._lists, **{name: max(getattr(self._lists, name) + 1, now) for name in names})

    async def _read(self) -> None:
        async with asyncio.timeout(READ_SECONDS):
            users = {viewer.user_id for viewer in self._desks}
            self._floor = await read_whole_floor(self._database, self._settings, self._clock(), users=users)
        self._publish()

    def _publish(self, *, is_reading: bool = True) -> None:
        floor, now = self._floor, self._clock()
        if floor is None:
            return
        for viewer, desk in self._desks.items():
            if viewer.user_id in floor.people:
                desk.feed.publish(
                    show_desk(
                        floor,
                        viewer,
                        now,
                        area_code=self._settings.area_code,
                        phones_in_pages=self._settings.phones_in_pages,
                        lists=self._lists,
                        is_reading=is_reading,
                    )
                )

    def _forget_left(self) -> None:
        now = asyncio.get_running_loop().time()
        for viewer, desk in tuple(self._desks.items()):
            if desk.feed.clients:
                desk.looked_at = now
            elif now - desk.looked_at > KEPT_SECONDS:
                del self._desks[viewer]

    def _forget_oldest(self, user_id: int) -> None:
        """Make room for one more desk of a user among those at which nobody looks."""
        left = [
            (desk.looked_at, viewer)
            for viewer, desk in self._desks.items()
            if viewer.user_id == user_id and not desk.feed.clients
        ]
        left.sort(key=lambda one: one[0])
        for _, viewer in left[: max(0, len(left) + 1 - LEFT_PER_USER)]:
            del self._desks[viewer]


async def read_whole_floor(database: Database, settings: Settings, now: datetime, *, users: Collection[int]) -> Floor:
    """Everything as it is stored now; alarms where one of these users may see them."""
    async with database.snapshots.begin() as session:
        floor = await read_floor(session, now)
        if not any(user in floor.people and floor.people[user].may(Right.SEE_ALARMS) for user in users):
            return floor
        return replace(floor, alarms=await count_open(session, settings, now))


async def read_desk(database: Database, settings: Settings, viewer: DeskViewer, now: datetime) -> Document:
    """A user's desk, from nothing but the store. Raises NotSignedInError for one who was just disabled."""
    floor = await read_whole_floor(database, settings, now, users=(viewer.user_id,))
    if viewer.user_id not in floor.people:
        raise NotSignedInError
    number = int(now.timestamp() * 1000)
    lists = ListNumbers(**dict.fromkeys(LISTS.values(), number))
    return show_desk(
        floor,
        viewer,
        now,
        area_code=settings.area_code,
        phones_in_pages=settings.phones_in_pages,
        lists=lists,
    )
