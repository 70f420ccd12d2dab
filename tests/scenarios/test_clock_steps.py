"""The PBX's clock is set by an hour in the middle of each recorded scenario: who was lost or answered stays so."""

from __future__ import annotations

import re
from datetime import timedelta
from statistics import median

import pytest

from callcenter.calls.merge_witnesses import merge
from callcenter.calls.records import CallRecord, Outcome, Witness
from callcenter.pbx.cel_rows import cut_rows, parse_rows
from tests.scenarios.captures import (
    FOLDER,
    ami_bytes,
    ami_facts,
    by_id,
    cel_facts,
    messages,
    records_of,
    scenario_names,
)

_STAMP = re.compile(rb'(?<=\r\nTimestamp: )\d{10}\.\d+|(?<=",")\d{10}\.\d+(?=",)|(?<=pbx1-)\d{10}(?=\.\d)')


def stepped(data: bytes, at: float, by: int) -> bytes:
    """Everything that came after `at` bears a time that is `by` seconds later."""

    def step(found: re.Match[bytes]) -> bytes:
        seconds, dot, rest = found[0].partition(b".")
        told = float(found[0]) if dot else float(seconds) + 0.999
        return b"%d" % (int(seconds) + by) + dot + rest if told > at else found[0]

    return _STAMP.sub(step, data)


def rows_of(ledger: bytes) -> list[list[str]]:
    return [row for row in parse_rows(cut_rows(ledger)) if row]


def told_by_both(name: str, by: int) -> dict[str, CallRecord]:
    ledger = (FOLDER / name / "cel.csv").read_bytes()
    at = median(float(row[1]) for row in rows_of(ledger))
    live = by_id(records_of(ami_facts(messages(stepped(ami_bytes(name), at, by))), Witness.AMI))
    written = by_id(records_of(cel_facts(rows_of(stepped(ledger, at, by))), Witness.LEDGER))
    assert live.keys() == written.keys()
    return {call_id: merge(live[call_id], written[call_id]) for call_id in live}


def fates(records: dict[str, CallRecord]) -> list[tuple[str | None, Outcome | None, bool]]:
    return [
        (record.caller_raw, record.outcome, any("disagree_outcome" in anomaly for anomaly in record.anomalies))
        for record in records.values()
    ]


@pytest.mark.parametrize("by", [3600, -3600])
@pytest.mark.parametrize("name", [name for name in scenario_names() if not name.startswith("asterisk_")])
def test_a_clock_set_by_an_hour_changes_nobodys_outcome(name: str, by: int) -> None:
    assert sorted(fates(told_by_both(name, by)), key=str) == sorted(fates(told_by_both(name, 0)), key=str)


def test_the_step_is_in_the_record() -> None:
    (record,) = told_by_both("answered_by_an_agent", 3600).values()

    assert record.ended_at is not None
    assert timedelta(hours=1) < record.ended_at - record.started_at < timedelta(hours=1, minutes=1)
