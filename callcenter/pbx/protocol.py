"""One TCP connection of an AMI login: bytes to messages, actions to their answers.

What differs from panoramisk 1.4: bytes are cut before they are decoded, so a character split
over two reads stays whole; nothing is ever sent a second time, since that would dial a person
twice; a line break in a value is refused, since it would begin an action of its own.
"""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from panoramisk.actions import Action
from panoramisk.ami_protocol import AMIProtocol
from panoramisk.message import Message

from callcenter.errors import ActionRefused, InputError, PbxError, ResultUnknown
from callcenter.pbx import actions
from callcenter.pbx.wire import ACTION_ID, AmiReader, decode, header

Headers = dict[str, str | list[str]]
"""Names as Asterisk writes them; a header that comes several times has a list."""

_BREAKS_OUT = re.compile(r"[\r\n\0]")


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """What the PBX said to one action."""

    response: Headers
    events: list[Headers] = field(default_factory=list)
    """Of an action that answers with a list, the closing event included."""


class ProtocolOwner(Protocol):
    """Whose login the connection is for."""

    protocol: AmiProtocol | None
    """The TCP connection, None while there is none."""
    damaged: int
    """Messages that came cut or were too long to take in, since the start."""

    def received(self, protocol: AmiProtocol, messages: list[bytes]) -> None:
        """Called for every read, in order."""


class AmiProtocol(AMIProtocol):  # type: ignore[misc]
    """One TCP connection. Its actions die with it."""

    def __init__(self, owner: ProtocolOwner) -> None:
        self._owner = owner
        self._reader = AmiReader()
        self.unanswered_pings = 0
        self.pings: dict[str, datetime] = {}
        """When those were sent that wait for their answer, by action id."""
        self.lost: asyncio.Future[Exception | None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self._owner.protocol = self

    def data_received(self, data: bytes) -> None:
        self.unanswered_pings = 0
        damaged = self._reader.damaged
        messages = self._reader.feed(data)
        self._owner.damaged += self._reader.damaged - damaged
        self._owner.received(self, messages)

    def connection_lost(self, exc: Exception | None) -> None:
        for action in self.responses.values():
            if not action.future.done():
                action.future.set_exception(
                    ResultUnknown(f"The connection was lost before the PBX answered {action['Action']}.")
                )
        self.lost.set_result(exc)

    def ping(self, at: datetime) -> None:
        """Ask for a sign of life."""
        action = _build_action(actions.ping())
        self.unanswered_pings += 1
        self.pings[action.id] = at
        self.transport.write(str(action).encode())

    def write(self, headers: actions.Action) -> None:
        """Send an action nobody waits for."""
        self.transport.write(str(_build_action(headers)).encode())

    async def ask(self, headers: actions.Action) -> Answer:
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
        action_id = header(message, ACTION_ID)
        action = self.responses.get(action_id) if action_id is not None else None
        if action is None:
            return None
        parsed = Message.from_line(decode(message))
        if parsed is not None:
            action.add_message(parsed)
        return str(action["Action"])


class _Action(Action):  # type: ignore[misc]
    """One answer, or a list that is announced as one.

    panoramisk also waits for an event behind "successfully queued" (Originate) and "Added ... to queue": on a login
    without events it never comes.
    """

    @property
    def multi(self) -> bool:
        answer = self.responses[0]
        return str(answer.get("EventList", "")).lower() == "start" or "will follow" in str(answer.message).lower()


def _build_action(headers: actions.Action) -> Action:
    for name, value in headers.items():
        values = [value] if isinstance(value, str) else value
        if ":" in name or any(_BREAKS_OUT.search(text) for text in (name, *values)):
            raise InputError(f"The AMI header {_BREAKS_OUT.sub(' ', name)} has a line break or a zero in it.")
        try:
            "".join(values).encode()
        except UnicodeEncodeError:
            raise InputError(f"The AMI header {name} is no valid text.") from None
    return _Action({name: value if isinstance(value, str) else list(value) for name, value in headers.items()})


def _headers(message: Message) -> Headers:
    return {name: value for name, value in message.items() if name != "content"}
