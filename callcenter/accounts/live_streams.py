"""Streams that last: so many for a user, and none longer than the session or token that opened it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

import structlog

from callcenter.accounts import store
from callcenter.accounts.passwords import hash_token
from callcenter.accounts.rights import SignedIn
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

    def __init__(self, user_id: int, secret_hash: bytes) -> None:
        self.user_id = user_id
        self.secret_hash = secret_hash
        self.is_over = False
        self._close: Callable[[], None] = lambda: None

    def when_over(self, close: Callable[[], None]) -> None:
        """Call `close` when the stream has to end, at once where it has to already."""
        self._close = close
        if self.is_over:
            close()

    def end(self) -> None:
        """Nobody may listen here any longer."""
        self.is_over = True
        self._close()


class LiveStreams:
    """The open streams of this process."""

    def __init__(self, *, database: Database, per_user: int, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._per_user = per_user
        self._clock = clock
        self._places: set[Place] = set()
        self._watch: asyncio.Task[None] | None = None

    @contextmanager
    def place(self, user: SignedIn, secret: str) -> Iterator[Place]:
        """A place for a stream that `secret` opened. Raises TooManyStreamsError."""
        if sum(place.user_id == user.user_id for place in self._places) >= self._per_user:
            raise TooManyStreamsError(retry_at=self._clock() + RETRY)
        place = Place(user.user_id, hash_token(secret))
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
        async with asyncio.timeout(READ_SECONDS), self._database.sessions.begin() as session:
            good = await store.list_signed_in(session, secrets, self._clock())
        for place in tuple(self._places):
            if place.secret_hash in secrets - good:
                place.end()
