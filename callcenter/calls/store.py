"""All SQL of calls: storing what witnesses report, and finding it again.

Every function works in the transaction of the session it gets. `calls` as a notification is a hint that something
changed, and names the calls; the table is the truth.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from sqlalchemy import Boolean, Text, TextClause, cast, func, insert, literal_column, select, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from callcenter.calls.record_json import record_from_json
from callcenter.calls.records import CallRecord, Direction, Outcome, Witness
from callcenter.calls.rows import Key, KnownCall, Locality, Row, by_call, row_after
from callcenter.calls.tables import Call, DeadLetter
from callcenter.calls.witness_store import Unusable, add_dead_letters, reason_of_defect
from callcenter.errors import NotFoundError
from callcenter.outbox import store as outbox
from callcenter.outbox.rules import Change, Kind

log = structlog.stdlib.get_logger(__name__)

CHANNEL = "calls"
"""What LISTEN has to name."""

_REFUSED_DATA = ("22", "23", "54")
"""Classes of SQLSTATE that are about the row itself: another try will not help."""

_LONGEST_HINT = 7_000
"""Signs, of ASCII alone; PostgreSQL takes 8,000 bytes."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Stored:
    """What storing a batch came to: calls changed, reports refused, and how long new confirmations took."""

    changed: int = 0
    refused: int = 0
    lags: tuple[timedelta, ...] = ()


async def store_reports(
    session: AsyncSession,
    reports: Iterable[CallRecord],
    *,
    locality: Locality,
    now: datetime,
    is_repeat: bool = False,
) -> Stored:
    """Store the records that witnesses report, each with the one witness it comes from, in order.

    Storing the same again changes nothing, and the order in which two witnesses are read does not matter. A report that
    the database refuses, or on which this program fails, goes to the dead letters; the others are stored. A repeat,
    read without what came before it, adds to what is known and replaces no complete report.
    """
    calls = by_call(reports)
    if not calls:
        return Stored()
    for pbx in sorted({pbx for pbx, _ in calls}):
        # Both witnesses of a PBX write the same rows: one batch at a time.
        await session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(f"calls of {pbx}", 0))))
    known = await _find_known(session, list(calls))
    rows: list[Row] = []
    unusable = 0
    for key in sorted(calls):
        try:
            row = row_after(known.get(key), calls[key], locality, now, is_repeat=is_repeat)
        except Exception as error:
            # a defect of ours that one call shows: the others go on, and this one would fail at each further try
            log.exception("call_moved_to_dead_letters", pbx=key[0], call_id=key[1])
            unusable += 1
            for witness, report in calls[key].items():
                letter = Unusable(text=repr(report), told_at=report.started_at, reason=reason_of_defect(error))
                await add_dead_letters(session, key[0], witness, [letter], at=now)
            continue
        if row is not None:
            rows.append(row)
    refused = await _upsert(session, rows, now)
    if len(rows) > refused:
        hints = cast(list(_hints((row["pbx"], row["call_id"]) for row in rows)), ARRAY(Text))
        await session.execute(select(func.pg_notify(CHANNEL, func.unnest(hints))))
    return Stored(changed=len(rows) - refused, refused=refused + unusable, lags=tuple(_lags(rows, known)))


def keys_in_hint(hint: str) -> list[Key] | None:
    """The calls that a notification names; None where it names none, so that any may have changed."""
    if not hint:
        return None
    return [(pbx, call_id) for pbx, call_id in json.loads(hint)]


def _hints(keys: Iterable[Key]) -> Iterator[str]:
    """The keys in as few notifications as they fit into; one that fits into none asks to look at everything."""
    hints: list[str] = []
    length = 0
    for key in keys:
        text_of_key = json.dumps(key)
        if len(text_of_key) > _LONGEST_HINT:
            yield ""
            continue
        if length + len(text_of_key) > _LONGEST_HINT:
            yield f"[{','.join(hints)}]"
            hints, length = [], 0
        hints.append(text_of_key)
        length += len(text_of_key) + 1
    if hints:
        yield f"[{','.join(hints)}]"


def _lags(rows: Iterable[Row], known: Mapping[Key, KnownCall]) -> Iterator[timedelta]:
    """How long the calls that are now confirmed had waited for it."""
    for row in rows:
        before = known.get((row["pbx"], row["call_id"]))
        if row["confirmed_at"] is not None and (before is None or before.confirmed_at is None):
            yield datetime.fromisoformat(row["confirmed_at"]) - datetime.fromisoformat(row["recorded_at"])


