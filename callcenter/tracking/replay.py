"""Captures on disk to call records: the same road a live call takes, without clock or database."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from callcenter.calls.records import CallRecord, Witness
from callcenter.errors import UnreadableCapture
from callcenter.pbx.ami_facts import AmiFacts
from callcenter.pbx.cel_facts import CelFacts
from callcenter.pbx.cel_follower import read_cel_rows
from callcenter.pbx.cel_rows import COLUMNS, is_in_order
from callcenter.pbx.facts import Fact
from callcenter.pbx.ledger_clock import parse_eventtime
from callcenter.pbx.wire import AmiReader
from callcenter.tracking.rules import CallRules
from callcenter.tracking.tracker import Tracker

CHUNK = 256 * 1024

FEWEST_COLUMNS = 10
"""With which a file may be a ledger of another mapping."""

AMI_MARKS = (b"Asterisk Call Manager/", b"Event: ", b"Response: ")


def replay(paths: Iterable[Path], *, is_cel: bool, pbx: str, rules: CallRules) -> Iterator[CallRecord]:
    """Records of one continued stream in the order given, in order of start.

    Raises UnreadableCapture for a file that is neither AMI nor CEL. Memory holds the calls
    that are up and those waiting behind an older one, never the whole stream.
    """
    facts = _cel_facts(paths) if is_cel else _ami_facts(paths)
    witness = Witness.LEDGER if is_cel else Witness.AMI
    yield from _in_order_of_start(facts, Tracker(witness=witness, pbx=pbx, rules=rules))


def _ami_facts(paths: Iterable[Path]) -> Iterator[list[Fact]]:
    reader, translator = AmiReader(), AmiFacts()
    for path in paths:
        with _open(path) as file:
            chunk = file.read(CHUNK)
            if chunk and not any(mark in chunk for mark in AMI_MARKS):
                raise UnreadableCapture(f"{path} is neither an AMI capture nor a CEL file.")
            while chunk:
                for message in reader.feed(chunk):
                    facts = translator.translate(message)
                    if facts:
                        yield facts
                chunk = file.read(CHUNK)


def _cel_facts(paths: Iterable[Path]) -> Iterator[list[Fact]]:
    translator = CelFacts()
    for path in paths:
        is_first = True
        with _open(path):
            pass
        for row in read_cel_rows(path):
            if is_first and (complaint := _complaint(row)) is not None:
                raise UnreadableCapture(f"{path} {complaint}")
            is_first = False
            facts = translator.translate(row)
            if facts:
                yield facts


def _complaint(row: list[str]) -> str | None:
    """Why a file that begins with this row is no ledger of ours; None where it is one."""
    if len(row) < FEWEST_COLUMNS:
        return "is neither an AMI capture nor a CEL file."
    if len(row) != COLUMNS:
        return f"has rows of {len(row)} columns, not the {COLUMNS} of Asterisk's own sample of cel_custom.conf."
    if parse_eventtime(row[1]) is None:
        return f"has moments that cannot be read, such as {row[1][:40]!r}: see dateformat in cel.conf."
    return (
        None if is_in_order(row) else "has its values in other columns than Asterisk's own sample of cel_custom.conf."
    )


def _open(path: Path) -> BinaryIO:
    try:
        return path.open("rb")
    except OSError as error:
        raise UnreadableCapture(f"{path} cannot be read: {error.strerror}.") from error


def _in_order_of_start(stream: Iterator[list[Fact]], tracker: Tracker) -> Iterator[CallRecord]:
    """Hold finished records back until every call that began before them is over too."""
    waiting: list[tuple[datetime, int, CallRecord]] = []
    taken = 0
    for facts in stream:
        for fact in facts:
            tracker.feed(fact)
        for record in tracker.take_finished():
            heapq.heappush(waiting, (record.started_at, taken, record))
            taken += 1
        if waiting:
            oldest = tracker.oldest_open_start()
            while waiting and (oldest is None or waiting[0][0] <= oldest):
                yield heapq.heappop(waiting)[2]
    tracker.close_all()
    for record in tracker.take_finished():
        heapq.heappush(waiting, (record.started_at, taken, record))
        taken += 1
    while waiting:
        yield heapq.heappop(waiting)[2]
