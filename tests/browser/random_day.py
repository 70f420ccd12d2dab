"""A busy hour of the hotline, one event at a time, from a seed: who rings, waits, talks, gives up; what agents do.

Events are written as the recorder and the seats' worker write them: 500 real calls would take half an hour.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from random import Random
from typing import Any

from sqlalchemy import text

from callcenter.agents.rules import PauseReason, SeatState
from callcenter.calls.records import CallRecord, Outcome, QueueExit, Talk, TalkKind, Witness
from callcenter.clock import Clock
from callcenter.postgres.database import Database
from tests.browser.board_day import at_moment
from tests.call_examples import ABANDONED, OPEN, with_visit
from tests.integration.callback_examples import store

QUEUES = ("hotline", "overflow", "dialect")
DEVICES = tuple(f"10{number:02}" for number in range(1, 9))
LOST_IN_QUEUE = (Outcome.ABANDONED_QUEUE, Outcome.QUEUE_TIMEOUT, Outcome.QUEUE_EXIT_KEY)
LOST_ELSEWHERE = (Outcome.AFTER_HOURS, Outcome.ABANDONED_GREETING, Outcome.QUEUE_FULL, Outcome.BUSY, Outcome.VOICEMAIL)
STATES = tuple(SeatState)

_SEAT_ENDS = "UPDATE agent_states SET to_at = :at WHERE interface = :interface AND to_at IS NULL"
_SEAT = """
INSERT INTO agent_states (pbx, interface, user_id, member_name, queues, state, reason, began_at, from_at)
VALUES ('pbx1', :interface, NULL, :name, :queues, :state, :reason, :at, :at)
"""


@dataclass
class RandomDay:
    """The calls that are up, by what their callers do, and the way to the next event."""

    database: Database
    random: Random
    clock: Clock
    _waiting: list[CallRecord] = field(default_factory=list)
    _talking: list[CallRecord] = field(default_factory=list)
    _number: int = 20_000

    async def events(self, count: int) -> None:
        """So many, each committed by itself; the last one is a caller who rings and waits: `last_caller`."""
        for _ in range(count - 1):
            await self._event()
        await self._rings(self.clock())

    @property
    def last_caller(self) -> str:
        """Of the last event, as the board names it: once this caller is on it, everything before is."""
        call = self._waiting[-1]
        return f"{call.pbx}/{call.call_id}"

    async def _event(self) -> None:
        now = self.clock()
        kind = self.random.choices(("rings", "answered", "gives_up", "hangs_up", "lost", "agent"), (6, 4, 2, 4, 2, 4))[
            0
        ]
        match kind:
            case "answered" if self._waiting:
                await self._answered(self._take(self._waiting), now)
            case "gives_up" if self._waiting:
                await self._gives_up(self._take(self._waiting), now)
            case "hangs_up" if self._talking:
                await self._hangs_up(self._take(self._talking), now)
            case "lost":
                example = replace(ABANDONED, queue_visits=(), outcome=self.random.choice(LOST_ELSEWHERE))
                await self._over(self._numbered(example, now - timedelta(seconds=40)))
            case "agent":
                await self._agent(now)
            case _:
                await self._rings(now)

    async def _rings(self, now: datetime) -> None:
        queue = self.random.choice(QUEUES)
        caller = self._numbered(with_visit(OPEN, queue=queue), now - timedelta(seconds=self.random.uniform(0, 80)))
        self._waiting.append(caller)
        await self._told(caller)

    async def _answered(self, caller: CallRecord, now: datetime) -> None:
        device = self.random.choice(DEVICES)
        talk = Talk(with_=device, kind=TalkKind.AGENT, from_=now, to=None)
        ended = {"left_at": now, "exit": QueueExit.CONNECTED, "agent": device, "connected_at": now}
        waited = now - caller.started_at
        talking = replace(with_visit(caller, **ended), answered_at=now, talks=(talk,), wait=waited)
        self._talking.append(talking)
        await self._told(talking)

    async def _gives_up(self, caller: CallRecord, now: datetime) -> None:
        left = with_visit(caller, left_at=now, exit=QueueExit.ABANDONED)
        lost = replace(left, ended_at=now, outcome=self.random.choice(LOST_IN_QUEUE), complete=True)
        await self._over(replace(lost, wait=now - caller.started_at))

    async def _hangs_up(self, caller: CallRecord, now: datetime) -> None:
        talks = (replace(caller.talks[0], to=now),)
        await self._over(replace(caller, ended_at=now, outcome=Outcome.ANSWERED, talks=talks, complete=True))

    async def _agent(self, now: datetime) -> None:
        device = self.random.choice(DEVICES)
        state = self.random.choice(STATES)
        reason = self.random.choice(tuple(PauseReason)) if state is SeatState.PAUSED else None
        interface = f"PJSIP/{device}"
        values = {"interface": interface, "name": f"agent-{device}", "queues": self.random.sample(QUEUES, 2)}
        async with self.database.sessions.begin() as session:
            await session.execute(text(_SEAT_ENDS), {"interface": interface, "at": now})
            await session.execute(text(_SEAT), values | {"state": state, "reason": reason, "at": now})
            await session.execute(text("NOTIFY agents"))

    def _numbered(self, example: CallRecord, begin: datetime) -> CallRecord:
        """The example at that time, under an id and with a caller of its own."""
        self._number += 1
        number = f"1390000{self.random.randrange(40):04}"
        by_number: dict[str, Any] = {
            "caller_raw": number,
            "caller_number": f"+86{number}",
            "customer_number": f"+86{number}",
        }
        return replace(at_moment(example, self._number, begin), **by_number)

    def _take(self, calls: list[CallRecord]) -> CallRecord:
        return calls.pop(self.random.randrange(len(calls)))

    async def _told(self, call: CallRecord) -> None:
        await store(self.database, [replace(call, witnesses=(Witness.AMI,))])

    async def _over(self, call: CallRecord) -> None:
        """By both witnesses, or by one so far."""
        witnesses = [Witness.AMI] if self.random.random() < 0.1 else list(Witness)
        await store(self.database, [replace(call, witnesses=(witness,)) for witness in witnesses])