async def _find_known(session: AsyncSession, keys: list[Key]) -> dict[Key, KnownCall]:
    pbxs = cast([pbx for pbx, _ in keys], ARRAY(Text))
    call_ids = cast([call_id for _, call_id in keys], ARRAY(Text))
    wanted = func.unnest(pbxs, call_ids).table_valued("pbx", "call_id").render_derived(name="wanted")
    statement = select(
        Call.pbx, Call.call_id, Call.told_by_ami, Call.told_by_ledger, Call.recorded_at, Call.confirmed_at
    ).join(wanted, (Call.pbx == wanted.c.pbx) & (Call.call_id == wanted.c.call_id))
    return {
        (pbx, call_id): KnownCall(
            reports={
                witness: record
                for witness, record in ((Witness.AMI, by_ami), (Witness.LEDGER, by_ledger))
                if record is not None
            },
            recorded_at=recorded_at,
            confirmed_at=confirmed_at,
        )
        for pbx, call_id, by_ami, by_ledger, recorded_at, confirmed_at in await session.execute(statement)
    }


def _make_upsert() -> TextClause:
    """All rows of a batch in one statement and one parameter. A report that a row does not have stays as stored."""
    names = [column.name for column in Call.__table__.columns]
    versions = ("told_by_ami", "told_by_ledger")
    changes = [f"{name} = excluded.{name}" for name in names if name not in ("pbx", "call_id", *versions)]
    changes += [f"{name} = coalesce(excluded.{name}, calls.{name})" for name in versions]
    columns = ", ".join(names)
    return text(
        f"INSERT INTO calls ({columns}) SELECT {columns} FROM json_populate_recordset(NULL::calls, CAST(:rows AS json))"  # noqa: S608
        f" ON CONFLICT (pbx, call_id) DO UPDATE SET {', '.join(changes)}"
    )


_UPSERT = _make_upsert()


async def _upsert(session: AsyncSession, rows: list[Row], now: datetime) -> int:
    """Store the rows, if need be without those that are refused; how many were refused."""
    if not rows:
        return 0
    try:
        async with session.begin_nested():
            await session.execute(_UPSERT, {"rows": json.dumps(rows)})
            await outbox.add(session, _changes(rows), at=now)
    except DBAPIError as error:
        if not _is_about_the_row(error):
            raise
        if len(rows) > 1:
            middle = len(rows) // 2
            return await _upsert(session, rows[:middle], now) + await _upsert(session, rows[middle:], now)
        # Behind the first line PostgreSQL repeats the row, with the caller's number.
        await _add_dead_letter(session, rows[0], reason=str(error.orig).partition("\n")[0], at=now)
        return 1
    return 0


def _changes(rows: Iterable[Row]) -> Iterator[Change]:
    """What others follow of these calls: callbacks, recordings and messages (`outbox.rules.CONSUMERS`)."""
    for row in rows:
        for kind in _kinds(row):
            yield Change(kind=kind, pbx=row["pbx"], key=row["call_id"], subject=row["customer_key"])


def _kinds(row: Row) -> Iterator[Kind]:
    if row["outcome"] is None:
        return
    yield Kind.CALL
    if row["direction"] != Direction.INTERNAL:
        yield Kind.CUSTOMER_CALL
        if row["outcome"] == Outcome.VOICEMAIL:
            yield Kind.MESSAGE_CALL


def _is_about_the_row(error: DBAPIError) -> bool:
    return (getattr(error.orig, "sqlstate", None) or "")[:2] in _REFUSED_DATA


async def _add_dead_letter(session: AsyncSession, row: Row, *, reason: str, at: datetime) -> None:
    for witness in Witness:
        report = row[f"told_by_{witness.value}"]
        if report is not None:
            values = {"pbx": row["pbx"], "witness": witness, "told": repr(report), "reason": reason, "at": at}
            told_at = datetime.fromisoformat(report["started_at"])
            await session.execute(insert(DeadLetter).values(**values, told_at=told_at))


async def list_open_reports(
    session: AsyncSession, pbx: str, witness: Witness, *, started_before: datetime
) -> list[CallRecord]:
    """A witness's reports of calls of which neither witness has reported the end."""
    record = Call.told_by_ami if witness is Witness.AMI else Call.told_by_ledger
    is_open = literal_column("outcome IS NULL", Boolean)
    statement = select(record).where(is_open, Call.pbx == pbx, Call.started_at < started_before, record.is_not(None))
    return [record_from_json(record) for record in await session.scalars(statement) if record is not None]


async def get_call(session: AsyncSession, pbx: str, call_id: str) -> Call:
    """A call with the reports of both witnesses. Raises NotFoundError."""
    call = await session.get(Call, (pbx, call_id))
    if call is None:
        raise NotFoundError("There is no such call.")
    return call
