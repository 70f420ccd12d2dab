"""All SQL about the witnesses themselves: how far they were heard, when they were blind, what nobody understood.

Every function works in the transaction of the session it gets.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, or_, select, update
from sqlalchemy.dialects.postgresql import insert as insert_or
from sqlalchemy.ext.asyncio import AsyncSession

from callcenter.calls.blind_times import DeadLetterAt, Gap, GapReason, Heard
from callcenter.calls.records import Witness
from callcenter.calls.tables import Call, DeadLetter, LedgerPosition, WitnessCount, WitnessGap, WitnessHeartbeat


async def find_position(session: AsyncSession, pbx: str) -> tuple[dict[str, Any] | None, dict[str, Any]] | None:
    """Where reading the ledger goes on, and how far it once was read."""
    statement = select(LedgerPosition.position, LedgerPosition.reached).where(LedgerPosition.pbx == pbx)
    row = (await session.execute(statement)).one_or_none()
    return None if row is None else (row.position, row.reached)


async def save_position(
    session: AsyncSession, pbx: str, *, position: dict[str, Any] | None, reached: dict[str, Any], at: datetime
) -> None:
    """Belongs into the transaction that stores what was read up to there."""
    values = {"position": position, "reached": reached, "saved_at": at}
    statement = insert_or(LedgerPosition).values(pbx=pbx, **values)
    await session.execute(statement.on_conflict_do_update(index_elements=["pbx"], set_=values))


async def find_heartbeat(session: AsyncSession, pbx: str, witness: Witness) -> datetime | None:
    """Until when everything this witness reported is stored, None if it was never heard."""
    return (
        await session.scalars(
            select(WitnessHeartbeat.at).where(WitnessHeartbeat.pbx == pbx, WitnessHeartbeat.witness == witness)
        )
    ).one_or_none()


async def find_last_listening(session: AsyncSession, pbx: str) -> datetime | None:
    """Until when an earlier process listened to the live witness of this PBX; None if none did.

    Where this process listens already, that is the beginning of the gap between the two.
    """
    between = select(func.max(WitnessGap.from_at)).where(
        WitnessGap.pbx == pbx, WitnessGap.witness == Witness.AMI, WitnessGap.reason == GapReason.RECORDER_DOWN
    )
    found: datetime | None = (await session.scalars(between)).one()
    return found if found is not None else await find_heartbeat(session, pbx, Witness.AMI)


async def find_heard(session: AsyncSession) -> Heard:
    """Until when each witness of each PBX was heard."""
    rows = await session.execute(select(WitnessHeartbeat.pbx, WitnessHeartbeat.witness, WitnessHeartbeat.at))
    return {(row.pbx, Witness(row.witness)): row.at for row in rows}


async def find_first_call_at(session: AsyncSession) -> datetime | None:
    """When the earliest call began that is stored; None while there is none."""
    return (await session.scalars(select(func.min(Call.started_at)))).one()


async def save_heartbeat(session: AsyncSession, pbx: str, witness: Witness, at: datetime) -> None:
    """Belongs into the transaction that stores what was reported until then; never goes back.

    Nor is it ever ahead of the database's clock: nobody has heard what is still to come, whatever a clock that was
    set wrong once said.
    """
    known = func.least(at, func.clock_timestamp())
    statement = insert_or(WitnessHeartbeat).values(pbx=pbx, witness=witness, at=known)
    latest = func.least(func.greatest(WitnessHeartbeat.at, statement.excluded.at), func.clock_timestamp())
    await session.execute(statement.on_conflict_do_update(index_elements=["pbx", "witness"], set_={"at": latest}))


async def open_gap(session: AsyncSession, pbx: str, witness: Witness, *, from_at: datetime, reason: GapReason) -> None:
    """The witness sees nothing from here on. A gap that is open already stays as it is."""
    values = {"from_at": from_at, "reason": reason}
    await session.execute(insert_or(WitnessGap).values(pbx=pbx, witness=witness, **values).on_conflict_do_nothing())


async def close_gap(session: AsyncSession, pbx: str, witness: Witness, *, to_at: datetime) -> None:
    """The witness sees again; nothing happens if it was not blind."""
    await session.execute(
        update(WitnessGap)
        .where(WitnessGap.pbx == pbx, WitnessGap.witness == witness, WitnessGap.to_at.is_(None))
        .values(to_at=func.greatest(WitnessGap.from_at, to_at))
    )


async def add_gap(
    session: AsyncSession, pbx: str, witness: Witness, *, from_at: datetime, to_at: datetime, reason: GapReason
) -> None:
    """A gap that was noticed when it was over; the same one is added once."""
    values = {"from_at": from_at, "to_at": max(from_at, to_at), "reason": reason}
    await session.execute(insert_or(WitnessGap).values(pbx=pbx, witness=witness, **values).on_conflict_do_nothing())


async def list_gaps(
    session: AsyncSession,
    *,
    pbx: str | None = None,
    from_at: datetime | None = None,
    to_at: datetime | None = None,
    before: int | None = None,
    limit: int = 1000,
) -> Sequence[WitnessGap]:
    """Gaps that touch [from_at, to_at), latest first; `before` is the id of the last one seen."""
    statement = select(WitnessGap).order_by(WitnessGap.id.desc()).limit(limit)
    if pbx is not None:
        statement = statement.where(WitnessGap.pbx == pbx)
    if from_at is not None:
        statement = statement.where(or_(WitnessGap.to_at.is_(None), WitnessGap.to_at > from_at))
    if to_at is not None:
        statement = statement.where(WitnessGap.from_at < to_at)
    if before is not None:
        statement = statement.where(WitnessGap.id < before)
    return (await session.scalars(statement)).all()


async def list_gaps_of(session: AsyncSession, from_at: datetime, to_at: datetime) -> list[Gap]:
    """Gaps that touch [from_at, to_at), earliest first; the time before a PBX was first heard live is one too."""
    gaps = await list_gaps(session, from_at=from_at, to_at=to_at, limit=100_000)
    unheard = (
        Gap(pbx=pbx, witness=Witness.AMI, from_at=from_at, to_at=heard_at, reason=GapReason.BEFORE_FIRST_LINK)
        for pbx, heard_at in await _first_heard_live(session, from_at)
    )
    stored = (
        Gap(pbx=gap.pbx, witness=Witness(gap.witness), from_at=gap.from_at, to_at=gap.to_at, reason=gap.reason)
        for gap in sorted(gaps, key=lambda gap: (gap.from_at, gap.id))
    )
    return [*unheard, *stored]


async def _first_heard_live(session: AsyncSession, from_at: datetime) -> list[tuple[str, datetime]]:
    """When the first call behind `from_at` began that AMI reported, by PBX of which it had reported no call before.

    What is older can only be known from the ledger.
    """
    heard = select(Call.started_at).where(Call.pbx == WitnessHeartbeat.pbx, Call.told_by_ami.is_not(None))
    # Backwards from there: the very first call looked at is one, save for what was never heard live.
    before = heard.where(Call.started_at <= from_at).order_by(Call.started_at.desc()).limit(1).scalar_subquery()
    first = heard.where(Call.started_at > from_at).order_by(Call.started_at).limit(1).scalar_subquery()
    unheard = (WitnessHeartbeat.witness == Witness.AMI, before.is_(None), first.is_not(None))
    return [
        (pbx, heard_at) for pbx, heard_at in await session.execute(select(WitnessHeartbeat.pbx, first).where(*unheard))
    ]


@dataclass(frozen=True, kw_only=True, slots=True)
class Oddities:
    """What could not be used since the last time: how often under each name, and an example."""

    counts: Mapping[str, int]
    samples: Mapping[str, str]


async def add_counts(session: AsyncSession, pbx: str, witness: Witness, oddities: Oddities, *, at: datetime) -> None:
    """Add to what was counted before. Names and examples are cut to what a person looks at."""
    for name, count in sorted(oddities.counts.items()):
        sample = oddities.samples.get(name)
        statement = insert_or(WitnessCount).values(
            pbx=pbx,
            witness=witness,
            name=_printable(name, 200),
            count=count,
            sample=None if sample is None else _printable(sample, 2000),
            last_at=at,
        )
        new = statement.excluded
        await session.execute(
            statement.on_conflict_do_update(
                index_elements=["pbx", "witness", "name"],
                set_={
                    "count": WitnessCount.count + new.count,
                    "sample": func.coalesce(new.sample, WitnessCount.sample),
                    "last_at": new.last_at,
                },
            )
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class Unusable:
    """A report that our own program could not follow; `told_at` is when it happened, as far as that is known."""

    text: str
    told_at: datetime
    reason: str


def reason_of_defect(error: Exception) -> str:
    """What stands beside what could not be followed; the traceback is in the log."""
    return f"{type(error).__name__}: {error}"


async def add_dead_letters(
    session: AsyncSession, pbx: str, witness: Witness, letters: Iterable[Unusable], *, at: datetime
) -> None:
    """Belongs into the transaction that stores the reports beside them."""
    for letter in letters:
        values = {"told": _printable(letter.text, 20_000), "reason": _printable(letter.reason, 2000)}
        await session.execute(
            insert_or(DeadLetter).values(pbx=pbx, witness=witness, told_at=letter.told_at, at=at, **values)
        )


async def list_dead_letter_moments(session: AsyncSession, from_at: datetime, to_at: datetime) -> list[DeadLetterAt]:
    """When in [from_at, to_at) something happened that stands in the dead letters, in order."""
    within = (DeadLetter.told_at >= from_at, DeadLetter.told_at < to_at)
    statement = select(DeadLetter.pbx, DeadLetter.told_at).where(*within).distinct()
    rows = await session.execute(statement.order_by(DeadLetter.told_at, DeadLetter.pbx))
    return [DeadLetterAt(pbx, told_at) for pbx, told_at in rows]


async def count_dead_letters(session: AsyncSession, *, since: datetime) -> int:
    """Those written down since then."""
    return (await session.scalars(select(func.count()).select_from(DeadLetter).where(DeadLetter.at >= since))).one()


def _printable(text: str, length: int) -> str:
    return "".join(sign if sign.isprintable() else f"\\x{ord(sign):02x}" for sign in text[:length])


async def list_counts(session: AsyncSession) -> Sequence[WitnessCount]:
    """Everything that was counted."""
    order = (WitnessCount.pbx, WitnessCount.witness, WitnessCount.name)
    return (await session.scalars(select(WitnessCount).order_by(*order))).all()


async def list_dead_letters(
    session: AsyncSession, *, before: int | None = None, limit: int | None = None
) -> Sequence[DeadLetter]:
    """What could not be used, latest first; `before` is the id of the last one seen."""
    statement = select(DeadLetter).order_by(DeadLetter.id.desc()).limit(limit)
    if before is not None:
        statement = statement.where(DeadLetter.id < before)
    return (await session.scalars(statement)).all()
