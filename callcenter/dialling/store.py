"""The SQL of dials. Every function works in its caller's transaction."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Text, and_, cast, func, insert, or_, select, update
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.dialects.postgresql import insert as insert_or
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from callcenter.accounts.tables import User
from callcenter.calls.record_json import record_from_json
from callcenter.calls.records import CallRecord, Direction
from callcenter.calls.tables import Call, WitnessGap, WitnessHeartbeat
from callcenter.dialling.rules import NEVER_RANG, VOIDING, DialOutcome, DialState, Judgement
from callcenter.dialling.tables import CallerPriority, Dial, DialJudgement, DialRefusal, DirectoryEntry, OutgoingLeg
from callcenter.errors import NotFoundError

SHOWN_WITHIN = timedelta(days=1)
"""So long after the end of a call what its witnesses add still changes what is said of the dial."""

LONGEST_CALL = timedelta(hours=12)
"""A call that has been up for longer is one whose end nobody saw."""


async def find_by_key(session: AsyncSession, user_id: int, idempotency_key: str) -> Dial | None:
    """The dial that this key was used for."""
    statement = select(Dial).where(Dial.user_id == user_id, Dial.idempotency_key == idempotency_key)
    return (await session.scalars(statement)).one_or_none()


async def get_dial(session: AsyncSession, dial_id: int) -> Dial:
    """Raises NotFoundError."""
    dial = await session.get(Dial, dial_id, populate_existing=True)
    if dial is None:
        raise NotFoundError("There is no such dial.")
    return dial


async def take_dial_id(session: AsyncSession) -> int:
    """An id that nobody else will get."""
    sequence = func.pg_get_serial_sequence(Dial.__tablename__, "id")
    return int((await session.execute(select(func.nextval(sequence)))).scalar_one())


async def add_dial(session: AsyncSession, values: Mapping[str, Any]) -> bool:
    """False where the person or the seat is in flight already, or the key was used meanwhile."""
    statement = insert_or(Dial).values(values).on_conflict_do_nothing().returning(Dial.id)
    return (await session.execute(statement)).first() is not None


async def lock_dials(session: AsyncSession, user_id: int, subject: str | None) -> None:
    """Let no other request of this agent, nor one about this person, be decided until this transaction ends.

    Always in this order, so that no two requests wait for each other.
    """
    names = [f"dials by {user_id}", *([] if subject is None else [f"dials to {subject}"])]
    for name in names:
        await session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(name, 0))))


async def list_in_the_way(session: AsyncSession, *, subject: str, pbx: str, interface: str) -> Sequence[Dial]:
    """Dials in flight to that person or from that seat."""
    same = or_(Dial.subject == subject, and_(Dial.pbx == pbx, Dial.interface == interface))
    return (await session.scalars(select(Dial).where(same, Dial.state == DialState.DIALLING))).all()


async def count_dials(
    session: AsyncSession, *, since: datetime, user_id: int | None = None, subject: str | None = None
) -> int:
    """Dials of an agent, or those that may have rung a person, since a moment."""
    wanted: list[ColumnElement[bool]] = [Dial.requested_at >= since, Dial.state.not_in(NEVER_RANG)]
    if user_id is not None:
        wanted.append(Dial.user_id == user_id)
    if subject is not None:
        rang = Dial.outcome.is_distinct_from(DialOutcome.AGENT_NO_ANSWER.value)
        wanted += [Dial.subject == subject, rang]
    return (await session.execute(select(func.count()).where(*wanted))).scalar_one()


async def add_outgoing_leg(session: AsyncSession, **values: Any) -> None:
    await session.execute(insert(OutgoingLeg).values(**values))


async def count_outgoing_legs(
    session: AsyncSession, *, since: datetime, user_id: int | None, number: str | None, purpose: str
) -> int:
    """How many numbers were let through for an agent, or how often one number, since a moment."""
    wanted: list[ColumnElement[bool]] = [OutgoingLeg.at >= since, OutgoingLeg.occasion == purpose]
    if user_id is not None:
        wanted.append(OutgoingLeg.user_id == user_id)
    if number is not None:
        wanted.append(OutgoingLeg.number == number)
    return (await session.execute(select(func.count()).where(*wanted))).scalar_one()


async def list_outgoing_legs(
    session: AsyncSession, *, before: int | None, limit: int
) -> Sequence[tuple[OutgoingLeg, str]]:
    """Newest first, each with the user's name."""
    statement = select(OutgoingLeg, User.name).join(User, User.id == OutgoingLeg.user_id)
    if before is not None:
        statement = statement.where(OutgoingLeg.id < before)
    rows = await session.execute(statement.order_by(OutgoingLeg.id.desc()).limit(limit))
    return [(leg, name) for leg, name in rows]


