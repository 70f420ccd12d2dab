"""Numbered changes for any number of clients, each with a bounded buffer.

A client gets a snapshot and then every change after it. What it missed it gets later, as long as it is kept; a client
that cannot keep up gets one fresh snapshot instead of what waits for it. Nobody waits for anybody.
"""

from __future__ import annotations

import asyncio
import json
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from uuid import uuid4

from callcenter.wallboard.json_patch import Document, diff

MOST_WAITING = 64
"""Changes that wait for one client."""
MOST_KEPT = 1000
MOST_KEPT_CHARACTERS = 4_000_000
"""Of changes kept for those who come back."""


@dataclass(frozen=True, kw_only=True)
class Message:
    """One message, made once for all who get it. `event_id` names the state after it."""

    kind: str
    event_id: str
    sequence: int
    text: str

    @cached_property
    def as_event(self) -> bytes:
        """As a Server-Sent Event."""
        return f"id: {self.event_id}\nevent: {self.kind}\ndata: {self.text}\n\n".encode()


class Client:
    """What waits for one client."""

    def __init__(self, feed: Feed) -> None:
        self._feed = feed
        self._waiting: deque[Message] = deque()
        self._needs_snapshot = False
        self._is_closed = False
        self._has_news = asyncio.Event()

    def offer(self, message: Message) -> None:
        """Put a message in line; a full line is given up for a snapshot."""
        if self._needs_snapshot:
            return
        if len(self._waiting) >= MOST_WAITING:
            self.start_over()
            return
        self._waiting.append(message)
        self._has_news.set()

    def start_over(self) -> None:
        """Whatever waits, the next message is a snapshot."""
        self._waiting.clear()
        self._needs_snapshot = True
        self._has_news.set()

    def close(self) -> None:
        """There will be no further message."""
        self._is_closed = True
        self._has_news.set()

    async def next(self) -> Message | None:
        """The next message; None when the line is closed."""
        while not self._is_closed:
            if self._needs_snapshot:
                self._needs_snapshot = False
                return self._feed.snapshot()
            if self._waiting:
                return self._waiting.popleft()
            self._has_news.clear()
            await self._has_news.wait()
        return None


class Feed:
    """One board's changes. A restarted process has a board of another id, whose numbers mean something else."""

    def __init__(self) -> None:
        self._clients: set[Client] = set()
        self._kept: deque[Message] = deque()
        self._begin()

    def _begin(self) -> None:
        self.board_id = uuid4().hex[:12]
        self._sequence = 0
        self._document: Document | None = None
        self._snapshot: Message | None = None
        self._kept.clear()
        self._kept_characters = 0

    @property
    def document(self) -> Document | None:
        """As last published; None before that."""
        return self._document

    @property
    def clients(self) -> int:
        """How many are connected."""
        return len(self._clients)

    def publish(self, document: Document) -> None:
        """Send everybody what differs from what was published before. The document is not to be changed afterwards."""
        if self._document is None:
            self._document = document
            return
        changes = list(diff(self._document, document))
        if not changes:
            return
        self._document = document
        self._snapshot = None
        self._sequence += 1
        message = self._message("delta", {"changes": changes})
        self._keep(message)
        for client in self._clients:
            client.offer(message)

    def snapshot(self) -> Message:
        """Everything as last published. Raises LookupError before that."""
        if self._document is None:
            raise LookupError("Nothing was published yet.")
        if self._snapshot is None:
            self._snapshot = self._message("snapshot", {"document": self._document})
        return self._snapshot

    @contextmanager
    def connect(self, after: str | None) -> Iterator[Client]:
        """A client; `after` is the id of the last event it had, None for a new one."""
        client = Client(self)
        missed = None if after is None else self._missed_since(after)
        if missed is None:
            client.start_over()
        else:
            for message in missed:
                client.offer(message)
        self._clients.add(client)
        try:
            yield client
        finally:
            self._clients.discard(client)

    def close(self) -> None:
        """Send everybody away. What is published afterwards is another board: nobody goes on from this one."""
        for client in self._clients:
            client.close()
        self._begin()

    def _missed_since(self, event_id: str) -> list[Message] | None:
        """What came after it, None where that is not known any more."""
        board_id, _, number = event_id.partition(":")
        if board_id != self.board_id or not (number.isascii() and number.isdecimal() and len(number) < 19):
            return None
        missed = self._sequence - int(number)
        if not 0 <= missed <= min(len(self._kept), MOST_WAITING):
            return None
        return list(self._kept)[len(self._kept) - missed :]

    def _message(self, kind: str, document: Document) -> Message:
        event_id = f"{self.board_id}:{self._sequence}"
        head = {"type": kind, "board": self.board_id, "sequence": self._sequence}
        text = json.dumps(head | document, ensure_ascii=False, separators=(",", ":"))
        return Message(kind=kind, event_id=event_id, sequence=self._sequence, text=text)

    def _keep(self, message: Message) -> None:
        self._kept.append(message)
        self._kept_characters += len(message.text)
        while len(self._kept) > MOST_KEPT or self._kept_characters > MOST_KEPT_CHARACTERS:
            self._kept_characters -= len(self._kept.popleft().text)
