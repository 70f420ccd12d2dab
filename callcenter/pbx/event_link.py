"""The event login: everything a PBX says live, as one ordered stream that shows its own gaps."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

import structlog

from callcenter.pbx import actions
from callcenter.pbx.session import AmiSession, Patience
from callcenter.pbx.wire import LINK_STARTED, header
from callcenter.values import value

log = structlog.stdlib.get_logger(__name__)

_BOOTED = b"Event: FullyBooted\r\n"


@dataclass(frozen=True, kw_only=True, slots=True)
class LinkUp:
    """From here on nothing is missed. Lists of the channels that are up and of all queue members follow."""

    at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class LinkDown:
    """What the PBX said from `at` to the next LinkUp is not known."""

    at: datetime
    reason: str


@value
class RawMessage:
    """One whole AMI message, or `wire.LINK_STARTED` behind each LinkUp."""

    at: datetime
    """When it arrived, by our clock."""
    raw: bytes


StreamItem = LinkUp | LinkDown | RawMessage


class AmiLink(AmiSession):
    """Listens to one PBX. `run` is a task of its own; one consumer calls `take`.

    Reading never waits for the consumer. When it falls behind by more than `backlog`
    messages, what follows is dropped and reported as a LinkDown, until half is worked off.
    """

    def __init__(
        self,
        *,
        host: str,
        port: int,
        username: str,
        secret: str,
        backlog: int = 200_000,
        patience: Patience | None = None,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        super().__init__(
            host=host, port=port, username=username, secret=secret, has_events=True, patience=patience, clock=clock
        )
        self._backlog = backlog
        self._items: deque[StreamItem] = deque()
        self._has_items = asyncio.Event()
        self._is_blind = True
        self._was_refused = False
        self.dropped = 0
        """Messages lost because the consumer was too slow, since the start."""

    async def take(self, limit: int = 1000) -> list[StreamItem]:
        """The next items, at least one and at most `limit`; none only after `close`."""
        while not self._items and not self._closing.is_set():
            self._has_items.clear()
            await self._has_items.wait()
        return [self._items.popleft() for _ in range(min(limit, len(self._items)))]

    async def close(self) -> None:
        """End the link; what was heard before can still be taken."""
        await super().close()
        self._has_items.set()

    def logged_in(self) -> None:
        if len(self._items) <= self._backlog // 2:
            self._resume(self._heard_at)

    def heard(self, message: bytes, at: datetime) -> None:
        if message.startswith(b"Response: Error"):
            log.warning("ami_action_refused", message_text=header(message, b"\r\nMessage: "))
            self._was_refused = True
        elif self._was_refused and message.startswith(_BOOTED):
            self._ask_what_is_up()
        if self._is_blind:
            if len(self._items) > self._backlog // 2:
                self.dropped += 1
                return
            self._resume(at)
        elif len(self._items) >= self._backlog:
            self.dropped += 1
            self._blind(at, f"The backend was more than {self._backlog} messages behind.")
            return
        self._append(RawMessage(at=at, raw=message))

    def logged_out(self, at: datetime, reason: str) -> None:
        if not self._is_blind:
            self._blind(at, reason)

    def _resume(self, at: datetime) -> None:
        self._is_blind = False
        self._append(LinkUp(at=at))
        self._append(RawMessage(at=at, raw=LINK_STARTED))
        self._ask_what_is_up()

    def _ask_what_is_up(self) -> None:
        """A PBX that boots takes logins before it has loaded its queues: it is asked once more when it has booted."""
        self._was_refused = False
        self.tell(actions.core_show_channels())
        self.tell(actions.queue_status())

    def _blind(self, at: datetime, reason: str) -> None:
        self._is_blind = True
        self._append(LinkDown(at=at, reason=reason))

    def _append(self, item: StreamItem) -> None:
        self._items.append(item)
        self._has_items.set()
