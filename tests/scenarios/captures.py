"""The recorded captures: every folder here is one scenario played on a real Asterisk.

`capture.ami` holds the bytes the manager interface sent, `cel.csv` what the same Asterisk
wrote to its ledger, `records.json` what both must be told as.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from callcenter.calls.records import CallRecord, Witness
from callcenter.pbx.ami_facts import AmiFacts
from callcenter.pbx.cel_facts import CelFacts
from callcenter.pbx.cel_follower import read_cel_rows
from callcenter.pbx.facts import Fact
from callcenter.pbx.wire import AmiReader
from callcenter.tracking.rules import CallRules
from callcenter.tracking.tracker import Tracker

FOLDER = Path(__file__).parent
RULES = CallRules()

_UNIQUEID = re.compile(rb"pbx1-(\d+)\.(\d+)")
_SERIAL = re.compile(rb"(/[^\s\"]*?-)([0-9a-f]{8})\b")


def scenario_names() -> list[str]:
    """All scenarios that were recorded."""
    return sorted(path.parent.name for path in FOLDER.glob("*/capture.ami"))


def ami_bytes(name: str) -> bytes:
    """The raw AMI capture of a scenario."""
    return (FOLDER / name / "capture.ami").read_bytes()


def cel_rows(name: str) -> list[list[str]]:
    """The ledger of a scenario."""
    return list(read_cel_rows(FOLDER / name / "cel.csv"))


def messages(data: bytes) -> list[bytes]:
    """The AMI messages in a capture."""
    return AmiReader().feed(data)


def ami_facts(parts: Iterable[bytes]) -> list[Fact]:
    """Facts of AMI messages, in order."""
    translator = AmiFacts()
    return [fact for message in parts for fact in translator.translate(message)]


def cel_facts(rows: Iterable[Sequence[str]]) -> list[Fact]:
    """Facts of CEL rows, in order."""
    translator = CelFacts()
    return [fact for row in rows for fact in translator.translate(row)]


def records_of(facts: Iterable[Fact], witness: Witness) -> list[CallRecord]:
    """What the tracker makes of a finished stream of facts, in order of start."""
    tracker = Tracker(witness=witness, pbx="pbx1", rules=RULES)
    for fact in facts:
        tracker.feed(fact)
    tracker.close_all()
    return tracker.take_changed()


def by_id(records: Iterable[CallRecord]) -> dict[str, CallRecord]:
    """Records by call id."""
    return {record.call_id: record for record in records}


def renumbered(data: bytes, offset: int) -> bytes:
    """The same capture as if the PBX had had `offset` channels before: ids and serials moved up."""
    moved = _UNIQUEID.sub(lambda found: b"pbx1-%s.%d" % (found[1], int(found[2]) + offset), data)
    return _SERIAL.sub(lambda found: found[1] + b"%08x" % (int(found[2], 16) + offset), moved)
