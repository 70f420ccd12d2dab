"""One AMI login, kept up: panoramisk with every defect that loses or repeats something replaced.

What differs from panoramisk 1.4: bytes are cut before they are decoded, so a character split
over two reads stays whole; nothing is ever sent a second time, since that would dial a person
twice; silence is noticed; messages are handled in order by a plain call; a line break in a
value is refused, since it would begin an action of its own.
"""

from __future__ import annotations

import asyncio
import logging
import os
import random
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial

from panoramisk.actions import Action
from panoramisk.ami_protocol import AMIProtocol
from panoramisk.manager import Manager
from panoramisk.message import Message

from callcenter.errors import ActionRefused, InputError, LoginRefused, PbxError, ResultUnknown
from callcenter.pbx.wire import LINK_STARTED, AmiReader, decode, header

log = logging.getLogger(__name__)

Headers = dict[str, str | list[str]]
"""Names as Asterisk writes them; a header that comes several times has a list."""

_RESPONSE = b"Response: "
_ACTION_ID = b"\r\nActionID: "
_BREAKS_OUT = re.compile(r"[\r\n\0]")


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


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """What the PBX said to one action."""

    response: Headers
    events: list[Headers] = field(default_factory=list)
    """Of an action that answers with a list, the closing event included."""


