"""Whether the register is whole after everything was killed: numbers, log, states, clocks, and what was answered."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from callcenter.casework.tickets.clock_service import refresh_clocks
from callcenter.casework.tickets.log_tables import TicketDeadline, TicketEvent
from callcenter.casework.tickets.rules import TicketKind, TicketState
from callcenter.casework.tickets.states import RULES
from callcenter.casework.tickets.steps import TicketStep
from callcenter.casework.tickets.tables import TicketRow
from callcenter.postgres.database import Database
from hotline_soak.clerks import Done

SHOWN = 5
"""Of each kind of fault."""

CLOCK = ("begins_at", "target_due_at", "legal_due_at", "stopped_at", "state")


@dataclass(slots=True)
class RegisterVerdict:
    """How much there was, and each fault in a sentence."""

    tickets: int = 0
    events: int = 0
    clocks: int = 0
    faults: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))

    @property
    def is_good(self) -> bool:
        """Something was done, and nothing is wrong."""
        return self.tickets > 0 and self.events > self.tickets and not any(self.faults.values())

    def lines(self) -> list[str]:
        """To be printed."""
        found = [f"{kind}: {len(one)}; {'; '.join(one[:SHOWN])}" for kind, one in self.faults.items() if one]
        return [f"{self.tickets} tickets, {self.events} events, {self.clocks} clocks", *(found or ["0 faults"])]


async def judge_register(database: Database, done: Done, timezone: ZoneInfo, now: datetime) -> RegisterVerdict:
    """Read everything; nothing is changed."""
    verdict = RegisterVerdict()
    async with database.sessions() as session:
        rows = list(await session.scalars(select(TicketRow).order_by(TicketRow.id)))
        events: dict[int, list[TicketEvent]] = defaultdict(list)
        for event in await session.scalars(select(TicketEvent).order_by(TicketEvent.id)):
            events[event.ticket_id].append(event)
        verdict.tickets, verdict.events = len(rows), sum(map(len, events.values()))
        verdict.faults["numbers"] += judge_numbers([row.number for row in rows])
        for row in rows:
            verdict.faults["states"] += judge_log(row, events[row.id])
        verdict.faults["answers"] += judge_answers(rows, events, done)
        verdict.faults["clocks"] += await _judge_clocks(session, rows, verdict, timezone, now)
        await session.rollback()
    return verdict


def judge_numbers(numbers: Sequence[str]) -> list[str]:
    """Of each year they begin with 1, and none is missing or twice."""
    by_year: dict[str, list[int]] = defaultdict(list)
    for number in numbers:
        _, year, counted = number.split("-")
        by_year[year].append(int(counted))
    return [
        f"of {year} there are {len(counted)}, {len(set(counted))} different, up to {max(counted)}"
        for year, counted in by_year.items()
        if sorted(counted) != list(range(1, len(counted) + 1))
    ]


def judge_log(row: TicketRow, events: Iterable[TicketEvent]) -> list[str]:
    """Each step is a line of the table, each event goes on where the one before ended, the last says the state."""
    state, found = TicketState.DRAFT.value, []
    steps = set(TicketStep)
    for event in events:
        if event.what in steps:
            lines = [rule for rule in RULES if rule.step == event.what and TicketKind(row.kind) in rule.kinds]
            if not any(state in rule.sources and event.to_state == (rule.target or state) for rule in lines):
                found.append(f"{row.number}: {event.what} leads from {state} to {event.to_state}")
        elif event.to_state != state:
            found.append(f"{row.number}: {event.what} says {event.to_state}, it was {state}")
        state = event.to_state
    if state != row.state:
        found.append(f"{row.number} is {row.state}, its log says {state}")
    return found


def judge_answers(rows: Sequence[TicketRow], events: Mapping[int, Sequence[TicketEvent]], done: Done) -> list[str]:
    """What was answered is there, once; what was not answered is there once at most; nothing fails by our own fault.

    While the database is away the answer is 503.
    """
    by_number = {row.number: row for row in rows}
    keys = Counter(row.idempotency_key for row in rows)
    found = [f"the key {key} was answered with two numbers" for key in done.changed]
    found += [f"the key {key} has {count} tickets" for key, count in keys.items() if count > 1]
    found += [f"answered {count} times: {what}" for what, count in done.refused.items() if _is_our_fault(what)]
    for key, number in done.numbers.items():
        row = by_number.get(number)
        if row is None or row.idempotency_key != key:
            found.append(f"{number} was answered and is not there")
    for number, row in by_number.items():
        logged = Counter(event.what for event in events[row.id])
        for step in TicketStep:
            least = done.steps[number, step.value]
            most = least + done.unknown[number, step.value]
            first = int(step is TicketStep.REGISTER)  # it comes with the ticket
            if not least <= logged[step.value] <= most + first:
                found.append(
                    f"{number}: {step.value} was answered {least} to {most} times, logged {logged[step.value]}"
                )
    return found


def _is_our_fault(answer: str) -> bool:
    return answer.startswith("5") and not answer.startswith("503")


async def _judge_clocks(
    session: AsyncSession, rows: Sequence[TicketRow], verdict: RegisterVerdict, timezone: ZoneInfo, now: datetime
) -> list[str]:
    """They are the ones that the log gives when they are derived anew."""
    stored = await _read_clocks(session)
    due = {row.id: row.next_due_at for row in rows}
    verdict.clocks = len(stored)
    for row in rows:
        await refresh_clocks(session, row, timezone=timezone, now=now)
    session.expire_all()
    derived = await _read_clocks(session)
    found = [
        f"{key}: kept {stored.get(key)}, derived {derived.get(key)}"
        for key in stored.keys() | derived.keys()
        if stored.get(key) != derived.get(key)
    ]
    derived_due = await session.execute(select(TicketRow.id, TicketRow.next_due_at))
    return found + [
        f"{ticket_id}: due {due[ticket_id]}, derived {next_due_at}"
        for ticket_id, next_due_at in derived_due
        if due[ticket_id] != next_due_at
    ]


async def _read_clocks(session: AsyncSession) -> dict[tuple[int, str, int], tuple[Any, ...]]:
    return {
        (one.ticket_id, one.code, one.number): tuple(getattr(one, name) for name in CLOCK)
        for one in await session.scalars(select(TicketDeadline))
    }
