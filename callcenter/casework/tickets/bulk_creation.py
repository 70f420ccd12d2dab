"""Many matters at once that were registered elsewhere already: tickets by the rules of creation, without its questions.

What a ticket needs to be registered here (a name, a way to reach the person, what they ask for) the register of the
national platform holds, and its export leaves out: nothing is asked for it. Everything else is as with one ticket:
numbers without a gap, the log, the priority, flags and clocks.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from callcenter.casework.thresholds.store import read_thresholds
from callcenter.casework.tickets import deadline_store, log_store, store
from callcenter.casework.tickets.clock_service import derive_first, next_due, refresh_clocks
from callcenter.casework.tickets.creation import EMPTY, PREFIX
from callcenter.casework.tickets.fields import Place, known_of, known_of_row
from callcenter.casework.tickets.flag_rules import list_triggers
from callcenter.casework.tickets.flags import flag_by_rule
from callcenter.casework.tickets.log_store import TicketEventKind, event_values
from callcenter.casework.tickets.occurrences import StepTaken, Written
from callcenter.casework.tickets.priorities import propose_priority
from callcenter.casework.tickets.rules import IntakeChannel, TicketKind, TicketState
from callcenter.casework.tickets.search import grams_of
from callcenter.casework.tickets.steps import TicketStep
from callcenter.casework.tickets.tables import TicketRow


@dataclass(frozen=True, kw_only=True, slots=True)
class RegisteredElsewhere:
    """A matter with the number that the national platform gave it. `fields` are columns, by name."""

    kind: TicketKind
    platform_number: str
    received_at: datetime
    fields: Mapping[str, Any]


async def register_many(
    session: AsyncSession, matters: Sequence[RegisteredElsewhere], *, by: int, place: Place, now: datetime
) -> list[int]:
    """The ids of their tickets, in the same order. None of their numbers is in the register, which the database holds.

    A few hundred at a time: nobody else gets a ticket's number until the transaction has ended.
    """
    if not matters:
        return []
    thresholds = await read_thresholds(session, now)
    priorities = [propose_priority(known_of(matter.kind, matter.fields), thresholds) for matter in matters]
    begun = [(_written(matter, now), priority) for matter, (priority, _) in zip(matters, priorities, strict=True)]
    clocks = await derive_first(session, begun, timezone=place.timezone, now=now)
    year = now.astimezone(place.timezone).year
    first = await store.take_number(session, year, len(matters))
    values = [
        {
            **EMPTY,
            "kind": matter.kind.value,
            "number": f"{PREFIX}-{year}-{first + position:05d}",
            "state": TicketState.REGISTERED.value,
            "version": 1,
            "channel": IntakeChannel.IMPORT.value,
            "received_at": matter.received_at,
            "created_at": now,
            "created_by": by,
            "registered_at": now,
            "registered_by": by,
            "platform_number": matter.platform_number,
            "platform_number_at": now,
            "search_grams": grams_of(matter.fields),
            "priority": priority.value,
            "priority_reason": reason,
            "next_due_at": next_due(of_ticket),
            **matter.fields,
        }
        for position, (matter, (priority, reason), of_ticket) in enumerate(
            zip(matters, priorities, clocks, strict=True)
        )
    ]
    rows = await store.add_tickets(session, values)
    await log_store.add_events(
        session, [event for row, of_ticket in zip(rows, clocks, strict=True) for event in _events(row, of_ticket, by)]
    )
    deadlines = [
        one | {"ticket_id": row.id} for row, found in zip(rows, clocks, strict=True) for one in map(dict, found)
    ]
    await deadline_store.add_deadlines(session, deadlines)
    for row in rows:
        known = known_of_row(row)
        if list_triggers(known, thresholds):
            await flag_by_rule(session, row, known, timezone=place.timezone, now=now)
            await refresh_clocks(session, row, timezone=place.timezone, now=now)
    return [row.id for row in rows]


def _written(matter: RegisteredElsewhere, now: datetime) -> Written:
    return Written(
        kind=matter.kind,
        received_at=matter.received_at,
        platform_number_at=now,
        steps=(StepTaken(step=TicketStep.REGISTER, at=now),),
        notices=(),
        clues=(),
    )


def _events(row: TicketRow, clocks: Sequence[Mapping[str, Any]], by: int) -> list[dict[str, Any]]:
    at = row.created_at
    channel = {"channel": row.channel}
    events = [
        event_values(row.id, TicketEventKind.CREATED, state=TicketState.DRAFT, by=by, at=at, body=channel),
        event_values(
            row.id, TicketStep.REGISTER, state=TicketState.REGISTERED, from_state=TicketState.DRAFT, by=by, at=at
        ),
    ]
    for clock in clocks:
        for percent in clock["warned"]:
            body = {"code": clock["code"], "number": clock["number"], "percent": percent}
            events.append(
                event_values(row.id, TicketEventKind.WARNED, state=TicketState.REGISTERED, by=None, at=at, body=body)
            )
    return events
