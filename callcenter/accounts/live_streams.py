"""Streams that last: so many for a user or screen, and none longer than what it was opened with."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

import structlog

from callcenter.accounts import screen_store, store
from callcenter.accounts.passwords import hash_token
from callcenter.accounts.rights import Role, Viewer
from callcenter.errors import TooManyStreamsError
from callcenter.postgres.database import Database
from callcenter.postgres.outages import Outage

log = structlog.stdlib.get_logger(__name__)

LOOK_SECONDS = 1.0
"""How often all sessions and tokens of open streams are looked at, in one query."""
READ_SECONDS = 5.0
RETRY = timedelta(seconds=5)


class Place:
    """One open stream; whoever serves it says how it is closed."""

    def __init__(self, viewer: Viewer, secret_hash: bytes) -> None:
        self.viewer = viewer
        self.secret_hash = secret_hash
        self.is_over = False
        self.is_signed_out = False
        """Whether it is over because the session, the token or the screen is."""
        self._close: Callable[[], None] = lambda: None

    def when_over(self, close: Callable[[], None]) -> None:
        """Call `close` when the stream has to end, at once where it has to already."""
        self._close = close
        if self.is_over:
            close()

    def end(self, *, is_signed_out: bool = False) -> None:
        """Nobody may listen here any longer."""
        self.is_over, self.is_signed_out = True, is_signed_out
        self._close()


class LiveStreams:
    """The open streams of this process."""

    def __init__(self, *, database: Database, per_user: int, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._per_viewer = per_user
        self._clock = clock
        self._places: set[Place] = set()
        self._watch: asyncio.Task[None] | None = None

    @contextmanager
    def place(self, viewer: Viewer, secret: str) -> Iterator[Place]:
        """A place for a stream that `secret` opened. Raises TooManyStreamsError."""
        if sum(_is_same(place.viewer, viewer) for place in self._places) >= self._per_viewer:
            raise TooManyStreamsError(retry_at=self._clock() + RETRY)
        place = Place(viewer, hash_token(secret))
        self._places.add(place)
        if self._watch is None:
            self._watch = asyncio.create_task(self._look_again_and_again(), name="live streams")
        try:
            yield place
        finally:
            self._places.discard(place)
            if not self._places and self._watch is not None:
                self._watch.cancel()
                self._watch = None

    async def _look_again_and_again(self) -> None:
        outage = Outage("live streams")
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            try:
                with outage.waited_out():
                    await self._look()
                    outage.end()
            except Exception:
                log.exception("live_streams_ended")
                for place in tuple(self._places):
                    place.end()

    async def _look(self) -> None:
        secrets = {place.secret_hash for place in self._places}
        async with asyncio.timeout(READ_SECONDS), self._database.snapshots.begin() as session:
            good = await store.list_signed_in(session, secrets, self._clock())
            good |= await screen_store.list_valid_secrets(session, secrets)
        for place in tuple(self._places):
            if place.secret_hash in secrets - good:
                place.end(is_signed_out=True)


def _is_same(one: Viewer, other: Viewer) -> bool:
    """Whatever role a user has meanwhile; names are unique among users and among screens."""
    return one.name == other.name and (one.role is Role.SCREEN) == (other.role is Role.SCREEN)