class AmiSession(Manager):  # type: ignore[misc]
    """One login on one PBX. `run` keeps it up; without `run`, `open` connects once."""

    protocol: _Protocol | None
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
        super().__init__(host=host, port=port, protocol_factory=partial(_Protocol, self), log=log)
        self.problem: str | None = "not connected yet"
        """Why the login is not up, None while it is."""
        self.damaged = 0
        """Messages that came cut or were too long to take in, since the start."""
        self._address = f"{host}:{port}"
        self._login = {"Username": username, "Secret": secret, "Events": "on" if has_events else "off"}
        self._patience = patience or Patience()
        self._clock = clock
        self._heard_at = clock()
        self.heard_all_until = self._heard_at
        """What the PBX said before this moment, by our clock, has arrived: it answered a ping that was sent then.

        The time of the last byte would claim too much on a link that is slow.
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
                await protocol.ask({"Action": "Login"} | self._login)
        except TimeoutError:
            raise PbxError(f"The PBX at {self._address} does not answer.") from None
        except OSError as error:
            raise PbxError(f"The PBX at {self._address} cannot be reached: {_reason(error)}.") from None
        except ResultUnknown:
            raise PbxError(f"The PBX at {self._address} closed the connection during the login.") from None
        except ActionRefused as error:
            raise LoginRefused(f"The login {self._login['Username']} failed. {error}") from None

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

    async def ask(self, action: Mapping[str, str | Sequence[str]]) -> Answer:
        """Send one action, once, and wait for its answer; a list is waited for to its end.

        Raises InputError for a value that would break out of its line, ActionRefused where the
        PBX said no, ResultUnknown where it did not answer, plain PbxError where nothing was sent.
        """
        if self.protocol is None or not self.is_up:
            raise PbxError(f"There is no connection to the PBX at {self._address}.")
        limit = self._patience.answer.total_seconds()
        try:
            async with asyncio.timeout(limit):
                return await self.protocol.ask(action)
        except TimeoutError:
            raise ResultUnknown(f"The PBX did not answer {action.get('Action')} within {limit:g} s.") from None

    def tell(self, action: Mapping[str, str | Sequence[str]]) -> None:
        """Send one action whose answer nobody waits for."""
        if self.protocol is not None:
            self.protocol.write(action)

    def logged_in(self) -> None:
        """The login was accepted: everything heard from here on comes behind this."""

    def heard(self, message: bytes, at: datetime) -> None:
        """A whole message arrived on the login."""

    def logged_out(self, at: datetime, reason: str) -> None:
        """The login is gone; what was said after `at` may be lost."""

    def received(self, protocol: _Protocol, messages: list[bytes]) -> None:
        """Called by the protocol for every read, in order."""
        at = self._heard_at = self._clock()
        for message in messages:
            if message == LINK_STARTED:
                continue
            if protocol.pings and message.startswith(_RESPONSE):
                asked_at = protocol.pings.pop(header(message, _ACTION_ID) or "", None)
                self.heard_all_until = asked_at or self.heard_all_until
            answered = protocol.answer(message)
            if answered == "Login" and header(message, b"\r\nResponse: ") == "Success":
                self.authenticated = True
                self.problem = None
                self.heard_all_until = at
                log.info("AMI login %s at %s is up", self._login["Username"], self._address)
                self.logged_in()
            if self.authenticated:
                self.heard(message, at)

    def connection_made(self, connecting: asyncio.Task[object]) -> None:
        """panoramisk would log in and start its pings here; `open` and `run` do."""

    async def _watch(self, protocol: _Protocol) -> None:
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
            log.warning("AMI login %s is down. %s", self._login["Username"], reason)
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


class _Protocol(AMIProtocol):  # type: ignore[misc]
    """One TCP connection. Its actions die with it."""

    def __init__(self, session: AmiSession) -> None:
        self._session = session
        self._reader = AmiReader()
        self.unanswered_pings = 0
        self.pings: dict[str, datetime] = {}
        """When those were sent that wait for their answer, by action id."""
        self.lost: asyncio.Future[Exception | None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self._session.protocol = self

    def data_received(self, data: bytes) -> None:
        self.unanswered_pings = 0
        damaged = self._reader.damaged
        messages = self._reader.feed(data)
        self._session.damaged += self._reader.damaged - damaged
        self._session.received(self, messages)

    def connection_lost(self, exc: Exception | None) -> None:
        for action in self.responses.values():
            if not action.future.done():
                action.future.set_exception(
                    ResultUnknown(f"The connection was lost before the PBX answered {action['Action']}.")
                )
        self.lost.set_result(exc)

    def ping(self, at: datetime) -> None:
        """Ask for a sign of life."""
        action = _build_action({"Action": "Ping"})
        self.unanswered_pings += 1
        self.pings[action.id] = at
        self.transport.write(str(action).encode())

    def write(self, headers: Mapping[str, str | Sequence[str]]) -> None:
        """Send an action nobody waits for."""
        self.transport.write(str(_build_action(headers)).encode())

    async def ask(self, headers: Mapping[str, str | Sequence[str]]) -> Answer:
        action = _build_action(headers)
        if self.transport.is_closing():
            raise PbxError(f"The connection was lost before {action['Action']} was sent.")
        self.responses[action.id] = action
        try:
            self.transport.write(str(action).encode())
            messages = await action.future
        finally:
            del self.responses[action.id]
        first, *rest = [_headers(message) for message in (messages if isinstance(messages, list) else [messages])]
        if first.get("Response") in ("Error", "Fail", "Failure"):
            raise ActionRefused(f"The PBX refused {action['Action']}: {first.get('Message', 'no reason given')}.")
        return Answer(response=first, events=rest)

    def answer(self, message: bytes) -> str | None:
        """The name of the action that this message belongs to, if one waits for it."""
        if not self.responses:
            return None
        action_id = header(message, _ACTION_ID)
        action = self.responses.get(action_id) if action_id is not None else None
        if action is None:
            return None
        parsed = Message.from_line(decode(message))
        if parsed is not None:
            action.add_message(parsed)
        return str(action["Action"])


def retry_delay(failures: int, patience: Patience, chance: float) -> timedelta:
    """The wait after so many failures in a row, 1 or more: doubled each time, half of it left to `chance` (0 to 1)."""
    longest = min(patience.retry_longest, patience.retry_first * (1 << min(failures - 1, 16)))
    return longest * (0.5 + chance / 2)


def _build_action(headers: Mapping[str, str | Sequence[str]]) -> Action:
    for name, value in headers.items():
        values = [value] if isinstance(value, str) else value
        if ":" in name or any(_BREAKS_OUT.search(text) for text in (name, *values)):
            raise InputError(f"The AMI header {_BREAKS_OUT.sub(' ', name)} has a line break or a zero in it.")
        try:
            "".join(values).encode()
        except UnicodeEncodeError:
            raise InputError(f"The AMI header {name} is no valid text.") from None
    told = {name: value if isinstance(value, str) else list(value) for name, value in headers.items()}
    # Of an Originate panoramisk would wait for OriginateResponse, an event, until somebody has picked up.
    return Action(told, as_list=False if headers.get("Action") == "Originate" else None)


def _headers(message: Message) -> Headers:
    return {name: value for name, value in message.items() if name != "content"}


def _reason(error: Exception | None) -> str:
    if error is None:
        return "the PBX closed it"
    if isinstance(error, OSError) and error.errno is not None and error.errno > 0:
        return os.strerror(error.errno)
    return getattr(error, "strerror", None) or str(error) or type(error).__name__
