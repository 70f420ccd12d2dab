"""The register as rows of a snapshot: one statement, so that all of it is of one moment. Works in its caller's
transaction.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    CTE,
    ColumnElement,
    Text,
    and_,
    any_,
    bindparam,
    case,
    exists,
    func,
    literal,
    or_,
    select,
    union,
    union_all,
)
from sqlalchemy.dialects.postgresql import ARRAY, aggregate_order_by
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute, aliased

from callcenter.analysis.snapshots.persons import PersonKeys
from callcenter.analysis.snapshots.rows import FrozenClock, FrozenFlag, FrozenTicket
from callcenter.casework.deadlines.rules import Priority
from callcenter.casework.dispatch.rules import InstructionState
from callcenter.casework.dispatch.tables import InstructionDeadline, InstructionRow
from callcenter.casework.groups.tables import TicketGroupMember
from callcenter.casework.masks import mask_text
from callcenter.casework.merchants.tables import MerchantRow
from callcenter.casework.thresholds.rules import Thresholds
from callcenter.casework.tickets.clocks import ClockState
from callcenter.casework.tickets.flag_rules import FlagState, Trigger
from callcenter.casework.tickets.flag_tables import CaseFlag
from callcenter.casework.tickets.log_tables import TicketDeadline, TicketEvent
from callcenter.casework.tickets.rules import IntakeChannel, PartyRole, TicketKind, TicketOutcome, TicketState
from callcenter.casework.tickets.steps import TicketStep
from callcenter.casework.tickets.tables import TicketParty, TicketRow

_STEPS = {
    "accepted_at": TicketStep.ACCEPT,
    "refused_at": TicketStep.REFUSE,
    "settled_at": TicketStep.SETTLE,
    "ended_at": TicketStep.END,
}
_NO_MATTER = (TicketState.DRAFT, TicketState.VOID)
_PLAIN = (
    *("number", "kind", "state", "channel", "received_at", "unit_id", "goods_code", "service_code", "problem_code"),
    *("offence_code", "sales_mode_code", "brand", "amount_in_dispute_cents", "amount_recovered_cents", "outcome"),
    *("completed_at", "priority", "is_merged"),
)
"""Columns of a ticket that are taken as they are."""
_SPEAKERS = (PartyRole.COMPLAINANT, PartyRole.REPORTER)


@dataclass(frozen=True, kw_only=True, slots=True)
class Reading:
    """The moments [since, until) of a period, and by what the rows are judged and their persons told apart."""

    since: datetime
    until: datetime
    thresholds: Thresholds
    keys: PersonKeys
    area_code: str
    """Of the hotline, by which a landline in a text is known."""

    def within(self, moment: ColumnElement[Any] | InstrumentedAttribute[Any]) -> ColumnElement[bool]:
        """Whether it lies in the period."""
        return and_(moment >= self.since, moment < self.until)


def any_array(texts: Collection[str]) -> ColumnElement[Any]:
    """One parameter, however many there are: PostgreSQL takes 32,767."""
    return any_(bindparam(None, list(texts), ARRAY(Text)))


async def read_period(session: AsyncSession, reading: Reading) -> list[FrozenTicket]:
    """Each matter of the period: received, decided, settled, ended or completed in it, with a time limit that ended
    in it, or with a flag that was raised or decided in it. Drafts and void matters are none.
    """
    wanted = union(
        select(TicketRow.id).where(or_(reading.within(TicketRow.received_at), reading.within(TicketRow.completed_at))),
        select(TicketEvent.ticket_id).where(_is_step(*_STEPS.values()), reading.within(TicketEvent.at)),
        select(TicketDeadline.ticket_id).where(reading.within(_ended_at(TicketDeadline))),
        select(InstructionRow.ticket_id)
        .join(InstructionDeadline, InstructionDeadline.instruction_id == InstructionRow.id)
        .where(reading.within(_ended_at(InstructionDeadline))),
        select(CaseFlag.ticket_id).where(or_(reading.within(CaseFlag.raised_at), reading.within(CaseFlag.signed_at))),
    ).cte("wanted")
    is_matter = TicketRow.state.not_in([state.value for state in _NO_MATTER])
    return await _read(session, reading, wanted, is_matter)


async def read_tickets(session: AsyncSession, reading: Reading, numbers: Collection[str]) -> list[FrozenTicket]:
    """The same of the tickets with these numbers, whatever has become of them."""
    wanted = select(TicketRow.id).where(TicketRow.number == any_array(numbers)).cte("wanted")
    return await _read(session, reading, wanted)


async def _read(
    session: AsyncSession, reading: Reading, wanted: CTE, *conditions: ColumnElement[bool]
) -> list[FrozenTicket]:
    standing = _standing_merchants()
    merchant, merchant_id = aliased(MerchantRow), func.coalesce(standing.c.target, TicketRow.merchant_id)
    steps, clocks, flags, persons = _steps(reading, wanted), _clocks(wanted), _flags(wanted), _persons(wanted)
    serial = _serial_persons(reading)
    statement = (
        select(
            *(getattr(TicketRow, name) for name in _PLAIN),
            *(getattr(steps.c, name) for name in _STEPS),
            merchant_id.label("merchant_id"),
            merchant.region,
            clocks.c.clocks,
            flags.c.flags,
            persons.c.subject,
            serial.c.subject.is_not(None).label("is_serial"),
            TicketGroupMember.group_id,
            _is_instructed().label("is_instructed"),
        )
        .outerjoin(standing, standing.c.id == TicketRow.merchant_id)
        .outerjoin(merchant, merchant.id == merchant_id)
        .outerjoin(steps, steps.c.ticket_id == TicketRow.id)
        .outerjoin(clocks, clocks.c.ticket_id == TicketRow.id)
        .outerjoin(flags, flags.c.ticket_id == TicketRow.id)
        .outerjoin(persons, persons.c.ticket_id == TicketRow.id)
        .outerjoin(serial, serial.c.subject == persons.c.subject)
        .outerjoin(
            TicketGroupMember,
            and_(TicketGroupMember.ticket_id == TicketRow.id, TicketGroupMember.ended_at.is_(None)),
        )
        .where(_is_in(wanted, TicketRow.id), *conditions)
        .order_by(TicketRow.number)
    )
    rows = await session.execute(statement)
    return [_freeze(row._asdict(), reading) for row in rows]


def _is_step(*steps: TicketStep) -> ColumnElement[bool]:
    return TicketEvent.what.in_([step.value for step in steps])


def _ended_at(limit: type[TicketDeadline] | type[InstructionDeadline]) -> ColumnElement[Any]:
    """One that was met ended when it was stopped, one that was breached when it was over; None for all others."""
    return case(
        (limit.state == ClockState.MET.value, limit.stopped_at),
        (limit.state == ClockState.BREACHED.value, func.coalesce(limit.legal_due_at, limit.target_due_at)),
    )


def _standing_merchants() -> CTE:
    """For each merchant that is merged the one that stands for it in the end."""
    pointers = (
        select(MerchantRow.id, MerchantRow.merged_into.label("target"))
        .where(MerchantRow.merged_into.is_not(None))
        .cte("pointers", recursive=True)
    )
    following = aliased(MerchantRow)
    chain = pointers.union(
        select(pointers.c.id, following.merged_into)
        .join(following, following.id == pointers.c.target)
        .where(following.merged_into.is_not(None))
    )
    last = aliased(MerchantRow)
    return (
        select(chain.c.id, chain.c.target)
        .join(last, and_(last.id == chain.c.target, last.merged_into.is_(None)))
        .cte("standing")
    )


def _steps(reading: Reading, wanted: CTE) -> CTE:
    """When each step was taken: the last time in the period, or where it was not taken in it the last time at all."""
    moments = []
    for name, step in _STEPS.items():
        is_step = _is_step(step)
        last, last_within = func.max(TicketEvent.at).filter(is_step), and_(is_step, reading.within(TicketEvent.at))
        moments.append(func.coalesce(func.max(TicketEvent.at).filter(last_within), last).label(name))
    return (
        select(TicketEvent.ticket_id, *moments)
        .where(_is_in(wanted, TicketEvent.ticket_id), _is_step(*_STEPS.values()))
        .group_by(TicketEvent.ticket_id)
        .cte("steps")
    )


def _clocks(wanted: CTE) -> CTE:
    """Of the ticket and of the instructions about it."""
    of_tickets = select(
        TicketDeadline.ticket_id,
        TicketDeadline.code,
        TicketDeadline.number,
        TicketDeadline.state,
        func.coalesce(_ended_at(TicketDeadline), TicketDeadline.stopped_at).label("ended_at"),
    ).where(_is_in(wanted, TicketDeadline.ticket_id))
    number = func.row_number().over(
        partition_by=(InstructionRow.ticket_id, InstructionDeadline.code), order_by=InstructionRow.id
    )
    of_instructions = (
        select(
            InstructionRow.ticket_id,
            InstructionDeadline.code,
            number,
            InstructionDeadline.state,
            func.coalesce(_ended_at(InstructionDeadline), InstructionDeadline.stopped_at),
        )
        .join(InstructionDeadline, InstructionDeadline.instruction_id == InstructionRow.id)
        .where(_is_in(wanted, InstructionRow.ticket_id))
    )
    both = union_all(of_tickets, of_instructions).subquery()
    one = func.jsonb_build_array(both.c.code, both.c.number, both.c.state, both.c.ended_at)
    all_of_one = func.jsonb_agg(aggregate_order_by(one, both.c.code, both.c.number))
    return select(both.c.ticket_id, all_of_one.label("clocks")).group_by(both.c.ticket_id).cte("clocks")


def _flags(wanted: CTE) -> CTE:
    one = func.jsonb_build_array(CaseFlag.trigger, CaseFlag.state, CaseFlag.raised_at, CaseFlag.signed_at)
    all_of_one = func.jsonb_agg(aggregate_order_by(one, CaseFlag.id))
    flags = select(CaseFlag.ticket_id, all_of_one.label("flags")).where(_is_in(wanted, CaseFlag.ticket_id))
    return flags.group_by(CaseFlag.ticket_id).cte("flags")


def _persons(wanted: CTE) -> CTE:
    """Who complained or reported; none of those who did not want to be known."""
    is_speaker = TicketParty.role.in_([role.value for role in _SPEAKERS])
    return (
        select(TicketParty.ticket_id, func.min(TicketParty.subject).label("subject"))
        .where(_is_in(wanted, TicketParty.ticket_id), is_speaker, ~TicketParty.is_anonymous)
        .group_by(TicketParty.ticket_id)
        .cte("persons")
    )


def _serial_persons(reading: Reading) -> CTE:
    """Who has complained more often than the threshold within its days, which end with the period."""
    thresholds = reading.thresholds
    return (
        select(TicketParty.subject)
        .join(TicketRow, TicketRow.id == TicketParty.ticket_id)
        .where(
            TicketParty.role == PartyRole.COMPLAINANT.value,
            TicketParty.subject.is_not(None),
            ~TicketParty.is_anonymous,
            TicketRow.kind == TicketKind.COMPLAINT.value,
            TicketRow.state.not_in([state.value for state in _NO_MATTER]),
            ~TicketRow.is_merged,
            TicketRow.received_at >= reading.until - thresholds.often_within,
            TicketRow.received_at < reading.until,
        )
        .group_by(TicketParty.subject)
        .having(func.count() > literal(thresholds.often_complaints))
        .cte("serial")
    )


def _is_instructed() -> ColumnElement[bool]:
    return exists().where(
        InstructionRow.ticket_id == TicketRow.id, InstructionRow.state != InstructionState.CANCELLED.value
    )


def _is_in(wanted: CTE, ticket_id: InstrumentedAttribute[int]) -> ColumnElement[bool]:
    return ticket_id.in_(select(wanted.c[0]))


def _freeze(values: dict[str, Any], reading: Reading) -> FrozenTicket:
    """Texts that people typed are masked here, once for all that is made of a snapshot."""
    subject = values.pop("subject")
    texts = {name: mask_text(values[name], area_code=reading.area_code) for name in ("brand", "region")}
    return FrozenTicket(
        **values
        | texts
        | {
            "kind": TicketKind(values["kind"]),
            "state": TicketState(values["state"]),
            "channel": IntakeChannel(values["channel"]),
            "priority": Priority(values["priority"]),
            "outcome": None if values["outcome"] is None else TicketOutcome(values["outcome"]),
            "clocks": tuple(_clock(*clock) for clock in values["clocks"] or ()),
            "flags": tuple(_flag(*flag) for flag in values["flags"] or ()),
            "complainant_key": None if subject is None else reading.keys.key_of(subject),
        }
    )


def _clock(code: str, number: int, state: str, ended_at: str | None) -> FrozenClock:
    return FrozenClock(code=code, number=number, state=ClockState(state), ended_at=_moment(ended_at))


def _flag(trigger: str, state: str, raised_at: str, decided_at: str | None) -> FrozenFlag:
    return FrozenFlag(
        trigger=Trigger(trigger),
        state=FlagState(state),
        raised_at=datetime.fromisoformat(raised_at),
        decided_at=_moment(decided_at),
    )


def _moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
