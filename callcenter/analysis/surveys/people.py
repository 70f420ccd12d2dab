"""All SQL about those who are asked and those who ask: numbers, earlier surveys, who had a ticket in hands."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from callcenter.analysis.surveys.rules import Hands, LateExclusion, SampleState
from callcenter.analysis.surveys.tables import SurveyMember, SurveySample
from callcenter.casework.dispatch.tables import InstructionEvent, InstructionRow
from callcenter.casework.tickets.log_tables import TicketEvent, TicketNote
from callcenter.casework.tickets.rules import Linked, PartyRole
from callcenter.casework.tickets.tables import TicketLink, TicketParty, TicketRow
from callcenter.dialling.tables import DoNotCall
from callcenter.mediation.tables import Mediation


@dataclass(frozen=True, kw_only=True, slots=True)
class Complainant:
    """Of a ticket; what is not known is None."""

    ticket_id: int
    phone: str | None
    is_anonymous: bool


async def find_complainants(session: AsyncSession, numbers: Collection[str]) -> dict[str, Complainant]:
    """By the number of the ticket. A ticket without one has none."""
    statement = (
        select(TicketRow.number, TicketRow.id, TicketParty.phone, TicketParty.is_anonymous)
        .join(TicketParty, TicketParty.ticket_id == TicketRow.id)
        .where(TicketRow.number.in_(numbers), TicketParty.role == PartyRole.COMPLAINANT.value)
    )
    return {
        number: Complainant(ticket_id=ticket_id, phone=phone, is_anonymous=is_anonymous)
        for number, ticket_id, phone, is_anonymous in await session.execute(statement)
    }


async def list_asked_since(session: AsyncSession, since: datetime) -> set[str]:
    """Persons who answered a survey, or refused to, since then."""
    asked = [state.value for state in (SampleState.DONE, SampleState.REFUSED)]
    return await _list_persons(session, SurveySample.state.in_(asked) & (SurveySample.ended_at >= since))


async def list_withdrawn(session: AsyncSession) -> set[str]:
    """Persons who said that they do not want to be asked."""
    return await _list_persons(session, SurveySample.reason == LateExclusion.CONSENT_WITHDRAWN.value)


async def _list_persons(session: AsyncSession, condition: ColumnElement[bool]) -> set[str]:
    statement = (
        select(SurveyMember.person)
        .join(
            SurveySample,
            (SurveySample.survey_id == SurveyMember.survey_id) & (SurveySample.number == SurveyMember.number),
        )
        .where(SurveyMember.person.is_not(None), condition)
    )
    return {person for person in await session.scalars(statement) if person is not None}


async def list_do_not_call(session: AsyncSession, numbers: Collection[str]) -> set[str]:
    """Those of these numbers that nobody may ring."""
    return set(await session.scalars(select(DoNotCall.number).where(DoNotCall.number.in_(numbers))))


async def list_hands(session: AsyncSession, numbers: Collection[str]) -> Mapping[str, Hands]:
    """Who registered each of these tickets, did something with it, or mediated it; what was merged into it counts."""
    merged = aliased(TicketRow)
    own = select(TicketRow.number, TicketRow.id).where(TicketRow.number.in_(numbers))
    others = (
        select(TicketRow.number, merged.id)
        .join(merged, merged.merged_into == TicketRow.id)
        .where(TicketRow.number.in_(numbers))
    )
    tickets = own.union(others).subquery()
    number, ticket_id = tickets.c
    in_log = select(number, TicketEvent.by).join(TicketEvent, TicketEvent.ticket_id == ticket_id)
    made = select(number, TicketRow.created_by).join(TicketRow, TicketRow.id == ticket_id)
    noted = select(number, TicketNote.by).join(TicketNote, TicketNote.ticket_id == ticket_id)
    instructed = (
        select(number, InstructionEvent.by)
        .join(InstructionRow, InstructionRow.ticket_id == ticket_id)
        .join(InstructionEvent, InstructionEvent.instruction_id == InstructionRow.id)
    )
    registered = select(number, TicketRow.registered_by).join(TicketRow, TicketRow.id == ticket_id)
    mediated = (
        select(number, Mediation.host_user_id)
        .join(TicketLink, TicketLink.ticket_id == ticket_id)
        .join(Mediation, (TicketLink.what == Linked.MEDIATION.value) & (Mediation.id == TicketLink.ref_id))
    )
    users: dict[str, set[int]] = defaultdict(set)
    for of, user_id in await session.execute(in_log.union(made, registered, mediated, noted, instructed)):
        if user_id is not None:
            users[of].add(user_id)
    return {one: Hands(users=frozenset(users[one])) for one in numbers}
