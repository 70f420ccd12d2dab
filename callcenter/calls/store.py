"""All SQL of calls: storing what witnesses tell, and finding it again.

Every function works in the transaction of the session it gets. `calls` as a notification is a hint that something
changed; the table is the truth.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from typing import cast as typing_cast
from zoneinfo import ZoneInfo

from sqlalchemy import Boolean, Table, Text, cast, func, insert, literal_column, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.dialects.postgresql import insert as insert_or
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from callcenter.calls.numbers import CallerNumber, NumberKind, identity_key, normalise
from callcenter.calls.records import (
    Anomaly,
    CallRecord,
    Direction,
    TalkKind,
    Witness,
    record_from_json,
    record_to_json,
)
from callcenter.calls.retelling import retell
from callcenter.calls.tables import Call, DeadLetter
from callcenter.calls.witnesses import is_confirmed, merge
from callcenter.errors import NotFoundError

CHANNEL = "calls"
"""What LISTEN has to name."""

_REFUSED_DATA = ("22", "23", "54")
"""Classes of SQLSTATE that are about the row itself: another try will not help."""

LONGEST_NUMBER = 200
"""Signs of a number that are searched for. No index takes a text of some kilobytes, and a caller may send one."""

Key = tuple[str, str]
Tellings = dict[Witness, CallRecord]


@dataclass(frozen=True, kw_only=True, slots=True)
class Locality:
    """Where the hotline is: what local numbers belong to, and when its business day begins."""

    area_code: str
    timezone: ZoneInfo


@dataclass(frozen=True, kw_only=True, slots=True)
class Stored:
    """What storing a batch came to: calls changed, tellings refused, and how long new confirmations took."""

    changed: int = 0
    refused: int = 0
    lags: tuple[timedelta, ...] = ()


async def store_tellings(
    session: AsyncSession,
    tellings: Iterable[CallRecord],
    *,
    locality: Locality,
    now: datetime,
    is_repeat: bool = False,
) -> Stored:
    """Store what witnesses tell, each record with the one witness it comes from, in the order told.

    Storing the same again changes nothing, and the order in which two witnesses are heard does not matter. A telling
    that the database refuses goes to the dead letters, the others are stored. A repeat, told without all that had gone
    before, adds to what is known and replaces no whole telling.
    """
    told = _by_call(tellings)
    if not told:
        return Stored()
    for pbx in sorted({pbx for pbx, _ in told}):
        # Both witnesses of a PBX write the same rows: one batch at a time.
        await session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(f"calls of {pbx}", 0))))
    known = await _find_known(session, list(told))
    rows = [
        row
        for key in sorted(told)
        if (row := _row(known.get(key), told[key], locality, now, is_repeat=is_repeat)) is not None
    ]
    refused = await _upsert(session, rows, now)
    if len(rows) > refused:
        await session.execute(select(func.pg_notify(CHANNEL, "")))
    lags = (row["confirmed_at"] - row["recorded_at"] for row in rows if row["confirmed_at"] == now)
    return Stored(changed=len(rows) - refused, refused=refused, lags=tuple(lags))


def _by_call(tellings: Iterable[CallRecord]) -> dict[Key, Tellings]:
    told: dict[Key, Tellings] = {}
    for telling in tellings:
        storable = record_from_json(_storable(record_to_json(telling)))
        (witness,) = storable.witnesses
        of_call = told.setdefault((storable.pbx, storable.call_id), {})
        earlier = of_call.get(witness)
        of_call[witness] = storable if earlier is None else retell(earlier, storable)
    return told


def _storable(value: Any) -> Any:
    """PostgreSQL takes neither NUL nor half a surrogate pair; a visible sign stands in for them."""
    if isinstance(value, str):
        if value.isascii() and "\0" not in value:
            return value
        return value.replace("\0", "\N{SYMBOL FOR NULL}").encode("utf-8", "replace").decode()
    if isinstance(value, dict):
        return {key: _storable(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_storable(item) for item in value]
    return value


async def _find_known(session: AsyncSession, keys: list[Key]) -> dict[Key, Any]:
    pbxs = cast([pbx for pbx, _ in keys], ARRAY(Text))
    call_ids = cast([call_id for _, call_id in keys], ARRAY(Text))
    wanted = func.unnest(pbxs, call_ids).table_valued("pbx", "call_id").render_derived(name="wanted")
    statement = select(
        Call.pbx, Call.call_id, Call.told_by_ami, Call.told_by_ledger, Call.recorded_at, Call.confirmed_at
    ).join(wanted, (Call.pbx == wanted.c.pbx) & (Call.call_id == wanted.c.call_id))
    return {(row.pbx, row.call_id): row for row in await session.execute(statement)}


def _row(known: Any, told: Tellings, locality: Locality, now: datetime, *, is_repeat: bool) -> dict[str, Any] | None:
    """The row after this telling, None if it says nothing new."""
    before: Tellings = {}
    if known is not None:
        for witness, telling in ((Witness.AMI, known.told_by_ami), (Witness.LEDGER, known.told_by_ledger)):
            if telling is not None:
                before[witness] = record_from_json(telling)
    after = dict(before)
    for witness, telling in told.items():
        earlier = before.get(witness)
        if earlier is None:
            after[witness] = telling
        elif not (is_repeat and earlier.complete):
            after[witness] = retell(earlier, telling)
    if after == before:
        return None
    ami, ledger = after.get(Witness.AMI), after.get(Witness.LEDGER)
    record = merge(ami, ledger)
    is_recorded, is_agreed = record.outcome is not None, is_confirmed(record)
    return _columns(record, locality) | {
        "is_confirmed": is_agreed,
        "told_by_ami": None if ami is None else record_to_json(ami),
        "told_by_ledger": None if ledger is None else record_to_json(ledger),
        "recorded_at": (getattr(known, "recorded_at", None) or now) if is_recorded else None,
        "confirmed_at": (getattr(known, "confirmed_at", None) or now) if is_agreed else None,
        "changed_at": now,
    }


def _columns(record: CallRecord, locality: Locality) -> dict[str, Any]:
    caller = normalise(record.caller_raw, area_code=locality.area_code)
    if record.caller_raw is None and Anomaly.BIRTH_UNSEEN in record.anomalies:
        caller = CallerNumber(number=None, kind=NumberKind.UNKNOWN)
    talks = [talk.to - talk.from_ for talk in record.talks if talk.to is not None]
    agents = (talk.with_ for talk in record.talks if talk.kind is TalkKind.AGENT)
    queues = (visit.queue for visit in record.queue_visits if visit.queue is not None)
    return {
        "pbx": record.pbx,
        "call_id": record.call_id,
        "direction": record.direction,
        "caller_number": _searchable(record.caller_number),
        "number_kind": caller.kind,
        "dialled_number": record.dialled_number,
        "customer_key": _searchable(_customer_key(record, caller, locality)),
        "started_at": record.started_at,
        "answered_at": record.answered_at,
        "ended_at": record.ended_at,
        "business_date": record.started_at.astimezone(locality.timezone).date(),
        "outcome": record.outcome,
        "short": record.short,
        "wait": record.wait,
        "longest_talk": max(talks, default=timedelta()),
        "queues": list(dict.fromkeys(queues)),
        "agents": list(dict.fromkeys(agents)),
        "joined": record.joined,
        "complete": record.complete,
        "anomalies": [anomaly.value for anomaly in record.anomalies],
        "record": record_to_json(record),
    }


def _searchable(number: str | None) -> str | None:
    return None if number is None else number[:LONGEST_NUMBER]


def _customer_key(record: CallRecord, caller: CallerNumber, locality: Locality) -> str | None:
    """Who the customer is: inbound the caller, outbound whoever was dialled; within the house there is none."""
    match record.direction:
        case Direction.INBOUND:
            return identity_key(caller)
        case Direction.OUTBOUND:
            return identity_key(normalise(record.dialled_number, area_code=locality.area_code))
        case _:
            return None


_calls = typing_cast(Table, Call.__table__)
_insert = insert_or(_calls)
_UPSERT = _insert.on_conflict_do_update(
    index_elements=["pbx", "call_id"],
    set_={column.name: _insert.excluded[column.name] for column in _calls.columns if not column.primary_key},
)


async def _upsert(session: AsyncSession, rows: list[dict[str, Any]], now: datetime) -> int:
    """Store the rows, if need be one by one; how many were refused."""
    if not rows:
        return 0
    try:
        async with session.begin_nested():
            await session.execute(_UPSERT, rows)
    except DBAPIError as error:
        if not _is_about_the_row(error):
            raise
        if len(rows) > 1:
            return sum([await _upsert(session, [row], now) for row in rows])
        # Behind the first line PostgreSQL repeats the row, with the caller's number.
        await _add_dead_letter(session, rows[0], reason=str(error.orig).partition("\n")[0], at=now)
        return 1
    return 0


def _is_about_the_row(error: DBAPIError) -> bool:
    return (getattr(error.orig, "sqlstate", None) or "")[:2] in _REFUSED_DATA


async def _add_dead_letter(session: AsyncSession, row: dict[str, Any], *, reason: str, at: datetime) -> None:
    for witness in Witness:
        telling = row[f"told_by_{witness.value}"]
        if telling is not None:
            values = {"pbx": row["pbx"], "witness": witness, "told": repr(telling), "reason": reason, "at": at}
            await session.execute(insert(DeadLetter).values(values))


async def list_open_tellings(
    session: AsyncSession, pbx: str, witness: Witness, *, started_before: datetime
) -> list[CallRecord]:
    """What a witness told of calls that nobody has told to their end."""
    told = Call.told_by_ami if witness is Witness.AMI else Call.told_by_ledger
    is_open = literal_column("outcome IS NULL", Boolean)
    statement = select(told).where(is_open, Call.pbx == pbx, Call.started_at < started_before, told.is_not(None))
    return [record_from_json(telling) for telling in await session.scalars(statement) if telling is not None]


async def get_call(session: AsyncSession, pbx: str, call_id: str) -> Call:
    """A call with both tellings. Raises NotFoundError."""
    call = await session.get(Call, (pbx, call_id))
    if call is None:
        raise NotFoundError("There is no such call.")
    return call