async def is_known_number(session: AsyncSession, number: str) -> bool:
    """Whether it rang us, was rung by us, or stands in the directory."""
    was_in_a_call = select(Call.call_id).where(Call.customer_key == number).exists()
    is_listed = select(DirectoryEntry.id).where(DirectoryEntry.number == number).exists()
    return bool((await session.execute(select(was_in_a_call | is_listed))).scalar_one())


async def find_call_to_us(session: AsyncSession, subject: str, now: datetime) -> dict[str, str] | None:
    """The call that this person has to us at this moment: `pbx` and `call_id`."""
    row = (await session.execute(_calls_to_us(subject, now).with_only_columns(Call.pbx, Call.call_id))).first()
    return None if row is None else {"pbx": row.pbx, "call_id": row.call_id}


def _calls_to_us(subject: Any, now: datetime) -> Any:
    return select(Call.call_id).where(
        Call.customer_key == subject,
        Call.direction == Direction.INBOUND,
        Call.outcome.is_(None),
        Call.started_at > now - LONGEST_CALL,
    )


async def note_answer(session: AsyncSession, dial_id: int, at: datetime) -> bool:
    """The PBX took the order; whether the dial had been withdrawn before."""
    statement = update(Dial).where(Dial.id == dial_id).values(answered_at=at).returning(Dial.withdrawn_at)
    return (await session.execute(statement)).scalar_one() is not None


async def end_in_flight(session: AsyncSession, dial_id: int, state: DialState, at: datetime) -> None:
    """A dial without a call ends, unless it has ended otherwise meanwhile."""
    is_in_flight = Dial.state == DialState.DIALLING
    await session.execute(update(Dial).where(Dial.id == dial_id, is_in_flight).values(state=state, ended_at=at))


async def list_over(session: AsyncSession, now: datetime, limit: int) -> list[tuple[Dial, CallRecord, datetime]]:
    """Dials whose call is over and was not looked at as it stands, with its `changed_at`; locked.

    Those that another process works on are left out.
    """
    is_recent = or_(Dial.state != DialState.ENDED, Dial.ended_at > now - SHOWN_WITHIN)
    statement = (
        select(Dial, Call.record, Call.changed_at)
        .join(Call, (Call.pbx == Dial.pbx) & (Call.call_id == Dial.call_id))
        .where(is_recent, Call.outcome.is_not(None), Dial.settled_at.is_distinct_from(Call.changed_at))
        .order_by(Dial.id)
        .limit(limit)
        .with_for_update(of=Dial, skip_locked=True)
    )
    return [(dial, record_from_json(record), at) for dial, record, at in await session.execute(statement)]


async def list_without_call(session: AsyncSession, *, before: datetime) -> Sequence[Dial]:
    """Dials in flight since before that moment of which there is no call; locked."""
    has_call = select(Call.call_id).where(Call.pbx == Dial.pbx, Call.call_id == Dial.call_id).exists()
    statement = (
        select(Dial)
        .where(Dial.state == DialState.DIALLING, Dial.requested_at < before, ~has_call)
        .with_for_update(skip_locked=True)
    )
    return (await session.scalars(statement)).all()


async def was_heard(session: AsyncSession, pbx: str, *, from_at: datetime, to_at: datetime) -> bool:
    """Whether some witness reported everything of [from_at, to_at)."""
    gap = select(WitnessGap.id).where(
        WitnessGap.pbx == pbx,
        WitnessGap.witness == WitnessHeartbeat.witness,
        WitnessGap.from_at < to_at,
        or_(WitnessGap.to_at.is_(None), WitnessGap.to_at > from_at),
    )
    heard = select(WitnessHeartbeat.at).where(WitnessHeartbeat.pbx == pbx, WitnessHeartbeat.at >= to_at, ~gap.exists())
    return (await session.scalars(heard)).first() is not None


