"""All SQL of a ticket's log: its events, notes and notices. Works in its caller's transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from callcenter.accounts.tables import User
from callcenter.casework.tickets.log_tables import TicketEvent, TicketNote, TicketNotice
from callcenter.casework.tickets.occurrences import Clue, StepTaken
from callcenter.casework.tickets.rules import Notice, NoticeBy, NoticeKind, NoticeTo, TicketState
from callcenter.casework.tickets.steps import TicketStep


class TicketEventKind(StrEnum):
    """What stands in a ticket's log beside its steps. A closed list."""

    CREATED = "created"
    CHANGED = "changed"
    """Fields; `body` has their names, and of closed lists and codes what they were and are."""
    PARTY_PUT = "party_put"
    PRIORITY_SET = "priority_set"
    NOTICE_ADDED = "notice_added"
    LINKED = "linked"
    UNLINKED = "unlinked"
    ATTACHED = "attached"
    """A file; `body` has its id and its hash, and not its name."""
    FORM_ISSUED = "form_issued"
    FLAGGED = "flagged"
    """The matter must become a case, or a signed refusal."""
    FLAG_PROPOSED = "flag_proposed"
    FLAG_SENT_BACK = "flag_sent_back"
    FLAG_DECIDED = "flag_decided"
    FLAG_WITHDRAWN = "flag_withdrawn"
    FLAG_EXTENDED = "flag_extended"
    CASE_RESULT = "case_result"
    WARNED = "warned"
    """So many percent of a time limit are over."""
    MERGED = "merged"
    """Another ticket stands for it from now on."""
    UNMERGED = "unmerged"
    MERGED_HERE = "merged_here"
    """It stands for another ticket from now on."""
    UNMERGED_HERE = "unmerged_here"
    GROUPED = "grouped"
    """It belongs to a joint complaint from now on."""
    UNGROUPED = "ungrouped"
    INSTRUCTED = "instructed"
    """A unit was instructed to act on it."""
    INSTRUCTION_ENDED = "instruction_ended"
    """The unit has done it, or was called off."""
    ARCHIVED = "archived"
    """Its time is over: it has lost its persons, and what came with the entries before this one."""
    PATROLLED = "patrolled"
    """A patrol about it was finished; `body` has its id."""


async def add_event(
    session: AsyncSession,
    ticket_id: int,
    what: TicketStep | TicketEventKind,
    *,
    state: TicketState,
    from_state: TicketState | None = None,
    by: int | None,
    at: datetime,
    body: Mapping[str, Any] | None = None,
) -> None:
    """`state` is the one after it, `from_state` the one before where it was another."""
    event = event_values(ticket_id, what, state=state, from_state=from_state, by=by, at=at, body=body)
    await session.execute(insert(TicketEvent).values(**event))


