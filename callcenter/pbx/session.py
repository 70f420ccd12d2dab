"""One AMI login, kept up: panoramisk with every defect that loses or repeats something replaced.

What differs from panoramisk 1.4 here: silence is noticed, and messages are handled in order by
a plain call. The rest is in protocol.py.
"""

from __future__ import annotations

import asyncio
import os
import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial

import structlog
from panoramisk.manager import Manager

from callcenter.errors import ActionRefused, LoginRefused, PbxError, ResultUnknown
from callcenter.open_transactions import check_none_is_open
from callcenter.pbx import actions
from callcenter.pbx.actions import Action
from callcenter.pbx.protocol import AmiProtocol, Answer, Headers
from callcenter.pbx.timestamps import moment_from_epoch
from callcenter.pbx.wire import ACTION_ID, LINK_STARTED, header

__all__ = ["AmiSession", "Answer", "Headers", "Patience", "retry_delay"]

log = structlog.stdlib.get_logger(__name__)

_RESPONSE = b"Response: "
_TIMESTAMP = b"\r\nTimestamp: "

CLOCKS_AGREE_WITHIN = timedelta(minutes=10)
"""A PBX's clock that is further behind ours than this has not drifted: one of the two was set."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Patience:
    """How long an AMI login waits for what."""

    answer: timedelta = timedelta(seconds=10)
    """For the connection with its login, and for each action."""
    ping_every: timedelta = timedelta(seconds=1)
    """The PBX is asked for a sign of life."""
    unanswered_pings: int = 15
    """So many without a byte in return: the connection is dead, whatever TCP says.

    Counted, not timed: a backend that was itself held up for a minute asks again first.
    """
    retry_first: timedelta = timedelta(seconds=1)
    """Before the first try to connect again; doubled with every failure."""
    retry_longest: timedelta = timedelta(seconds=5)
    """A PBX that is back is heard again within this."""
    retry_refused: timedelta = timedelta(seconds=30)
    """After a refused login: asking does not mend it, and asking fast gets us banned."""


class AmiSession(Manager):  # type: ignore[misc]
    """One login on one PBX. `run` keeps it up; without `run`, `open` connects once."""

    protocol: AmiProtocol | None
    """The TCP connection, None while there is none."""

    def __init__(
        self,
        *,
        host: str,
        port: int,
        username: str,
        secret: str,
        has_events: bool,
        patience: Patience | None = None,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        super().__init__(host=host, port=port, protocol_factory=partial(AmiProtocol, self), log=log)
        self.problem: str | None = "not connected yet"
        """Why the login is not up, None while it is."""
        self.damaged = 0
        """Messages that came cut or were too long to take in, since the start."""
        self._address = f"{host}:{port}"
        self._username = username
        self._login = actions.login(username, secret, has_events=has_events)
        self._patience = patience or Patience()
        self._clock = clock
        self._heard_at = clock()
        self.heard_all_until = self._heard_at
        """What the PBX said before this moment, by our clock, has arrived: it answered a ping that was sent then.

        The time of the last byte would claim too much on a link that is slow. Where the PBX's clock is far behind ours,
        one of the two was set: then it is the moment that the PBX's shows.
        """
        self._closing = asyncio.Event()

    @property
    def is_up(self) -> bool:
        """True while logged in."""
        return bool(self.authenticated)

    async def open(self) -> None:
        """Connect and log in, once.

        Raises LoginRefused, or PbxError where nobody answers.
        """
        try:
            async with asyncio.timeout(self._patience.answer.total_seconds()):
                _transport, protocol = await self.connect()
                await protocol.ask(self._login)
        except TimeoutError:
            raise PbxError(f"The PBX at {self._address} does not answer.") from None
        except OSError as error:
            raise PbxError(f"The PBX at {self._address} cannot be reached: {_reason(error)}.") from None
        except ResultUnknown:
            raise PbxError(f"The PBX at {self._address} closed the connection during the login.") from None
        except ActionRefused as error:
            raise LoginRefused(f"The login {self._username} failed. {error}") from None

    async def run(self) -> None:
        """Keep the login up until `close`. What the PBX does never ends it; a defect of ours does, loudly."""
        loop = asyncio.get_running_loop()
        failures = 0
        try:
            while not self._closing.is_set():
                began = loop.time()
                try:
                    await self.open()
                    if self.protocol is None or self._closing.is_set():
                        return
                    await self._watch(self.protocol)
                except PbxError as error:
                    reason = error
                await self._hang_up(str(reason))
                has_held = loop.time() - began > self._patience.retry_longest.total_seconds()
                failures = 1 if has_held else failures + 1
                delay = retry_delay(failures, self._patience, random.random())  # noqa: S311
                if isinstance(reason, LoginRefused):
                    delay = self._patience.retry_refused
                await self._pause(delay)
        finally:
            await self._hang_up("The backend closed the connection.")

    async def close(self) -> None:
        """End the session; `run` returns."""
        self._closing.set()
        await self._hang_up("The backend closed the connection.")

    async def ask(self, action: Action) -> Answer:
        """Send one action, once, and wait for its answer; a list is waited for to its end.

        Raises InputError for a value that would break out of its line, ActionRefused where the
        PBX said no, ResultUnknown where it did not answer, plain PbxError where nothing was sent. Nobody asks with a
        transaction open: that is a defect, and raises RuntimeError.
        """
        check_none_is_open()
        return await self._send(action)

    async def _send(self, action: Action) -> Answer:
        if self.protocol is None or not self.is_up:
            raise PbxError(f"There is no connection to the PBX at {self._address}.")
        limit = self._patience.answer.total_seconds()
        try:
            async with asyncio.timeout(limit):
                return await self.protocol.ask(action)
        except TimeoutError:
            raise ResultUnknown(f"The PBX did not answer {action.get('Action')} within {limit:g} s.") from None

    def tell(self, action: Action) -> None:
        """Send one action whose answer nobody waits for."""
        if self.protocol is not None:
            self.protocol.write(action)

    def logged_in(self) -> None:
        """The login was accepted: everything heard from here on comes behind this."""

    def heard(self, message: bytes, at: datetime) -> None:
        """A whole message arrived on the login."""

    def logged_out(self, at: datetime, reason: str) -> None:
        """The login is gone; what was said after `at` may be lost."""

    def received(self, protocol: AmiProtocol, messages: list[bytes]) -> None:
        """Called by the protocol for every read, in order."""
        at = self._heard_at = self._clock()
        for message in messages:
            if message == LINK_STARTED:
                continue
            if protocol.pings and message.startswith(_RESPONSE):
                asked_at = protocol.pings.pop(header(message, ACTION_ID) or "", None)
                if asked_at is not None:
                    self.heard_all_until = _agreed(asked_at, header(message, _TIMESTAMP))
            answered = protocol.answer(message)
            if answered == "Login" and header(message, b"\r\nResponse: ") == "Success":
                self.authenticated = True
                self.problem = None
                self.heard_all_until = at
                log.info("ami_session_up", address=self._address, login=self._username)
                self.logged_in()
            if self.authenticated:
                self.heard(message, at)

    def connection_made(self, connecting: asyncio.Task[object]) -> None:
        """panoramisk would log in and start its pings here; `open` and `run` do."""

    async def _watch(self, protocol: AmiProtocol) -> None:
        """Return never; raise PbxError when the connection is lost or silent."""
        while True:
            await asyncio.wait([protocol.lost], timeout=self._patience.ping_every.total_seconds())
            if protocol.lost.done():
                error = protocol.lost.result()
                if error is not None and not isinstance(error, OSError):
                    raise error
                raise PbxError(f"The connection to {self._address} was lost: {_reason(error)}.")
            if protocol.unanswered_pings >= self._patience.unanswered_pings:
                raise PbxError(f"The PBX at {self._address} left {protocol.unanswered_pings} pings unanswered.")
            protocol.ping(self._clock())

    async def _hang_up(self, reason: str) -> None:
        protocol = self.protocol
        self.protocol = None
        if self.problem != reason and not self._closing.is_set():
            log.warning("ami_session_down", reason=reason, login=self._username)
        self.problem = reason
        if self.authenticated:
            self.authenticated = False
            self.logged_out(self.heard_all_until, reason)
        if protocol is not None:
            protocol.transport.abort()
            await asyncio.wait([protocol.lost])

    async def _pause(self, delay: timedelta) -> None:
        try:
            async with asyncio.timeout(delay.total_seconds()):
                await self._closing.wait()
        except TimeoutError:
            return


def retry_delay(failures: int, patience: Patience, chance: float) -> timedelta:
    """The wait after so many failures in a row, 1 or more: doubled each time, half of it left to `chance` (0 to 1)."""
    longest = min(patience.retry_longest, patience.retry_first * (1 << min(failures - 1, 16)))
    return longest * (0.5 + chance / 2)


def _agreed(asked_at: datetime, timestamp: str | None) -> datetime:
    """When a ping was sent, by our clock, or by the PBX's if that is so far behind that they do not agree."""
    answered_at = None if timestamp is None else moment_from_epoch(timestamp)
    if answered_at is None or asked_at - answered_at < CLOCKS_AGREE_WITHIN:
        return asked_at
    return answered_at


def _reason(error: Exception | None) -> str:
    if error is None:
        return "the PBX closed it"
    if isinstance(error, OSError) and error.errno is not None and error.errno > 0:
        return os.strerror(error.errno)
    return getattr(error, "strerror", None) or str(error) or type(error).__name__