async def withdraw_crossed(session: AsyncSession, pbxs: Collection[str], now: datetime) -> Sequence[Dial]:
    """Dials of these PBXs that nobody has answered while the person rings us.

    They are noted as withdrawn, each once, with the person's call.

    Whoever gets one is to hang it up.
    """
    own = select(Call.call_id).where(
        Call.pbx == Dial.pbx,
        Call.call_id == Dial.call_id,
        or_(Call.outcome.is_not(None), Call.answered_at.is_not(None)),
    )
    crossed = (
        select(Dial.id)
        .where(
            Dial.pbx.in_(pbxs),
            Dial.state == DialState.DIALLING,
            Dial.withdrawn_at.is_(None),
            ~own.exists(),
            _calls_to_us(Dial.subject, now).exists(),
        )
        .with_for_update(skip_locked=True)
    )
    statement = update(Dial).where(Dial.id.in_(crossed)).values(withdrawn_at=now).returning(Dial)
    dials = (await session.scalars(statement)).all()
    for dial in dials:
        await add_priorities(session, dial.subject, now, dial_id=dial.id)
    return dials


async def add_priorities(session: AsyncSession, subject: str, now: datetime, *, dial_id: int | None) -> None:
    """The person's calls that are up are to go before the others, once each."""
    calls = _calls_to_us(subject, now).with_only_columns(Call.pbx, Call.call_id)
    for pbx, call_id in (await session.execute(calls)).all():
        values = {"pbx": pbx, "call_id": call_id, "dial_id": dial_id, "noticed_at": now}
        await session.execute(insert_or(CallerPriority).values(values).on_conflict_do_nothing())


async def list_waiting_priorities(session: AsyncSession, pbx: str) -> Sequence[str]:
    """Calls of a PBX that are up and are still to go before others."""
    statement = (
        select(CallerPriority.call_id)
        .join(Call, (Call.pbx == CallerPriority.pbx) & (Call.call_id == CallerPriority.call_id))
        .where(CallerPriority.pbx == pbx, CallerPriority.raised_at.is_(None), Call.outcome.is_(None))
    )
    return (await session.scalars(statement)).all()


async def claim_priority(session: AsyncSession, pbx: str, call_id: str, at: datetime) -> bool:
    """Whether it is ours to raise: once for each call."""
    statement = (
        update(CallerPriority)
        .where(CallerPriority.pbx == pbx, CallerPriority.call_id == call_id, CallerPriority.raised_at.is_(None))
        .values(raised_at=at)
        .returning(CallerPriority.call_id)
    )
    return (await session.execute(statement)).first() is not None


async def add_refusal(session: AsyncSession, values: Mapping[str, Any]) -> None:
    await session.execute(insert(DialRefusal).values(values))


async def list_refusals(session: AsyncSession, *, before: int | None, limit: int) -> Sequence[tuple[DialRefusal, str]]:
    """Newest first, each with the user's name."""
    statement = select(DialRefusal, User.name).join(User, User.id == DialRefusal.user_id)
    if before is not None:
        statement = statement.where(DialRefusal.id < before)
    rows = await session.execute(statement.order_by(DialRefusal.id.desc()).limit(limit))
    return [(refusal, name) for refusal, name in rows]


async def add_judgement(session: AsyncSession, values: Mapping[str, Any]) -> None:
    await session.execute(insert(DialJudgement).values(values))


def _is_latest() -> ColumnElement[bool]:
    """The judgement that counts for its dial."""
    later = aliased(DialJudgement)
    return ~select(later.id).where(later.dial_id == DialJudgement.dial_id, later.id > DialJudgement.id).exists()


async def list_voided(session: AsyncSession, subjects: Collection[str]) -> dict[tuple[str, str], Judgement]:
    """Calls to these persons whose talk was none with them: PBX and call id, and what the agents judged."""
    of_subjects = Dial.subject == func.any(cast(list(subjects), ARRAY(Text)))
    statement = (
        select(Dial.pbx, Dial.call_id, DialJudgement.judgement)
        .join(DialJudgement, DialJudgement.dial_id == Dial.id)
        .where(of_subjects, DialJudgement.judgement.in_(VOIDING), _is_latest())
    )
    rows = await session.execute(statement)
    return {(pbx, call_id): Judgement(judgement) for pbx, call_id, judgement in rows}


async def list_dials(
    session: AsyncSession, *conditions: ColumnElement[bool], limit: int
) -> Sequence[tuple[Dial, str, DialJudgement | None]]:
    """Newest first, each with the agent's name and what they heard."""
    statement = (
        select(Dial, User.name, DialJudgement)
        .join(User, User.id == Dial.user_id)
        .outerjoin(DialJudgement, (DialJudgement.dial_id == Dial.id) & _is_latest())
        .where(*conditions)
        .order_by(Dial.id.desc())
        .limit(limit)
    )
    return [(dial, name, judgement) for dial, name, judgement in await session.execute(statement)]
