"""The calls of a day derived anew from the ledger alone: its files, the tracker, and nothing that was stored."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

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
from callcenter.pbx.cel_facts import CelFacts
from callcenter.pbx.cel_rows import COLUMNS, cut_rows, leave_out_silent, parse_rows
from callcenter.tracking.rules import CallRules
from callcenter.tracking.tracker import Tracker

LONGEST_CALL = timedelta(days=1)
"""The end of a call that is longer is not waited for: rather it was never written."""


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


def derive_calls(
    cel_csv: Path,
    *,
    pbx: str,
    rules: CallRules,
    locality: Locality,
    read_from: datetime,
    from_at: datetime,
    to_at: datetime,
) -> dict[tuple[str, str], DerivedCall]:
    """The calls that began in [from_at, to_at), by PBX and call id.

    `read_from` is when the earliest call began that was still up at `from_at`: what is joined with it cannot be told
    without it. A file that cannot be read is left out; `count_ledger` names it.
    """
    facts, tracker = CelFacts(), Tracker(witness=Witness.LEDGER, pbx=pbx, rules=rules)
    derived: dict[tuple[str, str], DerivedCall] = {}

    def take() -> None:
        for record in tracker.take_changed(lambda *_: None):
            if from_at <= record.started_at < to_at:
                derived[record.pbx, record.call_id] = as_derived(record, locality)

    for file, piece in _pieces(cel_csv, read_from, add(to_at, LONGEST_CALL)):
        begun_at = moment_of(piece)
        if begun_at is not None and begun_at >= add(to_at, file.slack):
            oldest = tracker.oldest_open_start()
            if oldest is None or oldest >= to_at:
                break
        rows = [row for row in parse_rows(leave_out_silent(cut_rows(piece))) if len(row) == COLUMNS]
        with suppress(Exception):
            facts.clock.look_ahead(rows)
        for row in rows:
            # a row or call that our own program cannot follow stands in the dead letters of the day
            with suppress(Exception):
                for fact in facts.translate(row):
                    tracker.feed(fact)
        take()
    return derived


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
