"""The calls of a day derived anew from the ledger alone: its files, the tracker, and nothing that was stored."""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

import structlog

from callcenter.audit.ledger_files import (
    LedgerFile,
    add,
    concerns,
    list_paths,
    look_at,
    moment_of,
    read_pieces,
    without_copies,
)
from callcenter.calls.numbers import NumberKind
from callcenter.calls.records import CallRecord, Direction, Outcome, Talk, Witness
from callcenter.calls.rows import Locality, customer_of
from callcenter.pbx.cel_columns import LINKEDID, UNIQUEID
from callcenter.pbx.cel_facts import CelFacts
from callcenter.pbx.cel_rows import COLUMNS, cut_rows, leave_out_silent, parse_rows
from callcenter.tracking.rules import CallRules
from callcenter.tracking.tracker import Tracker

LONGEST_CALL = timedelta(days=1)
"""The end of a call that is longer is not waited for: rather it was never written."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True, kw_only=True, slots=True)
class DerivedCall:
    """What of a call the audit compares; `last_at` is the last moment known of it, `is_whole` that nothing of it was
    unseen."""

    pbx: str
    call_id: str
    direction: Direction
    customer_key: str | None
    number_kind: NumberKind
    started_at: datetime
    answered_at: datetime | None
    last_at: datetime
    outcome: Outcome | None
    is_lost_after_transfer: bool
    talks: tuple[Talk, ...]
    is_whole: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Failures:
    """What of a day could not be derived because this program raised an error on it.

    `rows` counts rows of the ledger, `calls` are the ids of the calls concerned, `errors` the names of the error types.
    """

    rows: int
    calls: frozenset[str]
    errors: frozenset[str]


@dataclass(frozen=True, kw_only=True, slots=True)
class DerivedDay:
    """The calls of a day by PBX and call id, as the ledger alone has them, and what could not be derived."""

    calls: Mapping[tuple[str, str], DerivedCall]
    failures: Failures


@dataclass(frozen=True, kw_only=True, slots=True)
class _FailedRow:
    """A row on which this program raised an error; `at` is None where not even its moment can be read."""

    at: datetime | None
    channel: str
    call: str
    error: str


def derive_day(
    cel_csv: Path,
    *,
    pbx: str,
    rules: CallRules,
    locality: Locality,
    read_from: datetime,
    from_at: datetime,
    to_at: datetime,
) -> DerivedDay:
    """The calls that began in [from_at, to_at).

    `read_from` is when the earliest call began that was still up at `from_at`: a call that was joined to it cannot be
    derived without it. A file that cannot be read is left out; `count_ledger` names it. A call of which a row failed
    counts as not seen whole.
    """
    facts, tracker = CelFacts(), Tracker(witness=Witness.LEDGER, pbx=pbx, rules=rules)
    derived: dict[tuple[str, str], DerivedCall] = {}
    failed_rows: list[_FailedRow] = []
    failed_calls: dict[str, str] = {}

    def note_call(call_id: str, started_at: datetime, error: Exception) -> None:
        if from_at <= started_at < to_at:
            failed_calls[call_id] = type(error).__name__
            log.error("call_not_derived", call_id=call_id, exc_info=error)

    def take() -> None:
        for record in tracker.take_changed(note_call):
            if from_at <= record.started_at < to_at:
                derived[record.pbx, record.call_id] = as_derived(record, locality)
                failed_calls.pop(record.call_id, None)

    for file, piece in _pieces(cel_csv, read_from, add(to_at, LONGEST_CALL)):
        begun_at = moment_of(piece)
        if begun_at is not None and begun_at >= add(to_at, file.slack):
            oldest = tracker.oldest_open_start()
            if oldest is None or oldest >= to_at:
                break
        rows = [row for row in parse_rows(leave_out_silent(cut_rows(piece))) if len(row) == COLUMNS]
        with suppress(Exception):  # a row that fails here fails below, where it is counted
            facts.clock.look_ahead(rows)
        for row in rows:
            try:
                for fact in facts.translate(row):
                    tracker.feed(fact)
            except Exception as error:
                channel, call = row[UNIQUEID], row[LINKEDID] or row[UNIQUEID]
                log.error("ledger_row_not_derived", call_id=call, exc_info=error)
                failed = _FailedRow(at=_moment(facts, row), channel=channel, call=call, error=type(error).__name__)
                failed_rows.append(failed)
        take()
    ids = {call_id for _, call_id in derived}
    of_day = [row for row in failed_rows if row.at is None or from_at <= row.at < to_at or row.call in ids]
    touched = {call_id for row in of_day for call_id in (row.channel, row.call)}
    return DerivedDay(
        calls={
            key: replace(call, is_whole=False) if call.call_id in touched else call for key, call in derived.items()
        },
        failures=Failures(
            rows=len(of_day),
            calls=frozenset(row.call for row in of_day).union(failed_calls),
            errors=frozenset(row.error for row in of_day).union(failed_calls.values()),
        ),
    )


def _moment(facts: CelFacts, row: Sequence[str]) -> datetime | None:
    with suppress(Exception):
        return facts.clock.moment(row)
    return None


def _pieces(cel_csv: Path, from_at: datetime, to_at: datetime) -> Iterator[tuple[LedgerFile, bytes]]:
    files = []
    for path in list_paths(cel_csv):
        try:
            files.append(look_at(path))
        except (OSError, EOFError, zlib.error):
            continue
    for file in without_copies([file for file in files if concerns(file, from_at, to_at)]):
        try:
            for piece in read_pieces(file, from_at, to_at):
                yield file, piece
        except (OSError, EOFError, zlib.error):
            continue


def as_derived(record: CallRecord, locality: Locality) -> DerivedCall:
    """Of a record what is compared."""
    customer_key, number_kind = customer_of(record, locality)
    moments = [record.started_at, record.answered_at, record.ended_at]
    moments += [moment for talk in record.talks for moment in (talk.from_, talk.to)]
    return DerivedCall(
        pbx=record.pbx,
        call_id=record.call_id,
        direction=record.direction,
        customer_key=customer_key,
        number_kind=number_kind,
        started_at=record.started_at,
        answered_at=record.answered_at,
        last_at=max(moment for moment in moments if moment is not None),
        outcome=record.outcome,
        is_lost_after_transfer=record.lost_after_transfer,
        talks=record.talks,
        is_whole=record.complete,
    )