def event_values(
    ticket_id: int,
    what: TicketStep | TicketEventKind,
    *,
    state: TicketState,
    from_state: TicketState | None = None,
    by: int | None,
    at: datetime,
    body: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """The columns of an event, for `add_events`."""
    return {
        "ticket_id": ticket_id,
        "what": what.value,
        "from_state": None if from_state is None else from_state.value,
        "to_state": state.value,
        "at": at,
        "by": by,
        "body": dict(body or {}),
    }


async def add_events(session: AsyncSession, events: Sequence[Mapping[str, Any]]) -> None:
    """Events of many tickets, in this order."""
    await session.execute(insert(TicketEvent), list(events))


async def list_events(session: AsyncSession, ticket_id: int) -> list[tuple[TicketEvent, str | None]]:
    """As they came, each with the login name of who did it."""
    statement = (
        select(TicketEvent, User.name)
        .outerjoin(User, User.id == TicketEvent.by)
        .where(TicketEvent.ticket_id == ticket_id)
        .order_by(TicketEvent.id)
    )
    return [(event, name) for event, name in await session.execute(statement)]


async def list_steps(session: AsyncSession, ticket_id: int) -> tuple[StepTaken, ...]:
    """The steps that were taken, in order."""
    statement = (
        select(TicketEvent)
        .where(TicketEvent.ticket_id == ticket_id, TicketEvent.what.in_([step.value for step in TicketStep]))
        .order_by(TicketEvent.id)
    )
    return tuple(
        StepTaken(
            step=TicketStep(event.what),
            at=event.at,
            begins_on=_day(event.body.get("begins_on")),
            ends_on=_day(event.body.get("ends_on")),
        )
        for event in await session.scalars(statement)
    )


async def add_note(session: AsyncSession, ticket_id: int, *, note: str, by: int, at: datetime) -> None:
    """What somebody wrote down."""
    await session.execute(insert(TicketNote).values(ticket_id=ticket_id, note=note, by=by, at=at))


async def list_notes(session: AsyncSession, ticket_id: int) -> list[tuple[TicketNote, str]]:
    """As they came, each with the login name of who wrote it."""
    statement = (
        select(TicketNote, User.name)
        .join(User, User.id == TicketNote.by)
        .where(TicketNote.ticket_id == ticket_id)
        .order_by(TicketNote.id)
    )
    return [(note, name) for note, name in await session.execute(statement)]


async def add_notice(
    session: AsyncSession,
    ticket_id: int,
    notice: Notice,
    *,
    by: int,
    pbx: str | None,
    call_id: str | None,
    proof: str | None,
) -> None:
    """Somebody was told something."""
    await session.execute(
        insert(TicketNotice).values(
            ticket_id=ticket_id,
            kind=notice.kind.value,
            to=notice.to.value,
            told_by=notice.by.value,
            at=notice.at,
            recorded_at=notice.recorded_at,
            recorded_by=by,
            pbx=pbx,
            call_id=call_id,
            proof=proof,
        )
    )


async def list_notice_rows(session: AsyncSession, ticket_id: int) -> Sequence[TicketNotice]:
    """As they were written down."""
    statement = select(TicketNotice).where(TicketNotice.ticket_id == ticket_id).order_by(TicketNotice.id)
    return (await session.scalars(statement)).all()


async def list_notices(session: AsyncSession, ticket_id: int) -> tuple[Notice, ...]:
    """The same as the rules see them."""
    return tuple(
        Notice(
            kind=NoticeKind(row.kind),
            to=NoticeTo(row.to),
            by=NoticeBy(row.told_by),
            at=row.at,
            recorded_at=row.recorded_at,
        )
        for row in await list_notice_rows(session, ticket_id)
    )


async def list_clues(session: AsyncSession, ticket_id: int) -> tuple[Clue, ...]:
    """What was found of an offence, in the order in which it was flagged, and what became of it."""
    statement = (
        select(TicketEvent)
        .where(TicketEvent.ticket_id == ticket_id, TicketEvent.body.has_key("flag"))
        .order_by(TicketEvent.id)
    )
    clues: dict[int, Clue] = {}
    for event in await session.scalars(statement):
        flag, at = event.body["flag"], event.at
        match event.what:
            case TicketEventKind.FLAGGED:
                clues[flag] = Clue(discovered_on=date.fromisoformat(event.body["discovered_on"]))
            case TicketEventKind.FLAG_DECIDED:
                is_filed = event.body["decision"] == "filed"
                clues[flag] = replace(clues[flag], decided_at=at, filed_at=at if is_filed else None)
            case TicketEventKind.FLAG_WITHDRAWN:
                clues[flag] = replace(clues[flag], withdrawn_at=at)
            case TicketEventKind.FLAG_EXTENDED:
                clues[flag] = replace(clues[flag], is_extended=True)
            case TicketEventKind.CASE_RESULT:
                clues[flag] = replace(clues[flag], result_at=at)
    return tuple(clues.values())


async def get_merge(session: AsyncSession, ticket_id: int) -> TicketEvent:
    """The last merge of a ticket that is merged: when it was, and from which state."""
    statement = select(TicketEvent).where(
        TicketEvent.ticket_id == ticket_id, TicketEvent.what == TicketEventKind.MERGED.value
    )
    return (await session.scalars(statement.order_by(TicketEvent.id.desc()).limit(1))).one()


def _day(value: str | None) -> date | None:
    return None if value is None else date.fromisoformat(value)
